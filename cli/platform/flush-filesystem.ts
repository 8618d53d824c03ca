import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errnoOf } from './errno.ts'

/** Where the program lies that can flush one file system (`syncfs`, which Node has no call for); by its full name, never by PATH. */
const programs = ['/usr/bin/sync', '/bin/sync']

/** Names of places where a file system is mounted, as far as this process sees. Undefined where the kernel does not tell. */
function mountedNames(): ReadonlySet<string> | undefined {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n')
    const places = lines.map((line) => line.split(' ')[4] ?? '')
    const unescaped = places.map((place) =>
      place.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    return new Set(unescaped.map((place) => basename(Buffer.from(place, 'latin1').toString('utf8'))))
  } catch (error) {
    errnoOf(error)
    return undefined
  }
}

/**
 * One folder of each file system that holds one of the paths, by its real name: one that is held is known to this process only. A path is
 * on the file system of its folder unless it is a mount point; which may be is told by names, so that not all are looked at.
 * Undefined where a folder cannot be looked at.
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
 * Flushes the file systems that hold the paths, each once and wholly. False where the system has no program for that or it failed:
 * then nothing is promised and each path must be flushed by itself. Only Linux: elsewhere `sync` may return before it is done.
 */
export function flushFilesystems(paths: Iterable<string>): boolean {
  const program = process.platform === 'linux' ? programs.find(existsSync) : undefined
  if (program === undefined) return false
  const folders = foldersToFlush(paths)
  if (folders === undefined) return false
  const run = spawnSync(program, ['-f', '--', ...folders], { stdio: 'ignore', env: {} })
  return run.status === 0
}
