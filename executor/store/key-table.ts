import { randomInt } from 'node:crypto'
import { Column } from './column.ts'

/** The row of an absent key. */
export const NO_ROW = -1

/**
 * Numbers keys from 0 on, in about 16 bytes each. A key is a text, or a text and the number of a directory. Keys are compared by 64 bits
 * of a hash: two keys may share a row, one key never has two. So a row tells where to look closer, not which key it is. Keys with the same
 * text and different directories never share a row.
 */
export class KeyTable {
  /** Row of each slot, and one; 0: free. */
  #slots = new Int32Array(1024)
  readonly #low = new Column(Uint32Array)
  readonly #high = new Column(Uint32Array)
  // Keys come from outside: with a secret seed nobody can choose keys that share a slot.
  readonly #seed = randomInt(2 ** 32)
  #hashLow = 0
  #hashHigh = 0

  get size(): number {
    return this.#low.length
  }

  /** Row of a key, or `NO_ROW`. */
  find(key: string, directory = 0): number {
    this.#hash(key, directory)
    return this.#slots[this.#slotOf()]! - 1
  }

  /** Row of a key; a new key gets the next row. */
  add(key: string, directory = 0): number {
    this.#hash(key, directory)
    const slot = this.#slotOf()
    const known = this.#slots[slot]!
    if (known !== 0) return known - 1
    const row = this.#low.push(this.#hashLow)
    this.#high.push(this.#hashHigh)
    this.#slots[slot] = row + 1
    if (4 * this.size > 3 * this.#slots.length) this.#growSlots()
    return row
  }

  #hash(key: string, directory: number): void {
    // Each operation on `low` is a bijection, so the same text leads from two directories to two hashes.
    let low = this.#seed ^ Math.imul(directory, 0x9e3779b1)
    let high = ~this.#seed ^ Math.imul(directory, 0x85ebca6b)
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index)
      low = Math.imul(low ^ code, 0x01000193)
      low ^= low >>> 15
      high = Math.imul(high + code, 0x5bd1e995)
      high ^= high >>> 13
    }
    this.#hashLow = low >>> 0
    this.#hashHigh = high >>> 0
  }

  /** The slot of the hashed key, or the free slot for it. */
  #slotOf(): number {
    const mask = this.#slots.length - 1
    let slot = (this.#hashLow ^ Math.imul(this.#hashHigh, 0x9e3779b1)) & mask
    for (let row = this.#slots[slot]! - 1; row >= 0; row = this.#slots[slot]! - 1) {
      if (this.#low.get(row) === this.#hashLow && this.#high.get(row) === this.#hashHigh) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #growSlots(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let row = 0; row < this.size; row++) {
      this.#hashLow = this.#low.get(row)
      this.#hashHigh = this.#high.get(row)
      this.#slots[this.#slotOf()] = row + 1
    }
  }
}
