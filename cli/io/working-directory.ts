import { chdir, cwd, env } from 'node:process'

/**
 * The directory that relative operands start from. A shell may stand in one that was removed meanwhile: then the path it
 * calls its own, and the process moves to `/`, because libraries ask for the directory too and throw without one.
 */
export function workingDirectory(): string {
  try {
    return cwd()
  } catch {
    chdir('/')
    const remembered = env.PWD ?? ''
    return remembered.startsWith('/') ? remembered : '/'
  }
}
