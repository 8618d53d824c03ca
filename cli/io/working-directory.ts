import { chdir, cwd, env } from 'node:process'

/**
 * The directory that relative operands start from. If it was removed, the process moves to `/`, because libraries ask for the
 * directory too and throw without one; relative operands then start from `PWD`.
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
