import type { Stem } from './brand.ts'
import type { Fmri } from './fmri.ts'
import type { ImageGeneration } from './image-snapshot.ts'

/** A request of the user. Patterns are text as typed; the solver parses them. Source: solver-semantics §3. */
export interface SolveRequest {
  readonly operation:
    | 'install'
    | 'update'
    | 'uninstall'
    | 'exact-install'
    | 'change-facet'
    | 'change-variant'
    /** Brings a child image in step with its parent; no patterns. */
    | 'sync'
  /** `update` without patterns means everything. */
  readonly patterns: readonly string[]
  readonly reject: readonly string[]
  /** update, uninstall: patterns that match nothing installed are skipped. */
  readonly ignoreMissing: boolean
}

/** One version that was chosen. */
export interface ResolvedPkg {
  readonly fmri: Fmri
}

/** Why a package is in the plan: the first link of the chain that leads back to the request. */
export type Reason =
  | { readonly kind: 'asked-for'; readonly pattern: string }
  | { readonly kind: 'required-by'; readonly by: Fmri; readonly dependency: string }
  | { readonly kind: 'held-by'; readonly by: Fmri }
  | { readonly kind: 'displaced-by'; readonly by: Fmri }
  | { readonly kind: 'obsoleted-by'; readonly by: Fmri }
  | { readonly kind: 'newer-version' }
  | { readonly kind: 'rejected' }

/**
 * The solver's answer: what changes, package by package. JSON-serialisable with sorted lists; the same input gives the
 * same bytes.
 */
export interface InstallPlan {
  /** Generation of the image it was made for; apply refuses any other. */
  readonly base: ImageGeneration
  /** Sorted by stem. */
  readonly add: readonly ResolvedPkg[]
  /** Sorted by stem. */
  readonly remove: readonly Fmri[]
  /** Sorted by stem; includes downgrades. */
  readonly update: readonly { readonly from: Fmri; readonly to: ResolvedPkg }[]
  /**
   * One entry for each stem of add, remove and update, and for renamed packages that only led to one. The solver finds them
   * when they are first read.
   */
  readonly reasons: Readonly<Record<string, Reason>>
  /** Stems the user named. An image flags them manual, unless the operation is an update. */
  readonly named: readonly Stem[]
  /** The new avoid set. Source: solver-semantics §4.2. */
  readonly avoid: readonly Stem[]
  /**
   * Values of the objectives, in the order they were minimised. `refines` is the id of the objective that sums what this one
   * says of a single stem. Source: solver-semantics §7.2.
   */
  readonly objectives: readonly { readonly id: string; readonly refines?: string; readonly value: number }[]
  /** `best-found`: the budget ran out before the proof; the plan is correct but maybe not minimal. */
  readonly proof: 'optimal' | 'best-found'
}

/** The plan that changes nothing in an image. */
export function emptyPlan({
  generation,
  avoided,
}: {
  readonly generation: ImageGeneration
  readonly avoided: readonly Stem[]
}): InstallPlan {
  return {
    base: generation,
    add: [],
    remove: [],
    update: [],
    reasons: {},
    named: [],
    avoid: avoided,
    objectives: [],
    proof: 'optimal',
  }
}
