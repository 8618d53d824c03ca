import type { Fmri } from '#model'

/** Why there is no plan. Codes and exit codes: cli §2, solver-semantics §8. */
export type SolverProblem =
  /** Patterns that match nothing known (install) or nothing installed (update, uninstall). */
  | {
      readonly code: 'ips::solver_error::no_candidates'
      readonly patterns: readonly PatternMiss[]
      readonly operation: string
    }
  | {
      readonly code: 'ips::solver_error::bad_patterns'
      readonly patterns: readonly { text: string; reason: string }[]
    }
  | {
      readonly code: 'ips::solver_error::ambiguous'
      readonly patterns: readonly { text: string; matches: readonly Fmri[] }[]
    }
  | {
      readonly code: 'ips::solver_error::multispec'
      readonly stems: readonly { stem: string; patterns: readonly string[] }[]
    }
  | {
      readonly code: 'ips::solver_error::has_dependents'
      readonly removed: readonly { fmri: Fmri; dependents: readonly Fmri[] }[]
    }
  | {
      readonly code: 'ips::solver_error::unsatisfiable'
      readonly operation: string
      /** Minimal set of facts, in chain order. */
      readonly facts: readonly Fact[]
      /** A named stem lost every version before the search: pkg5 exits 1 there and 9 otherwise. */
      readonly beforeSearch: boolean
      /** Stems named by the request whose versions were all ruled out, for the head line. */
      readonly subjects: readonly string[]
    }
  | { readonly code: 'ips::solver_error::overconstrained'; readonly facts: readonly Fact[] }
  | { readonly code: 'ips::solver_error::budget_exhausted'; readonly conflicts: number }
  | {
      readonly code: 'ips::solver_error::backend_capacity'
      readonly backend: string
      readonly detail: string
    }

export interface PatternMiss {
  readonly text: string
  readonly why: 'no-match' | 'not-installed' | 'rejected' | 'wrong-variant' | 'wrong-publisher'
  /** Known names close to it, best first. */
  readonly nearest: readonly string[]
}

/** One fact of an explanation; table in solver-semantics §8.2. */
export interface Fact {
  readonly kind: string
  readonly subject: string
  readonly object?: string
  readonly range?: string
  readonly reason?: string
}
