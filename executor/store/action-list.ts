import type { OwnedAction } from '../action-key.ts'
import type { ActionStore } from './action-store.ts'
import { Column } from './column.ts'
import type { KeptAction } from './stored-action.ts'

/** A list of actions of a store, as their numbers. */
export class ActionList implements Iterable<KeptAction> {
  readonly #store: ActionStore
  readonly #numbers = new Column(Int32Array)

  constructor(store: ActionStore) {
    this.#store = store
  }

  get length(): number {
    return this.#numbers.length
  }

  push(owned: OwnedAction): void {
    this.#numbers.push(this.#store.numberOf(owned))
  }

  *[Symbol.iterator](): Generator<KeptAction> {
    for (let index = 0; index < this.length; index++) yield this.#store.at(this.#numbers.get(index))
  }

  filter(wanted: (kept: KeptAction) => boolean): ActionList {
    const left = new ActionList(this.#store)
    for (const kept of this) if (wanted(kept)) left.push(kept)
    return left
  }
}
