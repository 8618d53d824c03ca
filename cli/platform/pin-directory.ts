import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { AbsolutePath, PinnedDirectory } from '#model'
import { errnoOf } from './errno.ts'

/**
 * The way to pin a directory. Node has no calls relative to an open directory (`openat`, `renameat`).
 * - descriptor: paths go through `/proc/self/fd/N`. Linux only; elsewhere such a path does not lead into the directory.
 * - working directory: the process changes to the directory, and paths in it are relative. Every POSIX system, main thread only,
 *   one directory at a time; all other paths of this program are absolute.
 * - name: the directory is not pinned. A link may replace it between the check of its real path and a change in it.
 */
export type Hold = 'descriptor' | 'working directory' | 'name'

/** The safest way on this system and in this thread. */
export function bestHold(platform: string = process.platform, main?: boolean): Hold {
  if (platform === 'linux') return 'descriptor'
  return (main ?? isMainThread) && platform !== 'win32' ? 'working directory' : 'name'
}

/** Names of pinned directories by the path that leads to them. */
const pinned = new Map<string, string>()

/** Path of the directory that is pinned as the working directory. */
const HERE = '.'

/** A path below a pinned directory, with the name of the directory that users know. */
export function knownPath(path: string): string {
  const [prefix] = /^(?:\/proc\/self\/fd\/\d+|\.(?=\/))/.exec(path) ?? []
  const name = prefix === undefined ? undefined : pinned.get(prefix)
  return name === undefined || prefix === undefined ? path : `${name}${path.slice(prefix.length)}`
}

function holdName(path: string): PinnedDirectory {
  return { path, realPath: realpathSync(path) as AbsolutePath, release: () => {} }
}

/** Linux: opens a descriptor for use in paths only; the process needs no permission to read the directory. */
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
    // ENOENT: /proc is not mounted.
    if (errnoOf(error) !== 'ENOENT') throw error
    return holdWorkingDirectory(path)
  }
}

/** The working directory; the root if the working directory was removed. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (error) {
    errnoOf(error)
    return '/'
  }
}

function goBack(directory: string): void {
  try {
    process.chdir(directory)
  } catch (error) {
    errnoOf(error)
    process.chdir('/')
  }
}

function holdWorkingDirectory(path: string): PinnedDirectory {
  if (!isMainThread || pinned.has(HERE)) return holdName(path)
  const before = workingDirectory()
  process.chdir(path)
  pinned.set(HERE, path)
  const release = (): void => {
    if (pinned.delete(HERE)) goBack(before)
  }
  try {
    // `cwd` asks the system for the real path, whatever name was used.
    return { path: HERE, realPath: process.cwd() as AbsolutePath, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Pins a directory, following links. Throws errors of Node. */
export function pinDirectory(path: string, hold: Hold): PinnedDirectory {
  if (hold === 'descriptor') return holdDescriptor(path)
  return hold === 'working directory' ? holdWorkingDirectory(path) : holdName(path)
}
