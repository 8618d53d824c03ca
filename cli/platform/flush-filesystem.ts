import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from './errno.ts'

/** Where the program lies that can flush one file system (`syncfs`, which Node has no call for); by its full name, never by PATH. */
const programs = ['/usr/bin/sync', '/bin/sync']

/**
 * One folder of each file system, by its real name: one that is held is known to this process only. Undefined where a folder cannot be
 * looked at.
 */
function foldersByDevice(folders: Iterable<string>): ReadonlyMap<number, string> | undefined {
  try {
    const byDevice = new Map<number, string>()
    for (const folder of folders) byDevice.set(statSync(folder).dev, folder)
    for (const [device, folder] of byDevice) byDevice.set(device, realpathSync(folder))
    return byDevice
  } catch (error) {
    errnoOf(error)
    return undefined
  }
}

/**
 * Flushes the file systems that hold the paths, each once and wholly. False where the system has no program for that or it failed:
 * then nothing is promised and each path must be flushed by itself. Only Linux: elsewhere `sync` may return before it is done.
 */
export function flushFilesystems(paths: Iterable<string>): boolean {
  const program = process.platform === 'linux' ? programs.find(existsSync) : undefined
  if (program === undefined) return false
  const folders = new Set<string>()
  for (const path of paths) folders.add(dirname(path))
  const byDevice = foldersByDevice(folders)
  if (byDevice === undefined) return false
  const run = spawnSync(program, ['-f', '--', ...byDevice.values()], { stdio: 'ignore', env: {} })
  return run.status === 0
}
