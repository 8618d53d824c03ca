import type {
  Action,
  ContentSubject,
  Fmri,
  ImageFilter,
  ImageGeneration,
  ImageKind,
  Manifest,
  WantsAction,
} from '#model'

/** One package version with its actions. The FMRI is full. */
export interface PackageManifest {
  readonly fmri: Fmri
  readonly manifest: Manifest
}

/** A package that stays. */
export interface KeptPackage extends PackageManifest {
  /**
   * The actions that may matter, where they can be told without reading all: files, directories and links (not mediated ones) whose
   * path is not wanted may be left out, but for files that lie over others. `wants` is asked about each when those before it have been
   * looked at.
   */
  readonly select?: (wants: WantsAction) => Iterable<Action>
}

/**
 * One package of the plan: no `from` = installed, no `to` = removed, both = updated. The same FMRI on both sides is a
 * re-plan: facets, variants or mediators changed which of its actions apply.
 */
export interface PackageChange {
  readonly from: PackageManifest | undefined
  readonly to: PackageManifest | undefined
}

/** What the administrator fixed of a mediator, as the configuration has it; undefined parts are free. Source: image-plan §8. */
export interface ConfiguredMediator {
  readonly mediator: string
  /** Empty: explicitly none. */
  readonly version: string | undefined
  /** `name`, `name@version`, `name@` (explicitly without version), or empty: explicitly none. */
  readonly implementation: string | undefined
}

/** Everything `planActions` looks at. */
export interface PlanActionsInput {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  /** Metadata folder of the image, relative to its root, e.g. `var/pkg`: nothing may be delivered below it. */
  readonly metadataPath: string
  readonly changes: readonly PackageChange[]
  /** The packages that stay as they are; read once, none is held. */
  readonly kept: Iterable<KeptPackage>
  /** Decides over the actions of `from` and of what was installed before. */
  readonly oldFilter: ImageFilter
  /** Decides over the actions of `to` and of what stays. */
  readonly newFilter: ImageFilter
  /** Settings after the operation. */
  readonly mediators: readonly ConfiguredMediator[]
  /** Settings before the operation where they differ. */
  readonly oldMediators?: readonly ConfiguredMediator[]
  /** `variant.arch` of the image, for legacy records. */
  readonly architecture?: string | undefined
  /** What decides whether a file has new content; absent: the whole file. Source: image-plan §2.1. */
  readonly content?: ContentSubject
}
