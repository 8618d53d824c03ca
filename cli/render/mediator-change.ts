/** A mediator whose choice changes. */
export interface MediatorChange {
  readonly name: string
  readonly version: MediatorHalf
  readonly implementation: MediatorHalf
}

/** One half of a mediation, before and after. */
export interface MediatorHalf {
  readonly old: string | undefined
  readonly oldSource: string | undefined
  readonly new: string | undefined
  readonly newSource: string | undefined
}
