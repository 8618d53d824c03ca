import { randomBytes } from 'node:crypto'
import { type Filesystem, removeIfPresent } from '#model'
import type { ImageLayout } from '../layout.ts'
import { attemptQuietly } from '../storage.ts'

/** Bytes beside a new database: lock, journal, directories of the stage, history record. */
const BESIDES = 1 << 17
const PIECE = 1 << 16

type Place = Pick<ImageLayout, 'metadata' | 'database' | 'reserve'>

/**
 * Gives the reserve back to the file system where less space is free than the reserve has: also an operation that makes room must write a
 * little before it may delete anything. Returns true when it did. Under the lock's owner or before the lock is taken.
 */
export function releaseReserve(filesystem: Filesystem, { metadata, reserve }: Place): boolean {
  let released = false
  attemptQuietly(() => {
    const size = filesystem.lstat(reserve)?.size
    if (size === undefined || filesystem.freeSpace(metadata) >= size) return
    filesystem.unlink(reserve)
    released = true
  })
  return released
}

/**
 * Puts the reserve aside, as much as a change of packages writes that delivers nothing. Where the space is short, only a reserve that was
 * given back is put aside again, at least half of it.
 * Outside the lock's own needs: call it when the lock is released.
 */
export function keepReserve(
  filesystem: Filesystem,
  { metadata, database, reserve }: Place,
  wasReleased: boolean,
): void {
  attemptQuietly(() => {
    const wanted = (filesystem.lstat(database)?.size ?? 0) + BESIDES
    const kept = filesystem.lstat(reserve)?.size ?? 0
    const free = filesystem.freeSpace(metadata) + kept
    const size = wasReleased ? Math.min(wanted, free) : wanted
    if (size <= kept || size < wanted / 2) return
    // The last bytes of a file system belong to everybody, but for those that were the reserve.
    if (!wasReleased && free < 2 * wanted) return
    removeIfPresent(filesystem, reserve)
    filesystem.createFile(reserve, contentOf(size), { mode: 0o600, fsync: false })
  })
}

/** Content that no file system compresses. */
function* contentOf(size: number): Generator<Uint8Array> {
  for (let left = size; left > 0; left -= PIECE) yield randomBytes(Math.min(left, PIECE))
}
