import type {
  Action,
  ContentSubject,
  Fmri,
  ImageGeneration,
  ImageKind,
  Manifest,
  Result,
  WantsAction,
} from '#model'

/**
 * Reads the manifests of packages, one at a time. Every call reads anew, so the manifests of a large image need not fit into memory at
 * once. `P`: problems of the implementation.
 */
export interface ManifestReader<P> {
  /** The whole manifest of a package. */
  read(fmri: Fmri): Result<Manifest, P>
  /**
   * Passes the actions of a package to `visit`, in manifest order. Files, directories and links (mediated links excepted) may be left
   * out where `wants` refuses their path; files that lie over others may not. `wants` is asked about an action after `visit` got all
   * actions before it.
   */
  readWanted(fmri: Fmri, wants: WantsAction, visit: (action: Action) => void): Result<void, P>
}

/**
 * One package of the plan: no `from` = installed, no `to` = removed, both = updated. The same FMRI on both sides is a
 * re-plan: facets, variants or mediators changed which of its actions apply.
 */
export interface PackageChange {
  readonly from: Fmri | undefined
  readonly to: Fmri | undefined
}

/** Decides whether the image wants an action of a package. An `ImageFilter` is one. */
export interface PackageFilter {
  actionApplies(action: Action, fmri: Fmri): boolean
}

/** A mediator in the configuration of an image; undefined parts are free. Source: image-plan §8. */
export interface ConfiguredMediator {
  readonly mediator: string
  /** Empty: explicitly none. */
  readonly version: string | undefined
  /** `name`, `name@version`, `name@` (explicitly without version), or empty: explicitly none. */
  readonly implementation: string | undefined
}

/** The input of `planActions`. FMRIs are full. */
export interface PlanActionsInput<P> {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  /** Metadata folder of the image, relative to its root, e.g. `var/pkg`: nothing may be delivered below it. */
  readonly metadataPath: string
  readonly changes: readonly PackageChange[]
  /** The packages that stay as they are. */
  readonly kept: readonly Fmri[]
  /** Reads the manifests of all these packages. */
  readonly manifests: ManifestReader<P>
  /** For the actions of `from`. */
  readonly oldFilter: PackageFilter
  /** For the actions of `to`, and of packages that stay. */
  readonly newFilter: PackageFilter
  /** Settings after the operation. */
  readonly mediators: readonly ConfiguredMediator[]
  /** Settings before the operation where they differ. */
  readonly oldMediators?: readonly ConfiguredMediator[]
  /** `variant.arch` of the image, for legacy records. */
  readonly architecture?: string | undefined
  /** The part of a file that decides whether it has new content; absent: the whole file. Source: image-plan §2.1. */
  readonly content?: ContentSubject
}
