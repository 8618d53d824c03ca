import type { Ownership } from '../ownership.ts'
import { Column } from './column.ts'
import { KeyTable, NO_ROW } from './key-table.ts'
import { TextArena } from './text-arena.ts'

/** A new file of a plan, or a file or link that the plan removes. */
export interface Leaf extends Ownership {
  readonly type: 'file' | 'link'
  /** Milliseconds; undefined: none of its own. */
  readonly mtime: number | undefined
  /** Number of the change that delivers it; -1: the leaf is removed. */
  readonly change: number
}

/** What happens to leaves. */
export type LeafFate = 'comes' | 'goes'

/** Fate of a row whose leaf became a node. */
const NOTHING = 0
/** Flag beside the fate: the leaf has a time of its own. */
const TIMED = 4
/** Number of a directory in the table of names. Each fate has a separate number. */
function keyOf(directory: number, fate: LeafFate): number {
  return 2 * directory + (fate === 'goes' ? 1 : 0)
}

/** Most combinations of type, mode and owner. */
const MOST_KINDS = 2 ** 16
const fates: Readonly<Record<LeafFate, number>> = { comes: 1, goes: 2 }

/**
 * Leaves of a tree that a plan delivers or removes, in about 40 bytes each; a node takes 300. A name that is replaced has a row of each fate.
 * Directories are numbers.
 */
export class LeafTable {
  /** Rows by name, directory and fate. */
  readonly #keys = new KeyTable()
  readonly #names = new TextArena()
  readonly #nameAt = new Column(Uint32Array)
  readonly #fate = new Column(Uint8Array)
  /** Row of the previous leaf of the directory, and one. */
  readonly #previous = new Column(Int32Array)
  /** Number of the change, and one. */
  readonly #change = new Column(Int32Array)
  readonly #attributes = new Column(Uint16Array)
  /** Only of leaves with a time of their own. */
  readonly #mtime = new Column(Float64Array)
  readonly #kinds: (Ownership & Pick<Leaf, 'type'>)[] = []
  readonly #kindOf = new Map<string, number>()
  /** Row of the last leaf of each directory, and one. */
  readonly #last = new Column(Int32Array)

  /** Number of a new directory. */
  addDirectory(): number {
    return this.#last.push(0)
  }

  /** Row of a leaf with a name and a fate in a directory; `NO_ROW`: there is none, or it is a node. */
  find(directory: number, name: string, fate: LeafFate): number {
    const row = this.#keys.find(name, keyOf(directory, fate))
    if (row === NO_ROW || !this.#is(row, fate)) return NO_ROW
    // Hashes of two names may be equal.
    return this.nameOf(row) === name ? row : NO_ROW
  }

  /** False: the name has a leaf of this fate, or there are too many kinds; the leaf must be a node. */
  add(directory: number, name: string, fate: LeafFate, leaf: Leaf): boolean {
    const kind = this.#kind(leaf)
    if (kind === undefined) return false
    const row = this.#keys.add(name, keyOf(directory, fate))
    if (row < this.#nameAt.length) return false
    this.#nameAt.set(row, this.#names.add(name))
    this.#fate.set(row, fates[fate] | (leaf.mtime === undefined ? 0 : TIMED))
    this.#change.set(row, leaf.change + 1)
    if (leaf.mtime !== undefined) this.#mtime.set(row, leaf.mtime)
    this.#attributes.set(row, kind)
    this.#previous.set(row, this.#last.get(directory))
    this.#last.set(directory, row + 1)
    return true
  }

  /** Removes a leaf that becomes a node. */
  remove(row: number): void {
    this.#fate.set(row, NOTHING)
  }

  nameOf(row: number): string {
    return this.#names.text(this.#nameAt.get(row))
  }

  leafAt(row: number): Leaf {
    const mtime = (this.#fate.get(row) & TIMED) === 0 ? undefined : this.#mtime.get(row)
    // Named one by one: a spread object takes ten times the memory.
    const { type, mode, uid, gid } = this.#kinds[this.#attributes.get(row)]!
    return { type, mode, uid, gid, mtime, change: this.#change.get(row) - 1 }
  }

  /** Rows of a directory, last first. */
  *rowsIn(directory: number, fate: LeafFate): Generator<number> {
    for (let row = this.#last.get(directory) - 1; row >= 0; row = this.#previous.get(row) - 1)
      if (this.#is(row, fate)) yield row
  }

  #is(row: number, fate: LeafFate): boolean {
    return (this.#fate.get(row) & ~TIMED) === fates[fate]
  }

  /** Number of a type with mode and owner; undefined: there are too many. */
  #kind({ type, mode, uid, gid }: Leaf): number | undefined {
    const key = `${type} ${mode} ${uid} ${gid}`
    const known = this.#kindOf.get(key)
    if (known !== undefined || this.#kinds.length >= MOST_KINDS) return known
    this.#kindOf.set(key, this.#kinds.length)
    return this.#kinds.push({ type, mode, uid, gid }) - 1
  }
}
