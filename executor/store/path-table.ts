import { Column } from './column.ts'
import { KeyTable } from './key-table.ts'
import { TextArena } from './text-arena.ts'
import { detached, isShort } from './text-codec.ts'

/** Number of the root directory, whose path is empty. */
export const ROOT = 0
/** A deeper directory has no number: each of its parents would take a row. */
const DEEPEST = 64
/** Most directories: numbers have 24 bits. */
const MOST = 2 ** 24 - 1
/** Size of the caches of texts. */
const REMEMBERED = 512

/** The order of directories by path, each followed by a slash. */
export interface PathOrder {
  /** Rank by number. A directory precedes its subdirectories directly. */
  readonly ranks: Int32Array
  /** Rank of the last directory below each, by number. */
  readonly ends: Int32Array
}

/** Numbers directories. A row is a parent and a name. */
export class PathTable {
  readonly #keys = new KeyTable()
  readonly #parents = new Column(Int32Array)
  readonly #nameAt = new Column(Uint32Array)
  readonly #names = new TextArena()
  /** Numbers of recent paths. */
  readonly #recent = new Map<string, number>()
  readonly #toldNumbers = new Int32Array(REMEMBERED)
  readonly #toldTexts: string[] = Array.from({ length: REMEMBERED }, () => '')

  /** Number of a directory; undefined: the path is too odd for the table. */
  numberOf(path: string, depth = 0): number | undefined {
    if (path === '') return ROOT
    const known = this.#recent.get(path)
    if (known !== undefined) return known
    if (depth > DEEPEST) return undefined
    const slash = path.lastIndexOf('/')
    if (slash === 0) return undefined
    const parent = slash < 0 ? ROOT : this.numberOf(path.slice(0, slash), depth + 1)
    const number = parent === undefined ? undefined : this.#add(parent, path.slice(slash + 1))
    if (number === undefined) return undefined
    if (this.#recent.size >= REMEMBERED) this.#recent.clear()
    this.#recent.set(detached(path), number)
    return number
  }

  #add(parent: number, name: string): number | undefined {
    if (!isShort(name) || this.#nameAt.length >= MOST) return undefined
    const row = this.#keys.add(name, parent)
    if (row < this.#nameAt.length) {
      // Hashes of two may be equal.
      const isIt = this.#parents.get(row) === parent && this.#names.text(this.#nameAt.get(row)) === name
      return isIt ? row + 1 : undefined
    }
    this.#parents.set(row, parent)
    this.#nameAt.set(row, this.#names.add(name))
    return row + 1
  }

  parentOf(number: number): number {
    return this.#parents.get(number - 1)
  }

  /** Where the name of a directory lies: its length in one byte, then its bytes. */
  nameIn(number: number): { readonly bytes: Buffer; readonly at: number } {
    return this.#names.locate(this.#nameAt.get(number - 1))
  }

  text(number: number): string {
    if (number === ROOT) return ''
    const slot = number % REMEMBERED
    if (this.#toldNumbers[slot] === number) return this.#toldTexts[slot]!
    const parent = this.parentOf(number)
    const name = this.#names.text(this.#nameAt.get(number - 1))
    const text = parent === ROOT ? name : `${this.text(parent)}/${name}`
    this.#toldNumbers[slot] = number
    this.#toldTexts[slot] = text
    return text
  }

  /** Number of the child of `above` on the path to `below`. */
  stepTo(above: number, below: number): number {
    let at = below
    for (let parent = this.parentOf(at); parent !== above; parent = this.parentOf(at)) at = parent
    return at
  }

  /** The order of all paths. */
  order(): PathOrder {
    const count = this.#nameAt.length + 1
    const texts = Array.from({ length: count }, (_, number) =>
      number === ROOT ? '' : `${this.text(number)}/`,
    )
    const sorted = Uint32Array.from(texts, (_, number) => number).sort((a, b) =>
      texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : 0,
    )
    const ranks = new Int32Array(count)
    for (const [rank, number] of sorted.entries()) ranks[number] = rank
    const ends = ranks.slice()
    for (const number of sorted.reverse()) {
      const parent = number === ROOT ? ROOT : this.parentOf(number)
      ends[parent] = Math.max(ends[parent]!, ends[number]!)
    }
    return { ranks, ends }
  }
}
