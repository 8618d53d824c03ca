import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errnoOf } from './errno.ts'
import { listedMountPoints } from './mount-points.ts'

/** Paths of the program that flushes one file system (`syncfs`, which Node does not offer). PATH is not used: it could name another program. */
const programs = ['/usr/bin/sync', '/bin/sync']

/** Base names of all mount points that this process sees. Undefined where no table lists them. */
function mountedNames(): ReadonlySet<string> | undefined {
  const points = listedMountPoints()
  return points && new Set(points.map((point) => basename(point)))
}

/**
 * One folder for each file system of the paths. Undefined where a folder cannot be read. Real paths are returned, because the
 * name of a pinned directory is valid in this process only. A path is on the file system of its folder unless it is a mount
 * point; only paths with the base name of a mount point are checked.
 */
export function foldersToFlush(paths: Iterable<string>): readonly string[] | undefined {
  const mounted = mountedNames()
  const folders = new Set<string>()
  const byDevice = new Map<number, string>()
  try {
    for (const path of paths) {
      folders.add(dirname(path))
      if (mounted?.has(basename(path)) === false) continue
      const status = lstatSync(path, { throwIfNoEntry: false })
      if (status?.isDirectory() === true) byDevice.set(status.dev, path)
    }
    for (const folder of folders) byDevice.set(statSync(folder).dev, folder)
    return [...byDevice.values()].map((folder) => realpathSync(folder))
  } catch (error) {
    errnoOf(error)
    return undefined
  }
}

/**
 * Flushes the whole file systems of the paths, each once. Returns false when the system has no program for it or the program
 * failed; then each path must be flushed. Linux only: elsewhere `sync` may return before the data is on disk.
 */
export function flushFilesystems(paths: Iterable<string>): boolean {
  const program = process.platform === 'linux' ? programs.find(existsSync) : undefined
  if (program === undefined) return false
  const folders = foldersToFlush(paths)
  if (folders === undefined) return false
  const run = spawnSync(program, ['-f', '--', ...folders], { stdio: 'ignore', env: {} })
  return run.status === 0
}
