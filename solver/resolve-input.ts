import type { Catalog, ImageSnapshot, InstallPlan, SolveRequest } from '#model'
import type { NewSatBackend } from './sat/backend.ts'

/** All that a solve depends on. */
export interface ResolveInput {
  readonly snapshot: ImageSnapshot
  /** Must hold every installed package (the image adds those that no publisher offers any more). */
  readonly catalog: Catalog
  readonly request: SolveRequest
  readonly newBackend: NewSatBackend
  readonly budget: SolveBudget
}

export interface SolveBudget {
  /** Conflicts over all solves together; undefined for none. */
  readonly conflicts?: number
  /** Polled between and during solves; true ends the search with the best plan so far. */
  readonly shouldStop?: () => boolean
}

export interface ResolveStatistics {
  readonly stemsInCone: number
  readonly variables: number
  readonly clauses: number
  readonly solves: number
  readonly conflicts: number
}

/** A plan and what it cost. An empty plan means nothing to do. */
export interface Resolution {
  readonly plan: InstallPlan
  readonly statistics: ResolveStatistics
}
