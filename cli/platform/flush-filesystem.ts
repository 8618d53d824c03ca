import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync } from 'node:fs'
import { dirname } from 'node:path'

/** Where the program lies that can flush one file system (`syncfs`, which Node has no call for); by its full name, never by PATH. */
const programs = ['/usr/bin/sync', '/bin/sync']

/**
 * Flushes the file systems that hold the paths, each once and wholly. False where the system has no program for that or it failed:
 * then nothing is promised and each path must be flushed by itself. Only Linux: elsewhere `sync` may return before it is done.
 */
export function flushFilesystems(paths: Iterable<string>): boolean {
  const program = process.platform === 'linux' ? programs.find(existsSync) : undefined
  if (program === undefined) return false
  const byDevice = new Map<number, string>()
  const folders = new Set<string>()
  for (const path of paths) folders.add(dirname(path))
  for (const folder of folders) byDevice.set(lstatSync(folder).dev, folder)
  const run = spawnSync(program, ['-f', '--', ...byDevice.values()], { stdio: 'ignore', env: {} })
  return run.status === 0
}
