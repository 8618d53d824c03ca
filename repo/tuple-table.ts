import { randomInt } from 'node:crypto'
import { GrowingInts } from '#model'

/** Short lists of numbers, each kept once and numbered in order of first appearance. */
export interface TupleTable {
  /** Number of a tuple, which is copied when it is new. */
  id(tuple: readonly number[]): number
  /** All tuples one after the other. */
  values(): Int32Array
  /** Where each tuple begins in `values`; one more entry than tuples. */
  starts(): Int32Array
  readonly size: number
}

export function createTupleTable(): TupleTable {
  const values = new GrowingInts()
  const starts = new GrowingInts()
  const hashes = new GrowingInts()
  /** Number + 1 by slot, 0 where there is none. At most half of them are taken. */
  let slots = new Int32Array(1 << 11)
  // Secret, so that authors of catalogs cannot make hashes collide.
  const seed = randomInt(0x7fffffff)
  const factor = randomInt(0x3fffffff) * 2 + 1
  starts.push(0)

  const grow = (): void => {
    slots = new Int32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < hashes.length; id++) {
      let slot = hashes.at(id) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
  }

  return {
    id(tuple) {
      let hash = seed ^ tuple.length
      for (let i = 0; i < tuple.length; i++) {
        hash = Math.imul(hash ^ tuple[i]!, factor)
        hash ^= hash >>> 15
      }
      const mask = slots.length - 1
      let slot = hash & mask
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const known = slots[slot]! - 1
        if (hashes.at(known) !== hash) continue
        const start = starts.at(known)
        if (starts.at(known + 1) - start !== tuple.length) continue
        let same = 0
        while (same < tuple.length && values.at(start + same) === tuple[same]) same++
        if (same === tuple.length) return known
      }
      const id = hashes.length
      slots[slot] = id + 1
      hashes.push(hash)
      for (let i = 0; i < tuple.length; i++) values.push(tuple[i]!)
      starts.push(values.length)
      if (hashes.length * 2 > slots.length) grow()
      return id
    },
    values: () => values.values(),
    starts: () => starts.values(),
    get size() {
      return hashes.length
    },
  }
}
