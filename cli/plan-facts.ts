/** Editable files a plan touches, each list sorted. Source: image-plan §6.5. */
export interface EditableChanges {
  readonly moved: readonly (readonly [string, string])[]
  readonly removed: readonly string[]
  readonly installed: readonly string[]
  readonly updated: readonly string[]
}

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
