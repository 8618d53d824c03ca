import type { PublisherName, Stem } from './brand.ts'
import type { Fmri } from './fmri.ts'
import { compareCodePoints } from './text-order.ts'

/** Counts commits of the installed database; a plan is only applied to the generation it was made for. */
export type ImageGeneration = number

/** full: a whole system; partial: belongs to an enclosing image, no users, drivers or services of its own; user: owned by one user. */
export type ImageKind = 'full' | 'partial' | 'user'

/** One installed package. */
export interface InstalledPackage {
  /** Full, with publisher and timestamp. */
  readonly fmri: Fmri
  /** The user named it at install time; only `autoremove` and listings look at it. */
  readonly manual: boolean
  /** Changes of other packages that its manifest requests on uninstallation; absent when there are none. */
  readonly actuators?: readonly PackageActuator[]
}

/**
 * `set name=pkg.additional-EFFECT-on-uninstall value=FMRI`: another installed package to be brought to a version, or to be
 * uninstalled too. Source: solver-semantics §3.
 */
export interface PackageActuator {
  readonly effect: 'update' | 'uninstall'
  readonly fmri: Fmri
}

/** A publisher as the solver sees it; the position in the list is the rank. */
export interface PublisherRank {
  readonly name: PublisherName
  readonly sticky: boolean
  readonly enabled: boolean
}

/** A facet the administrator (or the parent image) set: exact name or glob, with the `facet.` prefix. */
export interface FacetSetting {
  readonly name: string
  readonly value: boolean
  readonly source: 'local' | 'parent'
}

/** A freeze: the stem may only be at versions inside `version`. */
export interface Freeze {
  readonly stem: Stem
  /** Version text, as much of it as was frozen. */
  readonly version: string
  readonly reason: string | undefined
  /** Milliseconds since 1970-01-01 UTC. */
  readonly since: number
}

/** The input of the solver about an image; deep-readonly. Source: solver-semantics §2. */
export interface ImageSnapshot {
  readonly generation: ImageGeneration
  /** Sorted by stem, one per stem. */
  readonly installed: readonly InstalledPackage[]
  /** Highest rank first; publishers with installed packages that are configured no more come last, not sticky, not enabled. */
  readonly publishers: readonly PublisherRank[]
  /** Full names (`variant.arch`) to values. */
  readonly variants: ReadonlyMap<string, string>
  readonly facets: readonly FacetSetting[]
  readonly frozen: readonly Freeze[]
  readonly avoided: readonly Stem[]
  /** Installed set of the parent image; undefined when there is no parent. */
  readonly parent: readonly Fmri[] | undefined
  /**
   * Installed set of the image at `/`, which is this one or another; absent when it is not known: what `origin` dependencies with
   * `root-image=true` ask of it then counts as met.
   */
  readonly root?: readonly Fmri[]
}

/** An image without packages, publishers and settings. */
export function emptySnapshot(): ImageSnapshot {
  return snapshotOf({})
}

/**
 * The snapshot of an image that is not on this disk: packages that the user named, all enabled and sticky publishers with the
 * highest rank first, and settings as they are; empty what is absent.
 */
export function snapshotOf(
  image: Partial<Omit<ImageSnapshot, 'installed' | 'publishers'>> & {
    readonly installed?: readonly Fmri[]
    readonly publishers?: readonly PublisherName[]
  },
): ImageSnapshot {
  const { installed = [], publishers = [], ...settings } = image
  return {
    generation: 0,
    variants: new Map(),
    facets: [],
    frozen: [],
    avoided: [],
    parent: undefined,
    ...settings,
    installed: installed
      .map((fmri) => ({ fmri, manual: true }))
      .sort((a, b) => compareCodePoints(a.fmri.stem, b.fmri.stem)),
    publishers: publishers.map((name) => ({ name, sticky: true, enabled: true })),
  }
}
