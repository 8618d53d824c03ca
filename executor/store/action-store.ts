import { type Action, type Fmri, keyAttribute } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { type Shape, Shapes } from './action-shape.ts'
import { type PathOrder, PathTable } from './path-table.ts'
import { type KeptAction, PAYLOAD, type Records, StoredAction } from './stored-action.ts'
import { isShort, readText, skipText, writeText } from './text-codec.ts'
import { skipValue, ValueCodec } from './value-codec.ts'

/** Bytes of one chunk; a record lies in one of them. An address is the number of the chunk and the offset in it. */
const CHUNK_BITS = 18
const CHUNK = 1 << CHUNK_BITS
const OFFSET = CHUNK - 1
/** Addresses are whole numbers of 31 bits. */
const MOST_CHUNKS = 1 << (31 - CHUNK_BITS)
/** What is larger has no room in a record. */
const LARGEST_RECORD = 1 << 14
/** Bytes of a record before its values: its shape, and the number of its package. */
const HEAD = 6
/** Bytes of the number of a directory. */
const DIRECTORY = 3

const SLASH = 0x2f

/** A path in two parts. */
interface SplitPath {
  /** Number in the table of directories. */
  readonly directory: number
  readonly name: string
}

/**
 * Keeps the actions of a plan in few bytes, outside the heap of the garbage collector: a file takes 80 to 200 with its digests, a
 * directory about 30. A record is the shape and the package of the action, its split path, its payload and its other values. An
 * action that is given back reads like any other.
 */
export class ActionStore implements Records {
  readonly #chunks: Buffer[] = []
  #used = CHUNK
  readonly #values = new ValueCodec()
  readonly #paths = new PathTable()
  readonly #shapes = new Shapes()
  /** Actions that have no record. */
  readonly #whole: KeptAction[] = []
  readonly #fmris: Fmri[] = []
  readonly #fmriNumbers = new Map<Fmri, number>()
  readonly #scratch = Buffer.allocUnsafeSlow(LARGEST_RECORD)

  /** The same action, as a record; one that is too large or too odd stays as it is. */
  keep(fmri: Fmri, action: Action): KeptAction {
    const length = this.#write(fmri, action)
    if (length === undefined) return this.#keepWhole(fmri, action)
    if (this.#used + length > CHUNK) {
      if (this.#chunks.length === MOST_CHUNKS) return this.#keepWhole(fmri, action)
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK))
      this.#used = 0
    }
    const chunk = this.#chunks.length - 1
    this.#scratch.copy(this.#chunks[chunk]!, this.#used, 0, length)
    const kept = new StoredAction(this, chunk * CHUNK + this.#used)
    this.#used += length
    return kept
  }

  #keepWhole(fmri: Fmri, action: Action): KeptAction {
    const kept = { fmri, action, number: -1 - this.#whole.length }
    this.#whole.push(kept)
    return kept
  }

  /** The action under a number: another object each time, with the same number. */
  at(number: number): KeptAction {
    return number < 0 ? this.#whole[-1 - number]! : new StoredAction(this, number)
  }

  /** Number of an action; an action of another store, or of none, is kept first. */
  numberOf(owned: OwnedAction): number {
    const { fmri, action } = owned
    if (action instanceof StoredAction && action.store === this) return action.number
    const number = 'number' in owned ? (owned as KeptAction).number : 0
    return this.#whole[-1 - number] === owned ? number : this.keep(fmri, action).number
  }

  #fmriNumber(fmri: Fmri): number {
    const known = this.#fmriNumbers.get(fmri)
    if (known !== undefined) return known
    this.#fmriNumbers.set(fmri, this.#fmris.length)
    return this.#fmris.push(fmri) - 1
  }

  /** The parts of the path of an action; undefined where it has none, or one that is kept as a text. */
  #splitPath({ type, attributes }: Action): SplitPath | undefined {
    const path = keyAttribute(type) === 'path' ? attributes.get('path') : undefined
    if (typeof path !== 'string') return undefined
    const slash = path.lastIndexOf('/')
    if (slash === 0 || !isShort(path, slash + 1)) return undefined
    const directory = this.#paths.numberOf(path.slice(0, Math.max(slash, 0)))
    return directory === undefined ? undefined : { directory, name: path.slice(slash + 1) }
  }

  /** Writes the record into `#scratch`; returns its length, undefined where there is no room for it. */
  #write(fmri: Fmri, action: Action): number | undefined {
    const bytes = this.#scratch
    const path = this.#splitPath(action)
    const shape = this.#shapes.of(action, path !== undefined)
    if (shape === undefined) return undefined
    bytes.writeUInt16LE(shape.id)
    bytes.writeUInt32LE(this.#fmriNumber(fmri), 2)
    let at: number | undefined = HEAD
    if (path !== undefined) {
      bytes.writeUIntLE(path.directory, at, DIRECTORY)
      at = writeText(bytes, at + DIRECTORY, path.name)
    }
    at = this.#values.write(bytes, at, action.payload)
    for (const [name, value] of action.attributes) {
      if (path !== undefined && name === 'path') continue
      for (const one of typeof value === 'string' ? [value] : value)
        if (at !== undefined) at = this.#values.write(bytes, at, one)
    }
    return at
  }

  shapeAt(address: number): Shape {
    return this.#shapes.at(this.#chunks[address >>> CHUNK_BITS]!.readUInt16LE(address & OFFSET))
  }

  fmriAt(address: number): Fmri {
    return this.#fmris[this.#chunks[address >>> CHUNK_BITS]!.readUInt32LE((address & OFFSET) + 2)]!
  }

  valueAt(address: number, index: number): string | undefined {
    const { splitPath } = this.shapeAt(address)
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    let at = (address & OFFSET) + HEAD
    if (splitPath !== undefined) {
      if (index === splitPath) return this.#pathAt(chunk, at)
      at = skipText(chunk, at + DIRECTORY)
    }
    for (let before = PAYLOAD; before < index; before++) if (before !== splitPath) at = skipValue(chunk, at)
    return this.#values.read(chunk, at)
  }

  #pathAt(chunk: Buffer, at: number): string {
    const directory = this.#paths.text(chunk.readUIntLE(at, DIRECTORY))
    const name = readText(chunk, at + DIRECTORY)
    return directory === '' ? name : `${directory}/${name}`
  }

  /** Order of all directories that paths of actions lead through; for `pathOf`. */
  pathOrder(): PathOrder {
    return this.#paths.order()
  }

  /**
   * The split path of an action: the number of its directory, and the address of the name in it, for `compareNames`. Undefined
   * where the path is kept as a text, or there is none.
   */
  pathOf({ number }: KeptAction): { readonly directory: number; readonly name: number } | undefined {
    if (number < 0 || this.shapeAt(number).splitPath === undefined) return undefined
    const directory = this.#chunks[number >>> CHUNK_BITS]!.readUIntLE((number & OFFSET) + HEAD, DIRECTORY)
    return { directory, name: number + HEAD + DIRECTORY }
  }

  /** Order of two names by code point; no text is made of them. */
  compareNames(left: number, right: number): number {
    return compareBytes(this.#nameIn(left), this.#nameIn(right))
  }

  /**
   * Order of the name `left` and of anything inside the directory that leads from `above` to `below`: as if a slash followed the
   * name of that directory.
   */
  compareWithInside(left: number, above: number, below: number): number {
    const [one, other] = [this.#nameIn(left), this.#paths.nameIn(this.#paths.stepTo(above, below))]
    const [length, otherLength] = [one.bytes[one.at]!, other.bytes[other.at]!]
    if (length <= otherLength) return compareBytes(one, other) || -1
    const order = compareBytes(other, one, otherLength)
    return order === 0 ? one.bytes[one.at + otherLength + 1]! - SLASH : -order
  }

  #nameIn(name: number): Bytes {
    return { bytes: this.#chunks[name >>> CHUNK_BITS]!, at: name & OFFSET }
  }
}

/** A short text: its first byte is its length. */
interface Bytes {
  readonly bytes: Buffer
  readonly at: number
}

/** Order of two texts, or of their first bytes. */
function compareBytes(one: Bytes, other: Bytes, most = Number.POSITIVE_INFINITY): number {
  const [left, right] = [one.bytes, other.bytes]
  const length = Math.min(left[one.at]!, most)
  const otherLength = Math.min(right[other.at]!, most)
  for (let index = 1; index <= length && index <= otherLength; index++) {
    const difference = left[one.at + index]! - right[other.at + index]!
    if (difference !== 0) return difference
  }
  return length - otherLength
}
