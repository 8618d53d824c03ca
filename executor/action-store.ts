import {
  type Action,
  type ActionType,
  type AttributeValue,
  actionTypes,
  compareCodePoints,
  type Fmri,
  keyAttribute,
} from '#model'
import type { OwnedAction } from './action-key.ts'

/** An action that a store keeps, with the number under which it gives it back. */
export interface KeptAction extends OwnedAction {
  readonly number: number
}

/** Names of attributes in their order, a name that has several values as often as it has values. */
interface Shape {
  readonly id: number
  readonly type: ActionType
  readonly names: readonly string[]
  /** Place of the first value of each name. */
  readonly places: ReadonlyMap<string, number>
  readonly next: Map<string, Shape>
}

/** Bytes of one chunk; a record lies in one of them. An address is the number of the chunk and the place in it. */
const CHUNK_BITS = 18
const CHUNK = 1 << CHUNK_BITS
/** Addresses are whole numbers of 31 bits. */
const MOST_CHUNKS = 1 << (31 - CHUNK_BITS)
/** Bytes of a record before its payload: its shape, and the number of its package. */
const HEAD = 6
/** No address of a value. */
export const NO_KEY = -1
/** What is larger, or has more attributes, stays as it is. */
const LARGEST_RECORD = 1 << 14
const MOST_VALUES = 64
/** Names and words come from outside, so what is remembered of them has a limit. */
const MOST_SHAPES = 4096
const MOST_WORDS = 4096
const LONGEST_WORD = 24

/* First byte of a value: its length in Latin-1, or one of these. */
const LONGEST_SHORT = 0xef
const ABSENT = 0xf0
const WORD = 0xf1
const HEX = 0xf2
const PREFIXED_HEX = 0xf3
const LONG = 0xf4
const WIDE = 0xf5

/** Sizes and paths hardly ever come twice. */
const notWord = /\/|^[1-9][0-9]*$/

/**
 * Keeps actions of a plan in few bytes: a file is some 200 with all its digests, an eighth of what its map of attributes takes. Records
 * lie outside the heap of the garbage collector. What is given back reads like any other action.
 */
export class ActionStore {
  readonly #chunks: Buffer[] = []
  #used = CHUNK
  readonly #shapes: Shape[] = []
  readonly #first = new Map<ActionType, Shape>()
  readonly #words: string[] = []
  readonly #wordIds = new Map<string, number>()
  /** Those that stay as they are. */
  readonly #whole: KeptAction[] = []
  readonly #fmris: Fmri[] = []
  readonly #fmriNumbers = new Map<Fmri, number>()
  readonly #scratch = Buffer.allocUnsafeSlow(LARGEST_RECORD)

  constructor() {
    for (const type of actionTypes) this.#first.set(type, this.#newShape(type, []))
  }

  /** The same action, of a package, in little room; one that is too large or too odd for it as it is. */
  keep(fmri: Fmri, action: Action): KeptAction {
    const shape = this.#shapeOf(action)
    const length = shape === undefined ? undefined : this.#write(shape, fmri, action)
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

  /** Number of an action; one that is none of this store is kept. */
  numberOf(owned: OwnedAction): number {
    const { fmri, action } = owned
    if (action instanceof StoredAction && action.store === this) return action.number
    const number = 'number' in owned ? (owned as KeptAction).number : 0
    return this.#whole[-1 - number] === owned ? number : this.keep(fmri, action).number
  }

  #newShape(type: ActionType, names: readonly string[]): Shape {
    const places = new Map<string, number>()
    names.forEach((name, place) => void (places.has(name) || places.set(name, place)))
    const shape: Shape = { id: this.#shapes.length, type, names, places, next: new Map() }
    this.#shapes.push(shape)
    return shape
  }

  #step(shape: Shape, name: string): Shape | undefined {
    const known = shape.next.get(name)
    if (known !== undefined) return known
    if (this.#shapes.length >= MOST_SHAPES || shape.names.length >= MOST_VALUES) return undefined
    const made = this.#newShape(shape.type, [...shape.names, name])
    shape.next.set(name, made)
    return made
  }

  #shapeOf({ type, attributes }: Action): Shape | undefined {
    let shape = this.#first.get(type)
    for (const [name, value] of attributes) {
      if (shape === undefined) return undefined
      if (typeof value === 'string') shape = this.#step(shape, name)
      // A list of one would come back as a single value.
      else if (value.length < 2) return undefined
      else for (const _ of value) shape &&= this.#step(shape, name)
    }
    return shape
  }

  #fmriNumber(fmri: Fmri): number {
    const known = this.#fmriNumbers.get(fmri)
    if (known !== undefined) return known
    this.#fmriNumbers.set(fmri, this.#fmris.length)
    return this.#fmris.push(fmri) - 1
  }

  #write(shape: Shape, fmri: Fmri, { payload, attributes }: Action): number | undefined {
    this.#scratch.writeUInt16LE(shape.id)
    this.#scratch.writeUInt32LE(this.#fmriNumber(fmri), 2)
    let at: number | undefined = HEAD
    if (payload === undefined) this.#scratch[at++] = ABSENT
    else at = this.#writeText(at, payload)
    const key = keyAttribute(shape.type)
    for (const [name, value] of attributes) {
      if (typeof value === 'string') at = at === undefined ? at : this.#writeText(at, value, name === key)
      else for (const one of value) at = at === undefined ? at : this.#writeText(at, one)
    }
    return at
  }

  /** Gives where the next value begins; undefined when there is no room. */
  #writeText(at: number, text: string, plain = false): number | undefined {
    const bytes = this.#scratch
    const { length } = text
    if (at + 2 * length + 4 > LARGEST_RECORD) return undefined
    if (plain) return this.#writePlain(at, text)
    if (length >= 40) {
      const hex = hexTail(text)
      if (hex === length) {
        bytes[at] = HEX
        bytes[at + 1] = hex / 2
        return at + 2 + bytes.write(text, at + 2, 'hex')
      }
      const prefix = hex === 0 ? undefined : this.#wordId(text.slice(0, length - hex))
      if (prefix !== undefined) {
        bytes[at] = PREFIXED_HEX
        bytes.writeUInt16LE(prefix, at + 1)
        bytes[at + 3] = hex / 2
        return at + 4 + bytes.write(text.slice(length - hex), at + 4, 'hex')
      }
    }
    const word = length < 3 || notWord.test(text) ? undefined : this.#wordId(text)
    if (word !== undefined) {
      bytes[at] = WORD
      bytes.writeUInt16LE(word, at + 1)
      return at + 3
    }
    return this.#writePlain(at, text)
  }

  #writePlain(at: number, text: string): number {
    const bytes = this.#scratch
    const { length } = text
    const start = length > LONGEST_SHORT ? at + 3 : at + 1
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0xff) {
        bytes[at] = WIDE
        bytes.writeUInt16LE(length, at + 1)
        return at + 3 + bytes.write(text, at + 3, 'utf16le')
      }
      bytes[start + index] = code
    }
    if (length > LONGEST_SHORT) {
      bytes[at] = LONG
      bytes.writeUInt16LE(length, at + 1)
    } else bytes[at] = length
    return start + length
  }

  #wordId(text: string): number | undefined {
    if (text.length > LONGEST_WORD) return undefined
    const known = this.#wordIds.get(text)
    if (known !== undefined || this.#words.length >= MOST_WORDS) return known
    // A piece of a manifest would keep all of it in memory.
    const own = Buffer.from(text, 'utf16le').toString('utf16le')
    this.#words.push(own)
    this.#wordIds.set(own, this.#words.length - 1)
    return this.#words.length - 1
  }

  /** @internal */
  shapeAt(address: number): Shape {
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    const at = address & (CHUNK - 1)
    return this.#shapes[chunk[at]! | (chunk[at + 1]! << 8)]!
  }

  /** @internal */
  fmriAt(address: number): Fmri {
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    return this.#fmris[chunk.readUInt32LE((address & (CHUNK - 1)) + 2)]!
  }

  /** Value number `place` of the record, the payload is -1. @internal */
  valueAt(address: number, place: number): string | undefined {
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    let at = (address & (CHUNK - 1)) + HEAD
    for (let count = place; count >= 0; count--) at = skip(chunk, at)
    return this.#read(chunk, at)
  }

  /** Where the value of the key attribute of an action lies, for `compareTexts`; `NO_KEY` where there is none, or it is kept as it is. */
  keyAddress({ number, action }: KeptAction): number {
    const place = number < 0 ? undefined : this.shapeAt(number).places.get(keyAttribute(action.type) ?? '')
    if (place === undefined) return NO_KEY
    const chunk = this.#chunks[number >>> CHUNK_BITS]!
    let at = (number & (CHUNK - 1)) + HEAD
    for (let count = place; count >= 0; count--) at = skip(chunk, at)
    return number - (number & (CHUNK - 1)) + at
  }

  /** Order of two values by code point; they are hardly ever made into texts. */
  compareTexts(left: number, right: number): number {
    const [chunk, other] = [this.#chunks[left >>> CHUNK_BITS]!, this.#chunks[right >>> CHUNK_BITS]!]
    const [from, otherFrom] = [left & (CHUNK - 1), right & (CHUNK - 1)]
    const [length, otherLength] = [chunk[from]!, other[otherFrom]!]
    if (length > LONGEST_SHORT || otherLength > LONGEST_SHORT)
      return compareCodePoints(this.#read(chunk, from)!, this.#read(other, otherFrom)!)
    for (let index = 1; index <= length && index <= otherLength; index++) {
      const difference = chunk[from + index]! - other[otherFrom + index]!
      if (difference !== 0) return difference
    }
    return length - otherLength
  }

  #read(chunk: Buffer, at: number): string | undefined {
    const mark = chunk[at]!
    switch (mark) {
      case ABSENT:
        return undefined
      case WORD:
        return this.#words[chunk.readUInt16LE(at + 1)]
      case HEX:
        return chunk.toString('hex', at + 2, at + 2 + chunk[at + 1]!)
      case PREFIXED_HEX:
        return (
          this.#words[chunk.readUInt16LE(at + 1)]! + chunk.toString('hex', at + 4, at + 4 + chunk[at + 3]!)
        )
      case LONG:
        return chunk.toString('latin1', at + 3, at + 3 + chunk.readUInt16LE(at + 1))
      case WIDE:
        return chunk.toString('utf16le', at + 3, at + 3 + 2 * chunk.readUInt16LE(at + 1))
      default:
        return chunk.toString('latin1', at + 1, at + 1 + mark)
    }
  }
}

function skip(chunk: Buffer, at: number): number {
  const mark = chunk[at]!
  switch (mark) {
    case ABSENT:
      return at + 1
    case WORD:
      return at + 3
    case HEX:
      return at + 2 + chunk[at + 1]!
    case PREFIXED_HEX:
      return at + 4 + chunk[at + 3]!
    case LONG:
      return at + 3 + chunk.readUInt16LE(at + 1)
    case WIDE:
      return at + 3 + 2 * chunk.readUInt16LE(at + 1)
    default:
      return at + 1 + mark
  }
}

/** How many characters at the end are a digest in lower-case hex: 64, 40 or 0. */
function hexTail(text: string): number {
  let index = text.length
  while (index > 0 && text.length - index < 64 && isHex(text.charCodeAt(index - 1))) index--
  const found = text.length - index
  return found === 64 ? 64 : found >= 40 ? 40 : 0
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66)
}

/** An action in a store, with the package that it is of. */
class StoredAction implements Action, KeptAction {
  readonly store: ActionStore
  /** Address of its record. */
  readonly number: number

  constructor(store: ActionStore, number: number) {
    this.store = store
    this.number = number
  }

  get fmri(): Fmri {
    return this.store.fmriAt(this.number)
  }

  get action(): Action {
    return this
  }

  get type(): ActionType {
    return this.store.shapeAt(this.number).type
  }

  get payload(): string | undefined {
    return this.store.valueAt(this.number, -1)
  }

  get attributes(): ReadonlyMap<string, AttributeValue> {
    return new StoredAttributes(this.store, this.number)
  }
}

/** The attributes of a stored action; each value is made when it is asked for. */
class StoredAttributes implements ReadonlyMap<string, AttributeValue> {
  readonly #store: ActionStore
  readonly #address: number
  readonly #shape: Shape

  constructor(store: ActionStore, address: number) {
    this.#store = store
    this.#address = address
    this.#shape = store.shapeAt(address)
  }

  get size(): number {
    return this.#shape.places.size
  }

  has(name: string): boolean {
    return this.#shape.places.has(name)
  }

  get(name: string): AttributeValue | undefined {
    const { places, names } = this.#shape
    const place = places.get(name)
    if (place === undefined) return undefined
    const first = this.#store.valueAt(this.#address, place)!
    if (names[place + 1] !== name) return first
    const values = [first]
    for (let next = place + 1; names[next] === name; next++)
      values.push(this.#store.valueAt(this.#address, next)!)
    return values
  }

  keys(): MapIterator<string> {
    return this.#shape.places.keys()
  }

  *values(): MapIterator<AttributeValue> {
    for (const name of this.keys()) yield this.get(name)!
  }

  *entries(): MapIterator<[string, AttributeValue]> {
    for (const name of this.keys()) yield [name, this.get(name)!]
  }

  [Symbol.iterator](): MapIterator<[string, AttributeValue]> {
    return this.entries()
  }

  forEach(
    callback: (value: AttributeValue, name: string, map: ReadonlyMap<string, AttributeValue>) => void,
  ): void {
    for (const [name, value] of this) callback(value, name, this)
  }
}
