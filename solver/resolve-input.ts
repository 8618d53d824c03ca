import type { Catalog, ImageSnapshot, InstallPlan, SolveRequest } from '#model'
import type { Formula } from './formula.ts'
import type { NewSatBackend } from './sat-backend.ts'

/** The input of `resolveInstall`. */
export interface ResolveInput {
  readonly snapshot: ImageSnapshot
  /** Must include every installed package; the image adds those that no publisher offers any more. */
  readonly catalog: Catalog
  readonly request: SolveRequest
  readonly newBackend: NewSatBackend
  readonly budget: SolveBudget
  /** For statistics and exports. The answer does not depend on it. */
  readonly trace?: SolveTrace
}

export interface SolveBudget {
  /** Most conflicts of all solves together; undefined for no limit. */
  readonly conflicts?: number
  /** Polled between and during solves. True ends the search with the best plan so far. */
  readonly shouldStop?: () => boolean
}

export interface ResolveStatistics {
  readonly stemsInCone: number
  readonly variables: number
  readonly clauses: number
  readonly solves: number
  /** Answers "no" of the engine; each has a core. */
  readonly cores: number
  readonly conflicts: number
}

/** A plan and the work of its search. An empty plan means that there is nothing to do. */
export interface Resolution {
  readonly plan: InstallPlan
  readonly statistics: ResolveStatistics
}

/** Phases of a solve, in their order: `plan` compares the answer with the image, `explain` comes only if there is no solution. */
export const phases = ['prepare', 'search', 'minimise', 'ties', 'plan', 'explain'] as const
export type Phase = (typeof phases)[number]

/**
 * Observes a solve. The answer does not depend on it. A child image that is out of step with its parent is searched twice; then
 * each call comes twice, and the second one counts.
 */
export interface SolveTrace {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** Called after each phase that the budget did not end. */
  readonly onPhase: (phase: Phase, milliseconds: number) => void
  /** Called after the search, with or without solution. */
  readonly onSearched: (view: SearchView) => void
}

/** A finished search. */
export interface SearchView {
  readonly statistics: ResolveStatistics
  /** Writes the problem that was solved. Only valid during the call of `onSearched`. */
  formula(): Formula
}
