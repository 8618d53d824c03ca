import { type Action, type ActionType, type AttributeValue, attributes, type Fmri } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { type Form, PAYLOAD } from './action-form.ts'
import type { Numbers } from './recall.ts'
import { isDigest, isWholeDigest } from './record-text.ts'

/** Digits of a payload's digest that tell it from others. */
const KEY_DIGITS = 12

/** An action that a store keeps, with the number under which it gives it back. */
export interface KeptAction extends OwnedAction {
  readonly number: number
}

/** What a store knows of its records, by their addresses. */
export interface Records {
  formAt(address: number): Form
  fmriAt(address: number): Fmri
  /** Value number `place` of the record, or its payload. */
  valueAt(address: number, place: number): string | undefined
  /** The first digits of the payload of a record that has let go of the others. */
  payloadDigits(address: number): string | undefined
  announce(numbers: Numbers): void
}

/** An action in a store, with the package that it is of. */
export class StoredAction implements Action, KeptAction {
  readonly store: Records
  /** Address of its record. */
  readonly number: number

  constructor(store: Records, number: number) {
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
    return this.store.formAt(this.number).type
  }

  get payload(): string | undefined {
    return this.store.valueAt(this.number, PAYLOAD)
  }

  get attributes(): ReadonlyMap<string, AttributeValue> {
    return new StoredAttributes(this.store, this.number)
  }

  /** Values of a name, but for those that are read again when they are asked for. */
  valuesAtHand(name: string): readonly string[] {
    const { names, keeping } = this.store.formAt(this.number)
    return names.flatMap((known, place) =>
      known === name && keeping[place] !== 'gone' ? [this.store.valueAt(this.number, place)!] : [],
    )
  }
}

/**
 * What tells the payload of an action from others, without reading again what a store let go of; undefined where there is none. 48 bits of a
 * digest: two may be taken for one where nothing but a figure depends on it.
 */
export function payloadKey(action: Action): string | undefined {
  if (action instanceof StoredAction) {
    const known = action.store.payloadDigits(action.number)
    if (known !== undefined) return known
  }
  const { payload } = action
  return payload !== undefined && isWholeDigest(payload) ? payload.slice(0, KEY_DIGITS) : payload
}

/** An action in words, but for digests: nothing that was let go of is read again. */
export function looseText(action: Action): string {
  const parts: unknown[] = [action.type, payloadKey(action)]
  for (const name of action.attributes.keys()) {
    const values = action instanceof StoredAction ? action.valuesAtHand(name) : attributes(action, name)
    parts.push(
      name,
      values.filter((value) => !isDigest(value)),
    )
  }
  return JSON.stringify(parts)
}

/** Says which actions of a plan somebody goes through: what a plan let go of them is read together when some are asked for it. */
export function announceActions(actions: Iterable<Action>): void {
  const numbers: number[] = []
  let store: Records | undefined
  for (const action of actions) {
    if (!(action instanceof StoredAction)) continue
    store = action.store
    numbers.push(action.number)
  }
  store?.announce({ length: numbers.length, get: (index) => numbers[index]! })
}

/** The attributes of a stored action; each value is made when it is asked for. */
class StoredAttributes implements ReadonlyMap<string, AttributeValue> {
  readonly #store: Records
  readonly #address: number
  readonly #form: Form

  constructor(store: Records, address: number) {
    this.#store = store
    this.#address = address
    this.#form = store.formAt(address)
  }

  get size(): number {
    return this.#form.places.size
  }

  has(name: string): boolean {
    return this.#form.places.has(name)
  }

  get(name: string): AttributeValue | undefined {
    const { places, names } = this.#form
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
    return this.#form.places.keys()
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
