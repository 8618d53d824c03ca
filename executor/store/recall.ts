import type { Action } from '#model'
import { type Form, PAYLOAD } from './action-form.ts'
import { LARGEST_RECORD, type RecordText, skipText } from './record-text.ts'

/** Where actions are read again. */
export interface ActionSource {
  /** Actions by their places in the manifest, which ascend, one by one; none for places behind its end. */
  read(places: readonly number[]): Iterable<Action>
}

/** Actions that somebody goes through, as numbers of a store. */
export interface Numbers {
  readonly length: number
  get(index: number): number
}

interface Announcement {
  readonly numbers: Numbers
  /** How many times one of them was read again. */
  asked: number
}

/** What is known of a record of which something was let go. */
export interface Remains {
  readonly form: Form
  readonly source: ActionSource
  /** Place of the action in its manifest. */
  readonly place: number
}

/** Actions that are read again at once, and held in some hundred bytes each. */
export const WINDOW = 1 << 16
/** Announcements that count; who goes through actions may be in the middle of another's. */
const ANNOUNCED = 6
/** So many of those that were announced are read again one by one before all of them are: there may be no more. */
const FEW = 16
/** Actions of one package that are read with one, and how many such pieces are held. */
const PIECE = 64
const PIECES = 32
/** Bytes of one chunk. */
const CHUNK = 1 << 18

/** The numbers in a column from a row on, as many as are read again at once. */
export function windowOf(column: Numbers, from: number): Numbers {
  return { length: Math.min(WINDOW, column.length - from), get: (index) => column.get(from + index) }
}

/** Gives back what a store let go of. What was announced is read together, package by package. */
export class Recall {
  readonly #texts: RecordText
  readonly #remainsOf: (number: number) => Remains | undefined
  #announced: readonly Announcement[] = []
  /** Numbers of the actions in hand, ascending, and where their values are. */
  #numbers = new Int32Array(0)
  #at = new Uint32Array(0)
  /** Row of the action that was asked for last: who asks for one value mostly asks for the others. */
  #last = 0
  #chunks: Buffer[] = []
  readonly #scratch = Buffer.allocUnsafeSlow(LARGEST_RECORD)
  readonly #pieces = new Map<ActionSource, Map<number, readonly Action[]>>()
  #pieceCount = 0

  constructor(texts: RecordText, remainsOf: (number: number) => Remains | undefined) {
    this.#texts = texts
    this.#remainsOf = remainsOf
  }

  /** Says which actions come next; what was let go of them is read together when some of them are asked for it. */
  announce(numbers: Numbers): void {
    this.#announced = [{ numbers, asked: 0 }, ...this.#announced.slice(0, ANNOUNCED - 1)]
  }

  /** Value of an action at a place that its form calls gone. */
  value(number: number, form: Form, wanted: number): string {
    let row = this.#numbers[this.#last] === number ? this.#last : this.#find(number)
    if (row < 0) {
      const { source, place } = this.#remainsOf(number)!
      const announced = this.#announced.find(({ numbers }) => includes(numbers, number))
      if (announced === undefined || ++announced.asked < FEW)
        return textOf(this.#single(source, place), form, wanted)
      this.#announced = this.#announced.filter((one) => one !== announced)
      this.#load(announced.numbers)
      row = this.#find(number)
    }
    this.#last = row
    const address = this.#at[row]!
    const chunk = this.#chunks[Math.floor(address / CHUNK)]!
    let at = address % CHUNK
    for (const gone of form.gone) {
      if (gone === wanted) break
      at = skipText(chunk, at)
    }
    return this.#texts.read(chunk, at)
  }

  #find(number: number): number {
    let [low, high] = [0, this.#numbers.length - 1]
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#numbers[middle]!
      if (found === number) return middle
      if (found < number) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  #load(numbers: Numbers): void {
    // Nothing is in hand when the reading fails.
    this.#numbers = new Int32Array(0)
    const wanted = Int32Array.from({ length: numbers.length }, (_, index) => numbers.get(index)).sort()
    this.#at = new Uint32Array(wanted.length)
    // Those of before are used again.
    const chunks = this.#chunks
    this.#chunks = []
    let used = CHUNK
    const take = ({ row, form }: Row, action: Action): void => {
      const end = this.#writeGone(form, action)
      if (used + end > CHUNK) {
        this.#chunks.push(chunks.pop() ?? Buffer.allocUnsafeSlow(CHUNK))
        used = 0
      }
      this.#scratch.copy(this.#chunks.at(-1)!, used, 0, end)
      this.#at[row] = (this.#chunks.length - 1) * CHUNK + used
      used += end
    }
    const count = this.#readAgain(wanted, take)
    this.#numbers = wanted.subarray(0, count)
  }

  /** Gives how many bytes of `#scratch` they take. */
  #writeGone(form: Form, action: Action): number {
    let end: number | undefined = 0
    for (const place of form.gone)
      end = end === undefined ? end : this.#texts.write(this.#scratch, end, textOf(action, form, place))
    if (end === undefined) throw new RangeError('what had been in a record has no room in one')
    return end
  }

  /**
   * Reads the actions of which something was let go, and moves their numbers to the front, each to its row. `numbers` ascend, so those of
   * a package are in one piece. Gives how many there are.
   */
  #readAgain(numbers: Int32Array, take: (row: Row, action: Action) => void): number {
    let group: Row[] = []
    let [count, before] = [0, -1]
    for (const number of numbers) {
      const remains = number === before ? undefined : this.#remainsOf(number)
      before = number
      if (remains === undefined) continue
      if (group.length > 0 && group[0]!.source !== remains.source) {
        readGroup(group, take)
        group = []
      }
      numbers[count] = number
      const { form, source, place } = remains
      group.push({ form, source, place, row: count++ })
    }
    readGroup(group, take)
    return count
  }

  /** One action; the next ones are likely to be its neighbours. */
  #single(source: ActionSource, place: number): Action {
    const piece = Math.floor(place / PIECE)
    const known = this.#pieces.get(source)?.get(piece)
    if (known !== undefined) return present(known[place % PIECE])
    if (this.#pieceCount++ === PIECES) {
      this.#pieces.clear()
      this.#pieceCount = 1
    }
    const read = [...source.read(Array.from({ length: PIECE }, (_, index) => piece * PIECE + index))]
    const pieces = this.#pieces.get(source) ?? new Map<number, readonly Action[]>()
    this.#pieces.set(source, pieces.set(piece, read))
    return present(read[place % PIECE])
  }
}

/** An action that is read again, and the row where it is held. */
interface Row extends Remains {
  readonly row: number
}

/** Reads actions of one package, one by one: none is held, because the engine keeps long what it sees twice. */
function readGroup(group: readonly Row[], take: (row: Row, action: Action) => void): void {
  if (group.length === 0) return
  const rows = [...group].sort((a, b) => a.place - b.place)
  let next = 0
  for (const action of group[0]!.source.read(rows.map(({ place }) => place))) take(rows[next++]!, action)
  if (next < rows.length) present(undefined)
}

function includes(numbers: Numbers, number: number): boolean {
  for (let index = 0; index < numbers.length; index++) if (numbers.get(index) === number) return true
  return false
}

function present(action: Action | undefined): Action {
  if (action === undefined) throw new RangeError('a manifest has fewer actions than when it was read before')
  return action
}

function textOf({ payload, attributes }: Action, { names, places }: Form, place: number): string {
  if (place === PAYLOAD) return payload!
  const name = names[place]!
  const value = attributes.get(name)!
  return typeof value === 'string' ? value : value[place - places.get(name)!]!
}
