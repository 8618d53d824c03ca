import { randomInt } from 'node:crypto'
import { GrowingInts } from '#model'

/**
 * Texts out of catalog files, each kept once as the bytes that the file has, and numbered in order of first appearance. A
 * catalog repeats a hundred thousand action strings a million times; comparing bytes spares a string for each.
 */
export interface LineTable {
  /** Number of a text that lies between two positions. */
  id(bytes: Buffer, start: number, end: number, escaped: boolean): number
  /** Text by number, escapes undone. */
  text(id: number): string
  readonly size: number
}

export function createLineTable(): LineTable {
  let blob = Buffer.allocUnsafeSlow(1 << 18)
  let blobView = viewOf(blob)
  let source: Buffer = blob
  let sourceView = blobView
  /** Where each text begins in the blob, and where the last one ends. */
  const starts = new GrowingInts(1 << 12)
  const hashes = new GrowingInts(1 << 12)
  /** 1 by text that has escapes. */
  const escapes = new GrowingInts(1 << 12)
  /** Number + 1 by slot, 0 where there is none. */
  let slots = new Int32Array(1 << 13)
  /** The text that followed each text the last time: versions of a package mostly repeat the actions of the version before. */
  const followers = new GrowingInts(1 << 12)
  let last = 0
  // Secret, so that authors of catalogs cannot make hashes collide.
  const seed = randomInt(0x7fffffff)
  const factor = randomInt(0x3fffffff) * 2 + 1

  starts.push(0)
  followers.push(0)

  const grow = (): void => {
    slots = new Int32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < hashes.length; id++) {
      let slot = hashes.at(id) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
  }

  const append = (bytes: Buffer, start: number, end: number, hash: number, escaped: boolean): number => {
    const from = starts.last()
    const needed = from + end - start
    if (needed > blob.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(blob.length * 2, needed))
      blob.copy(larger, 0, 0, from)
      blob = larger
      blobView = viewOf(blob)
    }
    bytes.copy(blob, from, start, end)
    hashes.push(hash)
    escapes.push(escaped ? 1 : 0)
    followers.push(0)
    starts.push(needed)
    if (hashes.length * 2 > slots.length) grow()
    return hashes.length - 1
  }

  const find = (bytes: Buffer, start: number, end: number, escaped: boolean): number => {
    let hash = seed ^ (end - start)
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ bytes[at]!, factor)
      hash ^= hash >>> 15
    }
    const mask = slots.length - 1
    let slot = hash & mask
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const known = slots[slot]! - 1
      if (hashes.at(known) === hash && holds(known, bytes, start, end)) return known
    }
    slots[slot] = hashes.length + 1
    return append(bytes, start, end, hash, escaped)
  }

  const holds = (id: number, bytes: Buffer, start: number, end: number): boolean => {
    let from = starts.at(id)
    if (starts.at(id + 1) - from !== end - start) return false
    if (bytes !== source) {
      source = bytes
      sourceView = viewOf(bytes)
    }
    let at = start
    for (; at + 4 <= end; at += 4, from += 4) {
      if (blobView.getInt32(from, true) !== sourceView.getInt32(at, true)) return false
    }
    for (; at < end; at++, from++) if (blob[from] !== bytes[at]) return false
    return true
  }

  return {
    id(bytes, start, end, escaped) {
      const expected = followers.at(last)
      if (expected < hashes.length && holds(expected, bytes, start, end)) {
        last = expected
        return expected
      }
      const id = find(bytes, start, end, escaped)
      followers.set(last, id)
      last = id
      return id
    },
    text(id) {
      const text = blob.toString('latin1', starts.at(id), starts.at(id + 1))
      return escapes.at(id) === 1 ? (JSON.parse(`"${text}"`) as string) : text
    },
    get size() {
      return hashes.length
    },
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
