import { randomInt } from 'node:crypto'
import { NO_ROW } from './key-table.ts'

/** The rows that an index finds. */
export interface NamedRows {
  directoryOf(row: number): number
  nameOf(row: number): string
}

/** Finds rows by the number of a directory and a name, in about ten bytes each; `NamedRows` has the names. */
export class NameIndex {
  readonly #rows: NamedRows
  /** Row of each slot, and one; 0: free. */
  #slots = new Int32Array(1024)
  #size = 0
  // Names come from outside: with a secret seed nobody can choose names that share a slot.
  readonly #seed = randomInt(2 ** 32)

  constructor(rows: NamedRows) {
    this.#rows = rows
  }

  find(directory: number, name: string): number {
    return this.#slots[this.#slotOf(directory, name)]! - 1
  }

  /** Adds a row; false: the name is taken. */
  add(row: number, directory: number, name: string): boolean {
    const slot = this.#slotOf(directory, name)
    if (this.#slots[slot]! - 1 !== NO_ROW) return false
    this.#slots[slot] = row + 1
    if (4 * ++this.#size > 3 * this.#slots.length) this.#grow()
    return true
  }

  #slotOf(directory: number, name: string): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(directory, name) & mask
    for (let row = this.#slots[slot]! - 1; row !== NO_ROW; row = this.#slots[slot]! - 1) {
      if (this.#rows.directoryOf(row) === directory && this.#rows.nameOf(row) === name) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #hash(directory: number, name: string): number {
    let hash = Math.imul(directory ^ this.#seed, 0x9e3779b1)
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
      hash ^= hash >>> 15
    }
    return Math.imul(hash, 0x85ebca6b) >>> 3
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Int32Array(2 * before.length)
    const mask = this.#slots.length - 1
    for (const known of before) {
      if (known === 0) continue
      let slot = this.#hash(this.#rows.directoryOf(known - 1), this.#rows.nameOf(known - 1)) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = known
    }
  }
}
