import type { Action, Fmri, ImageGeneration, ImageKind } from '#model'

/** Facts about image and package for legacy records. */
export interface LegacyDefaults {
  /** `variant.arch` of the image. */
  readonly architecture: string | undefined
  /** `pkg.summary` of the package. */
  readonly summary: string | undefined
}

/** One change of one action. install: no old; remove: no new; update: both (maybe of different packages). */
export interface ActionChange {
  readonly kind: 'remove' | 'install' | 'update'
  readonly old: { readonly fmri: Fmri; readonly action: Action } | undefined
  readonly new: { readonly fmri: Fmri; readonly action: Action } | undefined
  /**
   * Set in plans of `planRepair`, where old and new are the same action and the disk is what is wrong. content: a file gets the
   * content that its action states, whatever `preserve` says; attributes: only one that is missing does.
   */
  readonly repair?: 'content' | 'attributes'
  /** What a legacy record says where its action does not. Source: manifest-and-actions §3.9. */
  readonly legacy?: LegacyDefaults
  /** A file that moves leaves its content where another package lies over it. Source: image-plan §5. */
  readonly leavesOld?: true
  /** The file differs only in what the image does not look at, so what is installed stays. Source: image-plan §2.1. */
  readonly sameContent?: true
}

/** Changes in the order of execution. Each is made up when it is asked for: who asks twice gets two objects. */
export interface ChangeList extends Iterable<ActionChange> {
  readonly length: number
  at(index: number): ActionChange | undefined
}

/** Actions with a payload. */
export interface PayloadList extends Iterable<{ readonly fmri: Fmri; readonly action: Action }> {
  readonly length: number
}

/** A file of the image's own that changes with the plan: undone with it, and there for good when the plan is committed. */
export interface MetadataFile {
  /** Relative to the metadata folder; a plain name. */
  readonly name: string
  readonly text: string
}

/**
 * Everything that happens to the target, for the whole image, in the order of image-plan §3: removals, installs, updates.
 * Made by `planActions` from manifests alone; what depends on the disk (edited files) is decided when it is carried out.
 */
export interface ActionPlan {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  readonly changes: ChangeList
  /** Package-level view: from undefined = added, to undefined = removed. Sorted by stem. */
  readonly packages: readonly { readonly from: Fmri | undefined; readonly to: Fmri | undefined }[]
  /** Actions whose payload must be in the payload store before the plan is carried out. */
  readonly payloads: PayloadList
  /** Bytes: compressed size of the payloads; sum of pkg.size delivered minus removed is not attempted. */
  readonly downloadBytes: number
  readonly installBytes: number
  /** Licences added or changed. */
  readonly licenses: readonly {
    readonly fmri: Fmri
    readonly name: string
    readonly payload: string
    readonly mustAccept: boolean
    readonly mustDisplay: boolean
    /** The version being replaced had to be accepted with the same text. Source: image-plan §2.1. */
    readonly accepted: boolean
    /** The same licence of the version being replaced. */
    readonly replaces:
      | {
          readonly fmri: Fmri
          readonly name: string
          readonly payload: string
          readonly mustAccept: boolean
          readonly mustDisplay: boolean
        }
      | undefined
  }[]
  /** Actuators that apply, recorded and reported only: attribute name and service. */
  readonly actuators: readonly { readonly name: string; readonly value: string }[]
  /** Mediators of all links of the changed packages, delivered or not, whose choice the plan may change. Sorted. */
  readonly mediators: readonly string[]
  /** Mediators that the administrator fixed to links whose targets this plan removes. Sorted. Source: image-plan §8. */
  readonly lostTargets: readonly { readonly mediator: string; readonly path: string }[]
  /** Unpackaged files and whole directories that are removed, relative to the root. Only `revert` has any. */
  readonly discards: readonly string[]
  /** Written through the journal, so that the configuration never says what the tree and the database do not. */
  readonly metadataFiles: readonly MetadataFile[]
}
