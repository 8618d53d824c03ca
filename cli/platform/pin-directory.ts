import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { AbsolutePath, PinnedDirectory } from '#model'
import { errnoOf } from './errno.ts'

/**
 * How a directory is held, since Node has no calls relative to an open directory (`openat`, `renameat`).
 * - descriptor: by a descriptor, and reached through `/proc/self/fd`. Linux; elsewhere no such path leads on into a directory.
 * - working directory: the process goes there, and names in it are relative. Every POSIX system, in the main thread; all other
 *   paths of this program are absolute. One directory at a time.
 * - name: not at all. Between the check of its real path and the change it may be swapped for a link.
 */
export type Hold = 'descriptor' | 'working directory' | 'name'

/** The surest way on this system, in this thread. */
export function bestHold(platform: string = process.platform, main?: boolean): Hold {
  if (platform === 'linux') return 'descriptor'
  return (main ?? isMainThread) && platform !== 'win32' ? 'working directory' : 'name'
}

/** Held directories by the path that leads to them, with their names. */
const pinned = new Map<string, string>()

/** Where the process stands while it holds a directory by standing in it. */
const HERE = '.'

/** A path below a held directory by the name that users know. */
export function knownPath(path: string): string {
  const [prefix] = /^(?:\/proc\/self\/fd\/\d+|\.(?=\/))/.exec(path) ?? []
  const name = prefix === undefined ? undefined : pinned.get(prefix)
  return name === undefined || prefix === undefined ? path : `${name}${path.slice(prefix.length)}`
}

function holdName(path: string): PinnedDirectory {
  return { path, realPath: realpathSync(path) as AbsolutePath, release: () => {} }
}

/** Linux: a descriptor that is good for nothing but paths. Needs no right to read. */
const O_PATH = 0o10000000

function holdDescriptor(path: string): PinnedDirectory {
  const descriptor = openSync(path, O_PATH | constants.O_DIRECTORY)
  const held = `/proc/self/fd/${descriptor}`
  try {
    const realPath = readlinkSync(held) as AbsolutePath
    pinned.set(held, path)
    return {
      path: held,
      realPath,
      release() {
        if (pinned.delete(held)) closeSync(descriptor)
      },
    }
  } catch (error) {
    closeSync(descriptor)
    // No /proc here.
    if (errnoOf(error) !== 'ENOENT') throw error
    return holdWorkingDirectory(path)
  }
}

/** Where the process stands; where that was removed, the root is as good a place. */
function standingPlace(): string {
  try {
    return process.cwd()
  } catch (error) {
    errnoOf(error)
    return '/'
  }
}

function goBack(place: string): void {
  try {
    process.chdir(place)
  } catch (error) {
    errnoOf(error)
    process.chdir('/')
  }
}

function holdWorkingDirectory(path: string): PinnedDirectory {
  if (!isMainThread || pinned.has(HERE)) return holdName(path)
  const before = standingPlace()
  process.chdir(path)
  pinned.set(HERE, path)
  const release = (): void => {
    if (pinned.delete(HERE)) goBack(before)
  }
  try {
    // The system's own answer, which does not go by the name that led here.
    return { path: HERE, realPath: process.cwd() as AbsolutePath, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Holds a directory, following links; throws errors of Node. */
export function pinDirectory(path: string, hold: Hold): PinnedDirectory {
  if (hold === 'descriptor') return holdDescriptor(path)
  return hold === 'working directory' ? holdWorkingDirectory(path) : holdName(path)
}
