import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
const day = 24 * 60 * 60 * 1000

/** Maximum number of files and bytes of a cache folder. */
export interface CacheBounds {
  readonly files: number
  readonly bytes: number
}

/**
 * The folder of one kind of cached files: `$XDG_CACHE_HOME/pkg6/KIND`, or `~/.cache/pkg6/KIND`. Undefined where the
 * environment names no absolute path. Source: XDG base directory specification.
 */
export function cacheFolder(env: NodeJS.ProcessEnv, kind: string): string | undefined {
  const { XDG_CACHE_HOME: named, HOME: home } = env
  if (named !== undefined && isAbsolute(named)) return join(named, 'pkg6', kind)
  return home !== undefined && isAbsolute(home) ? join(home, '.cache', 'pkg6', kind) : undefined
}

/** True when no user but this one and root can have written the file. */
function isOurs(status: Stats): boolean {
  return status.uid === process.geteuid?.() && (status.mode & 0o022) === 0
}

function isOurFolder(path: string): boolean {
  const status = lstatSync(path)
  return status.isDirectory() && isOurs(status)
}

/** False in the home of another user: root with that user's HOME would make folders there that the user cannot use. */
function mayMake(folder: string): boolean {
  let above = dirname(folder)
  let status = statSync(above, { throwIfNoEntry: false })
  while (status === undefined && above !== dirname(above)) {
    above = dirname(above)
    status = statSync(above, { throwIfNoEntry: false })
  }
  return status?.uid === process.geteuid?.() || status?.uid === 0
}

/** Works on the cache; returns undefined when a filesystem call fails, because a command can do without its cache. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}

/**
 * Bytes of a cached file; undefined where it is missing, cannot be read, is larger than `limit` bytes, or could have been
 * written by another user. Reading renews the time of the file once a day, so that used files stay.
 */
export function readCached(folder: string, name: string, limit: number): Uint8Array | undefined {
  return attempt(() => {
    if (!isOurFolder(folder)) return undefined
    // O_NONBLOCK: opening a fifo would wait for its writer.
    const descriptor = openSync(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const status = fstatSync(descriptor)
      if (!status.isFile() || !isOurs(status) || status.size > limit) return undefined
      const bytes = readFileSync(descriptor)
      const now = Date.now()
      if (Math.abs(now - status.mtimeMs) > day) attempt(() => futimesSync(descriptor, now / 1000, now / 1000))
      return bytes
    } finally {
      closeSync(descriptor)
    }
  })
}

/**
 * Writes a file into the cache, for this user alone, then removes the oldest files beyond the bounds. Returns false, and leaves
 * nothing behind, when a filesystem call fails. The file is written under another name and renamed, so that readers never see
 * half of it and several processes may write at once. It is not flushed: readers check its content. `make` is called once the
 * file can be written.
 */
export function keepCached(
  folder: string,
  name: string,
  make: () => Uint8Array,
  bounds: CacheBounds,
): boolean {
  const kept = attempt(() => {
    if (!mayMake(folder)) return false
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOurFolder(folder)) return false
    const beside = join(folder, `${name}.${process.pid}.${Date.now().toString(36)}.new`)
    const descriptor = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      const bytes = make()
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
      renameSync(beside, join(folder, name))
    } catch (error) {
      attempt(() => unlinkSync(beside))
      throw error
    } finally {
      closeSync(descriptor)
    }
    return true
  })
  if (kept === true) attempt(() => dropOldest(folder, name, bounds))
  return kept === true
}

/** Removes the oldest files until the rest is within the bounds. The newest file and unfinished files of other processes stay. */
function dropOldest(folder: string, newest: string, bounds: CacheBounds): void {
  const now = Date.now()
  const found = readdirSync(folder).flatMap((name) => {
    const status = attempt(() => lstatSync(join(folder, name)))
    return status?.isFile() === true ? [{ name, size: status.size, time: status.mtimeMs }] : []
  })
  const age = (one: { readonly name: string; readonly time: number }): number =>
    one.name === newest ? Number.NEGATIVE_INFINITY : now - one.time
  let files = 0
  let bytes = 0
  for (const one of found.sort((a, b) => age(a) - age(b))) {
    const unfinished = one.name.endsWith('.new')
    if (unfinished && now - one.time < day) continue
    files += 1
    bytes += one.size
    const within = files <= bounds.files && bytes <= bounds.bytes
    if (one.name === newest || (within && !unfinished)) continue
    attempt(() => unlinkSync(join(folder, one.name)))
  }
}
