import type { Fmri, ImageGeneration, ImageKind, MediatorChoice } from '#model'
import type { OwnedAction } from './action-key.ts'

/** Facts about image and package that legacy records use where their actions are silent. */
export interface LegacyDefaults {
  /** `variant.arch` of the image. */
  readonly architecture: string | undefined
  /** `pkg.summary` of the package. */
  readonly summary: string | undefined
}

/** One change of one action. install: no `old`; remove: no `new`; update: both, maybe of different packages. */
export interface ActionChange {
  readonly kind: 'remove' | 'install' | 'update'
  readonly old: OwnedAction | undefined
  readonly new: OwnedAction | undefined
  /**
   * Set in plans of `planRepair`, where `old` and `new` are the same action and the disk differs from it. content: a file gets the
   * content of its action, whatever `preserve` says; attributes: only a missing file gets content.
   */
  readonly repair?: 'content' | 'attributes'
  /** Only of legacy actions. Source: manifest-and-actions §3.9. */
  readonly legacy?: LegacyDefaults
  /** The moved file keeps its old path, because another package lies over it there. Source: image-plan §5. */
  readonly leavesOld?: true
  /** The installed content stays: it differs only in parts that the image does not compare. Source: image-plan §2.1. */
  readonly sameContent?: true
}

/** Changes in the order of execution. Each access makes a new object; compare changes by index. */
export interface ChangeList extends Iterable<ActionChange> {
  readonly length: number
  at(index: number): ActionChange | undefined
}

/** Actions with a payload. Re-iterable. */
export interface PayloadList extends Iterable<OwnedAction> {
  readonly length: number
}

/** Policy for edited and unpackaged content at the paths of a plan. */
export interface ContentPolicy {
  /** False: the content of packages takes the place of edited configuration, which goes to lost+found. */
  readonly preserveConfigs: boolean
  /** True: content is removed that would otherwise go to lost+found, or stay under another name such as `.old`. */
  readonly noBackup: boolean
}

/** A licence of a package. */
export interface PlannedLicense {
  readonly fmri: Fmri
  readonly name: string
  readonly payload: string
  readonly mustAccept: boolean
  readonly mustDisplay: boolean
}

/** A file of the image itself that a plan replaces; a rollback restores it. */
export interface MetadataFile {
  /** Relative to the metadata folder; a plain name. */
  readonly name: string
  readonly text: string
}

/**
 * All changes of an image, in the order of execution: removals, installs, updates. Comes from manifests alone; decisions that depend on
 * the disk (edited files) are made when an executor carries it out. Source: image-plan §3.
 */
export interface ActionPlan {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  readonly changes: ChangeList
  /** Packages of the plan. No `from`: added; no `to`: removed. Sorted by stem. */
  readonly packages: readonly { readonly from: Fmri | undefined; readonly to: Fmri | undefined }[]
  /** Actions whose payload must be in the payload store before the plan is carried out. */
  readonly payloads: PayloadList
  /** Compressed size of the payloads, each counted once, in bytes. */
  readonly downloadBytes: number
  /** Size of all delivered content, in bytes; removed content is not subtracted. */
  readonly installBytes: number
  /** Licences added or changed. */
  readonly licenses: readonly (PlannedLicense & {
    /** The replaced version has the same text and had to be accepted too. Source: image-plan §2.1. */
    readonly accepted: boolean
    /** The same licence of the replaced version. */
    readonly replaces: PlannedLicense | undefined
  })[]
  /** Actuators that apply: attribute name and service. Reported, never run. */
  readonly actuators: readonly { readonly name: string; readonly value: string }[]
  /** The choice for each mediator before and after the plan; undefined: the mediator is neither offered nor fixed. Sorted by name. */
  readonly mediators: readonly {
    readonly name: string
    readonly before: MediatorChoice | undefined
    readonly after: MediatorChoice | undefined
  }[]
  /** Links that the administrator fixed by a mediator, and whose targets the plan removes. Sorted. Source: image-plan §8. */
  readonly lostTargets: readonly { readonly mediator: string; readonly path: string }[]
  /** Unpackaged files and directories to remove, relative to the root. Empty except for `revert`. */
  readonly discards: readonly string[]
  /** Absent: configuration is preserved, and nothing is removed without a copy. */
  readonly policy?: ContentPolicy
  /** Files that change together with the tree, such as the configuration. */
  readonly metadataFiles: readonly MetadataFile[]
}
