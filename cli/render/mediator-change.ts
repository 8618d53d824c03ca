/** A mediator that a plan changes. */
export interface MediatorChange {
  readonly name: string
  readonly version: MediatorHalf
  readonly implementation: MediatorHalf
}

/** Version or implementation of a mediator before and after the plan, with the source of each. */
export interface MediatorHalf {
  readonly old: string | undefined
  readonly oldSource: string | undefined
  readonly new: string | undefined
  readonly newSource: string | undefined
}
