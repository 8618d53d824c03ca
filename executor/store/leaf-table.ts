import type { Ownership } from '../ownership.ts'
import { Column } from './column.ts'
import { NO_ROW } from './key-table.ts'
import { NameIndex } from './name-index.ts'
import { TextArena } from './text-arena.ts'

/** A file of a plan that is new, or a file or link that goes: all that is to be known of it. */
export interface Leaf extends Ownership {
  readonly type: 'file' | 'link'
  /** Milliseconds; undefined: none of its own. */
  readonly mtime: number | undefined
  /** Number of the change that brings it; of what goes -1. */
  readonly change: number
}

/** What happens to leaves. */
export type LeafFate = 'comes' | 'goes'

/** What a row stands for: something of another type, or one that became a node, is `nothing` to the table. */
const NOTHING = 0
/** Beside its fate: it has a time of its own. */
const TIMED = 4
/** Types with mode and owner. */
const MOST_KINDS = 2 ** 16
const fates: Readonly<Record<LeafFate, number>> = { comes: 1, goes: 2 }

/**
 * The very many leaves of a tree that nothing but their coming or going happens to, in some thirty-five bytes each, where a node takes
 * three hundred. Directories are told by number.
 */
export class LeafTable {
  readonly #index = new NameIndex({
    directoryOf: (row) => this.#directory.get(row),
    nameOf: (row) => this.nameOf(row),
  })
  readonly #directory = Column.ofIntegers()
  readonly #names = new TextArena()
  readonly #nameAt = Column.ofWords()
  readonly #fate = Column.ofBytes()
  /** The leaf before it in its directory, and one. */
  readonly #previous = Column.ofIntegers()
  /** And one. */
  readonly #change = Column.ofIntegers()
  readonly #attributes = Column.ofShorts()
  /** Only of those that have one, as most have none. */
  readonly #mtime = Column.ofNumbers()
  readonly #kinds: (Ownership & Pick<Leaf, 'type'>)[] = []
  readonly #kindOf = new Map<string, number>()
  /** Of each directory its last leaf, and one. */
  readonly #last = Column.ofIntegers()

  /** Number of a directory that was not there yet. */
  addDirectory(): number {
    return this.#last.push(0)
  }

  /** Row of what comes to or goes from a directory under a name; `NO_ROW` where nothing does, or it is a node. */
  find(directory: number, name: string, fate: LeafFate): number {
    const row = this.#index.find(directory, name)
    return row !== NO_ROW && this.#is(row, fate) ? row : NO_ROW
  }

  /** False where there was something of that name before, or it is too odd: then it must be a node. */
  add(directory: number, name: string, fate: LeafFate, leaf: Leaf): boolean {
    const kind = this.#kind(leaf)
    if (kind === undefined) return false
    const row = this.#directory.length
    if (!this.#index.add(row, directory, name)) return false
    this.#directory.push(directory)
    this.#nameAt.set(row, this.#names.add(name))
    this.#fate.set(row, fates[fate] | (leaf.mtime === undefined ? 0 : TIMED))
    this.#change.set(row, leaf.change + 1)
    if (leaf.mtime !== undefined) this.#mtime.set(row, leaf.mtime)
    this.#attributes.set(row, kind)
    this.#previous.set(row, this.#last.get(directory))
    this.#last.set(directory, row + 1)
    return true
  }

  /** Takes a leaf out, which becomes a node. */
  remove(row: number): void {
    this.#fate.set(row, NOTHING)
  }

  nameOf(row: number): string {
    return this.#names.text(this.#nameAt.get(row))
  }

  leafAt(row: number): Leaf {
    const mtime = (this.#fate.get(row) & TIMED) === 0 ? undefined : this.#mtime.get(row)
    // Named one by one: copied as they come, they would take ten times as much room.
    const { type, mode, uid, gid } = this.#kinds[this.#attributes.get(row)]!
    return { type, mode, uid, gid, mtime, change: this.#change.get(row) - 1 }
  }

  /** Rows of a directory, the last one first. */
  *rowsIn(directory: number, fate: LeafFate): Generator<number> {
    for (let row = this.#last.get(directory) - 1; row >= 0; row = this.#previous.get(row) - 1)
      if (this.#is(row, fate)) yield row
  }

  #is(row: number, fate: LeafFate): boolean {
    return (this.#fate.get(row) & ~TIMED) === fates[fate]
  }

  /** Number of a type with mode and owner; there are few, and undefined where there are too many. */
  #kind({ type, mode, uid, gid }: Leaf): number | undefined {
    const key = `${type} ${mode} ${uid} ${gid}`
    const known = this.#kindOf.get(key)
    if (known !== undefined || this.#kinds.length >= MOST_KINDS) return known
    this.#kindOf.set(key, this.#kinds.length)
    return this.#kinds.push({ type, mode, uid, gid }) - 1
  }
}
