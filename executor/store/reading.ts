import { type Action, attribute } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { PackageManifest } from '../plan-input.ts'
import type { ActionStore } from './action-store.ts'
import type { ActionSource } from './recall.ts'
import type { KeptAction } from './stored-action.ts'

/** A package while it is read. */
interface InHand {
  readonly fmri: OwnedAction['fmri']
  readonly store: ActionStore
  /** Undefined: nothing is read again. */
  readonly source: ActionSource | undefined
}

/** One action while its package is read; it is kept once, for whoever asks. */
export class Reading implements OwnedAction {
  readonly action: Action
  readonly #inHand: InHand
  /** In its manifest. */
  readonly #place: number
  #kept: KeptAction | undefined
  /** Row of its place; -1: none. */
  row = -1

  constructor(inHand: InHand, action: Action, place: number) {
    this.#inHand = inHand
    this.action = action
    this.#place = place
  }

  get fmri(): OwnedAction['fmri'] {
    return this.#inHand.fmri
  }

  keep(): KeptAction {
    this.#kept ??= this.#inHand.store.keep(this.fmri, this.action)
    return this.#kept
  }

  /** The same without digests, which are read again when they are wanted. */
  keepLoosely(): KeptAction {
    const { store, source } = this.#inHand
    const origin = source && { source, place: this.#place }
    const isEditable = attribute(this.action, 'preserve') !== undefined
    this.#kept ??= store.keep(this.fmri, this.action, isEditable ? undefined : origin)
    return this.#kept
  }
}

/** Where actions of a package are read again. */
export function sourceOf(each: PackageManifest): ActionSource {
  return {
    *read(places) {
      if (each.actionsAt !== undefined) yield* each.actionsAt(places)
      else {
        const { actions } = each.manifest
        for (const place of places) if (actions[place] !== undefined) yield actions[place]
      }
    },
  }
}
