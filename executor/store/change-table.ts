import type { ActionChange, ChangeList, LegacyDefaults } from '../action-plan.ts'
import type { ActionStore } from './action-store.ts'
import { Column } from './column.ts'
import type { KeptAction } from './stored-action.ts'

/** Number of an absent action. */
const NONE = -(2 ** 31)

/** A column of numbers of actions; absent actions take no room. */
class Sides {
  readonly #numbers = new Column(Int32Array)

  get(index: number): number {
    const kept = this.#numbers.get(index)
    return kept === 0 ? NONE : kept > 0 ? kept - 1 : kept
  }

  push(number: number): void {
    this.#numbers.push(number === NONE ? 0 : number >= 0 ? number + 1 : number)
  }
}

const SAME_CONTENT = 1
const LEAVES_OLD = 2
const REPAIRS_CONTENT = 4
const REPAIRS_ATTRIBUTES = 8

/** A change whose actions a store keeps. */
export interface KeptChange extends ActionChange {
  readonly old: KeptAction | undefined
  readonly new: KeptAction | undefined
}

function flagsOf({ sameContent, leavesOld, repair }: ActionChange): number {
  return (
    (sameContent === true ? SAME_CONTENT : 0) |
    (leavesOld === true ? LEAVES_OLD : 0) |
    (repair === 'content' ? REPAIRS_CONTENT : 0) |
    (repair === 'attributes' ? REPAIRS_ATTRIBUTES : 0)
  )
}

/** Changes as numbers of actions: four bytes each, eight where one action replaces another. */
export class ChangeTable implements ChangeList {
  readonly store: ActionStore
  readonly #old = new Sides()
  readonly #new = new Sides()
  readonly #flags = new Column(Uint8Array)
  readonly #legacy = new Map<number, LegacyDefaults>()

  constructor(store: ActionStore) {
    this.store = store
  }

  get length(): number {
    return this.#flags.length
  }

  /** Adds a change without its legacy defaults; the kind follows from its actions. */
  push(change: ActionChange): void {
    this.#old.push(change.old === undefined ? NONE : this.store.numberOf(change.old))
    this.#new.push(change.new === undefined ? NONE : this.store.numberOf(change.new))
    this.#flags.push(flagsOf(change))
  }

  kindOf(index: number): ActionChange['kind'] {
    if (this.#new.get(index) === NONE) return 'remove'
    return this.#old.get(index) === NONE ? 'install' : 'update'
  }

  /** The action that orders a change: the new one, else the old one. */
  actionOf(index: number): KeptAction {
    const next = this.#new.get(index)
    return this.store.at(next === NONE ? this.#old.get(index) : next)
  }

  at(index: number): KeptChange | undefined {
    if (!(index >= 0 && index < this.length)) return undefined
    const flags = this.#flags.get(index)
    const [old, next] = [this.#old.get(index), this.#new.get(index)]
    const change: KeptChange = {
      kind: this.kindOf(index),
      old: old === NONE ? undefined : this.store.at(old),
      new: next === NONE ? undefined : this.store.at(next),
    }
    const legacy = this.#legacy.get(index)
    if (flags === 0 && legacy === undefined) return change
    return {
      ...change,
      ...(flags & SAME_CONTENT ? { sameContent: true } : {}),
      ...(flags & LEAVES_OLD ? { leavesOld: true } : {}),
      ...(flags & REPAIRS_CONTENT ? { repair: 'content' } : {}),
      ...(flags & REPAIRS_ATTRIBUTES ? { repair: 'attributes' } : {}),
      ...(legacy === undefined ? {} : { legacy }),
    }
  }

  *[Symbol.iterator](): Generator<KeptChange> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!
  }

  filter(wanted: (change: KeptChange) => boolean): ChangeTable {
    const left = new ChangeTable(this.store)
    for (const change of this) if (wanted(change)) left.push(change)
    return left
  }

  /** The changes in another order, by their indices; without legacy defaults. */
  inOrder(pieces: readonly Iterable<number>[]): ChangeTable {
    const ordered = new ChangeTable(this.store)
    for (const piece of pieces)
      for (const index of piece) {
        ordered.#old.push(this.#old.get(index))
        ordered.#new.push(this.#new.get(index))
        ordered.#flags.push(this.#flags.get(index))
      }
    return ordered
  }

  /** Sets the legacy defaults of a change. */
  setLegacy(index: number, legacy: LegacyDefaults): void {
    this.#legacy.set(index, legacy)
  }
}
