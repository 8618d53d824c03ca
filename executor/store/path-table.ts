import { Column } from './column.ts'
import { KeyTable } from './key-table.ts'
import { TextArena } from './text-arena.ts'
import { detached, isShort } from './text-codec.ts'

/** Number of the directory in which all others are: its path is empty. */
export const ROOT = 0
/** What lies deeper is no directory of the table: each of its parents would take a row. */
const DEEPEST = 64
/** Numbers are whole numbers of 24 bits. */
const MOST = 2 ** 24 - 1
/** How many are remembered as texts. */
const REMEMBERED = 512

/** Places of directories in the order of their paths, each with a slash behind it. */
export interface PathOrder {
  /** By number. What is in a directory comes right behind it. */
  readonly ranks: Int32Array
  /** Rank of the last directory in each. */
  readonly ends: Int32Array
}

/** Numbers directories, each of them a name in another one. */
export class PathTable {
  readonly #keys = new KeyTable()
  readonly #parents = Column.ofIntegers()
  readonly #nameAt = Column.ofWords()
  readonly #names = new TextArena()
  /** Those that were just asked for. */
  readonly #recent = new Map<string, number>()
  readonly #toldNumbers = new Int32Array(REMEMBERED)
  readonly #toldTexts: string[] = Array.from({ length: REMEMBERED }, () => '')

  /** Number of a directory; undefined for what is odd enough to be kept as a text. */
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
    const row = this.#keys.add(`${parent}/${name}`)
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

  /** Where the name of a directory lies: bytes, the first of which is the length. */
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

  /** The number of the directory in another one through which a path leads to a third. */
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
