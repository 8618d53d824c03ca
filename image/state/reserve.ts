import { randomBytes } from 'node:crypto'
import { type Filesystem, removeIfPresent } from '#model'
import type { ImageLayout } from '../layout.ts'
import { attemptQuietly } from '../storage.ts'

/** Bytes beside a new database: lock, journal, directories of the stage, history record. */
const BESIDES = 1 << 17
const PIECE = 1 << 16

type Place = Pick<ImageLayout, 'metadata' | 'database' | 'reserve'>

/**
 * Deletes the reserve if less space is free than the reserve has, because an operation that frees space must write a little before it may
 * delete anything. Returns true if the reserve was deleted. Call it before the lock is taken, or as its holder.
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
 * Makes the reserve, with the size that a change of packages writes if it delivers nothing. If space is short, only a reserve that this
 * operation deleted is made again, at least half of it. Call it when the lock is released.
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
    // A reserve must not take the last free bytes, except the bytes that were the reserve before.
    if (!wasReleased && free < 2 * wanted) return
    removeIfPresent(filesystem, reserve)
    filesystem.createFile(reserve, contentOf(size), { mode: 0o600, fsync: false })
  })
}

/** Content that no file system compresses. */
function* contentOf(size: number): Generator<Uint8Array> {
  for (let left = size; left > 0; left -= PIECE) yield randomBytes(Math.min(left, PIECE))
}
