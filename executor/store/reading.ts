import type { Action } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionStore } from './action-store.ts'
import type { KeptAction } from './stored-action.ts'

/** One action while the manifest of its package is read; a store keeps it once, for all who ask. */
export class Reading implements OwnedAction {
  readonly fmri: OwnedAction['fmri']
  readonly action: Action
  readonly #store: ActionStore
  #kept: KeptAction | undefined
  /** Row of its key in the table of claims; -1: none. */
  row = -1

  constructor(store: ActionStore, fmri: OwnedAction['fmri'], action: Action) {
    this.#store = store
    this.fmri = fmri
    this.action = action
  }

  keep(): KeptAction {
    this.#kept ??= this.#store.keep(this.fmri, this.action)
    return this.#kept
  }
}
