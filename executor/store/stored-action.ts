import type { Action, ActionType, AttributeValue, Fmri } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { Shape } from './action-shape.ts'

/** Index of the payload, which is the value before the first. */
export const PAYLOAD = -1

/** An action that a store keeps, with the number under which it gives it back. */
export interface KeptAction extends OwnedAction {
  readonly number: number
}

/** The records of a store, by their addresses. */
export interface Records {
  shapeAt(address: number): Shape
  fmriAt(address: number): Fmri
  /** Value of the record by its index in `Shape.names`, or `PAYLOAD`; undefined: the action has no payload. */
  valueAt(address: number, index: number): string | undefined
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
    return this.store.shapeAt(this.number).type
  }

  get payload(): string | undefined {
    return this.store.valueAt(this.number, PAYLOAD)
  }

  get attributes(): ReadonlyMap<string, AttributeValue> {
    return new StoredAttributes(this.store, this.number)
  }
}

/** The attributes of a stored action; each value is made when it is asked for. */
class StoredAttributes implements ReadonlyMap<string, AttributeValue> {
  readonly #store: Records
  readonly #address: number
  readonly #shape: Shape

  constructor(store: Records, address: number) {
    this.#store = store
    this.#address = address
    this.#shape = store.shapeAt(address)
  }

  get size(): number {
    return this.#shape.indices.size
  }

  has(name: string): boolean {
    return this.#shape.indices.has(name)
  }

  get(name: string): AttributeValue | undefined {
    const { indices, names } = this.#shape
    const index = indices.get(name)
    if (index === undefined) return undefined
    const first = this.#store.valueAt(this.#address, index)!
    if (names[index + 1] !== name) return first
    const values = [first]
    for (let next = index + 1; names[next] === name; next++)
      values.push(this.#store.valueAt(this.#address, next)!)
    return values
  }

  keys(): MapIterator<string> {
    return this.#shape.indices.keys()
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
