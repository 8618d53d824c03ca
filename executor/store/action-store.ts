import { type Action, type Fmri, keyAttribute } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { type Form, Forms, PAYLOAD } from './action-form.ts'
import { Column } from './column.ts'
import { type PathOrder, PathTable } from './path-table.ts'
import { type ActionSource, type Numbers, Recall, type Remains } from './recall.ts'
import { LARGEST_RECORD, RecordText, skipText } from './record-text.ts'
import { type KeptAction, type Records, StoredAction } from './stored-action.ts'

/** Where an action was read, and can be read again. */
export interface Origin {
  readonly source: ActionSource
  /** Place of the action in its manifest. */
  readonly place: number
}

/** Bytes of one chunk; a record lies in one of them. An address is the number of the chunk and the place in it. */
const CHUNK_BITS = 18
const CHUNK = 1 << CHUNK_BITS
/** Addresses are whole numbers of 31 bits. */
const MOST_CHUNKS = 1 << (31 - CHUNK_BITS)
/** Bytes of a record before its values: its form. */
const HEAD = 2
/** Behind it where something was let go: the place in the manifest, and what tells payloads apart. */
const PLACE = 3
const MOST_PLACES = 1 << (8 * PLACE)
const PAYLOAD_KEY = 6
/** Bytes of the number of a directory. */
const DIRECTORY = 3

const SLASH = 0x2f

/** Whose the records are that begin at an address. */
interface Owner {
  readonly fmri: Fmri
  readonly source: ActionSource | undefined
}

/**
 * Keeps actions of a plan in few bytes: a file is some thirty when its digests can be read again, a dir five. Records lie outside the heap of
 * the garbage collector. What is given back reads like any other action.
 */
export class ActionStore implements Records {
  readonly #chunks: Buffer[] = []
  #used = CHUNK
  readonly #texts = new RecordText()
  readonly #paths = new PathTable()
  readonly #forms = new Forms(this.#paths)
  /** Those that stay as they are. */
  readonly #whole: KeptAction[] = []
  readonly #owners: Owner[] = []
  /** Where the records of each owner begin; one may have several ranges. */
  readonly #starts = Column.ofIntegers()
  readonly #scratch = Buffer.allocUnsafeSlow(LARGEST_RECORD)
  readonly #recall = new Recall(this.#texts, (number) => this.#remainsOf(number))

  /**
   * The same action, of a package, in little room; one that is too large or too odd for it as it is. Of a file with an origin
   * digests are let go of, and read again when they are asked for.
   */
  keep(fmri: Fmri, action: Action, origin?: Origin): KeptAction {
    const again = origin !== undefined && origin.place < MOST_PLACES ? origin : undefined
    const form = this.#forms.of(action, again !== undefined)
    const length = form === undefined ? undefined : this.#write(form, action, again)
    if (length === undefined) return this.#keepWhole(fmri, action)
    if (this.#used + length > CHUNK) {
      if (this.#chunks.length === MOST_CHUNKS) return this.#keepWhole(fmri, action)
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK))
      this.#used = 0
    }
    const chunk = this.#chunks.length - 1
    this.#scratch.copy(this.#chunks[chunk]!, this.#used, 0, length)
    const number = chunk * CHUNK + this.#used
    this.#used += length
    this.#noteOwner(number, fmri, origin?.source)
    return new StoredAction(this, number)
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

  /** Says which actions somebody goes through: what was let go of them is read together when some are asked for it. */
  announce(numbers: Numbers): void {
    this.#recall.announce(numbers)
  }

  #noteOwner(number: number, fmri: Fmri, source: ActionSource | undefined): void {
    const last = this.#owners.at(-1)
    if (last?.fmri === fmri && last.source === source) return
    this.#owners.push({ fmri, source })
    this.#starts.push(number)
  }

  #ownerOf(number: number): Owner {
    let [low, high] = [0, this.#owners.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#starts.get(middle) <= number) low = middle
      else high = middle - 1
    }
    return this.#owners[low]!
  }

  /** Gives the length of the record in `#scratch`; undefined when there is no room. */
  #write(form: Form, action: Action, origin: Origin | undefined): number | undefined {
    const bytes = this.#scratch
    bytes.writeUInt16LE(form.id)
    let at: number | undefined = HEAD
    const { payload, attributes } = action
    if (form.gone.length > 0) {
      bytes.writeUIntLE(origin!.place, at, PLACE)
      bytes.write(payload!, at + PLACE, PAYLOAD_KEY, 'hex')
      at += PLACE + PAYLOAD_KEY
    } else if (payload !== undefined) at = this.#texts.write(bytes, at, payload)
    const key = keyAttribute(form.type)
    let place = 0
    for (const [name, value] of attributes)
      for (const one of typeof value === 'string' ? [value] : value) {
        const keeping = form.keeping[place++]
        if (at === undefined || keeping === 'form' || keeping === 'gone') continue
        if (keeping === 'record') at = this.#texts.write(bytes, at, one, name === key)
        else at = this.#writePath(at, one, keeping === 'directory')
      }
    return at
  }

  #writePath(at: number, path: string, isDirectory: boolean): number | undefined {
    const end = this.#scratch.writeUIntLE(this.#forms.directory, at, DIRECTORY)
    const name = path.slice(path.lastIndexOf('/') + 1)
    return isDirectory ? end : this.#texts.write(this.#scratch, end, name, true)
  }

  formAt(address: number): Form {
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    const at = address & (CHUNK - 1)
    return this.#forms.at(chunk[at]! | (chunk[at + 1]! << 8))
  }

  fmriAt(address: number): Fmri {
    return this.#ownerOf(address).fmri
  }

  #remainsOf(number: number): Remains | undefined {
    const form = number < 0 ? undefined : this.formAt(number)
    if (form === undefined || form.gone.length === 0) return undefined
    const chunk = this.#chunks[number >>> CHUNK_BITS]!
    const place = chunk.readUIntLE((number & (CHUNK - 1)) + HEAD, PLACE)
    return { form, source: this.#ownerOf(number).source!, place }
  }

  valueAt(address: number, place: number): string | undefined {
    const form = this.formAt(address)
    const keeping = place === PAYLOAD ? form.payload : form.keeping[place]
    if (keeping === 'form') return form.words[place]
    if (keeping === 'gone') return this.#recall.value(address, form, place)
    if (keeping === undefined) return undefined
    const chunk = this.#chunks[address >>> CHUNK_BITS]!
    const at = this.#placeAt(chunk, address, form, place)
    if (keeping === 'record') return this.#texts.read(chunk, at)
    const directory = this.#paths.text(chunk.readUIntLE(at, DIRECTORY))
    if (keeping === 'directory') return directory
    const name = this.#texts.read(chunk, at + DIRECTORY)
    return chunk.readUIntLE(at, DIRECTORY) === 0 ? name : `${directory}/${name}`
  }

  #placeAt(chunk: Buffer, address: number, { recorded, keeping, gone }: Form, wanted: number): number {
    let at = (address & (CHUNK - 1)) + HEAD + (gone.length > 0 ? PLACE + PAYLOAD_KEY : 0)
    for (const place of recorded) {
      if (place === wanted) break
      const how = place === PAYLOAD ? 'record' : keeping[place]
      if (how === 'directory') at += DIRECTORY
      else at = skipText(chunk, how === 'path' ? at + DIRECTORY : at)
    }
    return at
  }

  payloadDigits(address: number): string | undefined {
    if (this.formAt(address).payload !== 'gone') return undefined
    const at = (address & (CHUNK - 1)) + HEAD + PLACE
    return this.#chunks[address >>> CHUNK_BITS]!.toString('hex', at, at + PAYLOAD_KEY)
  }

  /** Order of all directories that paths of actions lead through; for `pathOf`. */
  pathOrder(): PathOrder {
    return this.#paths.order()
  }

  /**
   * The path of an action in parts: the number of its directory, and the name in it as the address of a name, or as that of a directory, which is
   * negative. Undefined where it is no path, or kept otherwise.
   */
  pathOf({ number }: KeptAction): { readonly directory: number; readonly name: number } | undefined {
    const form = number < 0 ? undefined : this.formAt(number)
    if (form?.path === undefined) return undefined
    const chunk = this.#chunks[number >>> CHUNK_BITS]!
    const at = this.#placeAt(chunk, number, form, form.path)
    const directory = chunk.readUIntLE(at, DIRECTORY)
    if (form.keeping[form.path] === 'directory')
      return { directory: this.#paths.parentOf(directory), name: -directory }
    return { directory, name: number - (number & (CHUNK - 1)) + at + DIRECTORY }
  }

  /** Order of two names by code point; they are not made into texts. */
  compareNames(left: number, right: number): number {
    return compareBytes(this.#nameIn(left), this.#nameIn(right))
  }

  /** Order of a name and of what is in a directory beside it: as if the directory had a slash behind it. */
  compareWithInside(name: number, directory: number): number {
    const [one, other] = [this.#nameIn(name), this.#nameIn(directory)]
    const [length, otherLength] = [one.bytes[one.at]!, other.bytes[other.at]!]
    if (length <= otherLength) return compareBytes(one, other) || -1
    const order = compareBytes(other, one, otherLength)
    return order === 0 ? one.bytes[one.at + otherLength + 1]! - SLASH : -order
  }

  /** The directory in one through which a path leads to another, as a name. */
  stepTo(above: number, below: number): number {
    return -this.#paths.stepTo(above, below)
  }

  #nameIn(name: number): Bytes {
    return name < 0
      ? this.#paths.nameIn(-name)
      : { bytes: this.#chunks[name >>> CHUNK_BITS]!, at: name & (CHUNK - 1) }
  }
}

/** A text that is as long as its first byte says. */
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
