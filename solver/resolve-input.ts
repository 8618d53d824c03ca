import type { Catalog, ImageSnapshot, InstallPlan, SolveRequest } from '#model'
import type { Formula } from './formula.ts'
import type { NewSatBackend } from './sat-backend.ts'

/** All that a solve depends on. */
export interface ResolveInput {
  readonly snapshot: ImageSnapshot
  /** Must hold every installed package (the image adds those that no publisher offers any more). */
  readonly catalog: Catalog
  readonly request: SolveRequest
  readonly newBackend: NewSatBackend
  readonly budget: SolveBudget
  /** For statistics and exports; the answer does not depend on it. */
  readonly trace?: SolveTrace
}

export interface SolveBudget {
  /** Conflicts over all solves together; undefined for none. */
  readonly conflicts?: number
  /** Polled between and during solves; true ends the search with the best plan so far. */
  readonly shouldStop?: () => boolean
}

/**
 * Work that the parts of an explanation beyond its first reason may still cost, counted alike on every engine: clauses made,
 * variables set at each question, and a hundred for each conflict.
 */
export interface Effort {
  left: number
}

export interface ResolveStatistics {
  readonly stemsInCone: number
  readonly variables: number
  readonly clauses: number
  readonly solves: number
  /** Answers "no" of the engine, each with the assumptions that clash. */
  readonly cores: number
  readonly conflicts: number
}

/** A plan and what it cost. An empty plan means nothing to do. */
export interface Resolution {
  readonly plan: InstallPlan
  readonly statistics: ResolveStatistics
}

/** Parts of a solve, in the order they are gone through; `plan` compares the answer with the image,
 * `explain` comes only where there is no solution. */
export const phases = ['prepare', 'search', 'minimise', 'ties', 'plan', 'explain'] as const
export type Phase = (typeof phases)[number]

/**
 * Watches a solve from outside. The answer does not depend on it. A child image that is out of step with its parent is
 * searched twice; then everything is told twice, and the second time counts.
 */
export interface SolveTrace {
  /** Milliseconds of any clock that does not go back. */
  readonly now: () => number
  /** Milliseconds that one part took; not told for parts that the budget cut short. */
  readonly onPhase: (phase: Phase, milliseconds: number) => void
  /** Told when the search is over, with or without solution; `formula` costs nothing until it is called. */
  readonly onSearched: (view: SearchView) => void
}

/** A search that is over. */
export interface SearchView {
  readonly statistics: ResolveStatistics
  /** Writes out the problem that was solved. Only valid during the call of `onSearched`. */
  formula(): Formula
}
