import type { ClauseBuffer } from './clause.ts'
import type { SolveBudget } from './resolve-input.ts'
import type { NewSatBackend } from './sat/backend.ts'

/** Conflicts that one question of the shrinking may cost; a core that is not minimal is still a true one. */
const CONFLICTS = 20_000

/** Selectors that all questions together may assume: a core of thousands is no explanation, however small it gets. */
const WORK = 2_000_000

/**
 * The smallest-by-deletion set of selectors that cannot hold together, in their given order; undefined when they can.
 * Where `preferred`, a part of them, clashes already, the rest is left out.
 * Runs on a fresh engine and ends early, with a larger set, when the budget says stop.
 */
export function shrinkCore(
  newBackend: NewSatBackend,
  clauses: ClauseBuffer,
  selectors: readonly number[],
  budget: SolveBudget,
  preferred: readonly number[] = [],
): readonly number[] | undefined {
  const engine = newBackend()
  try {
    engine.addClauses(clauses.take())
    let work = 0
    const ask = (assumptions: readonly number[]) => {
      work += assumptions.length
      const answer = engine.solve({
        assumptions: Int32Array.from(assumptions),
        conflicts: CONFLICTS,
        ...(budget.shouldStop === undefined ? {} : { shouldStop: budget.shouldStop }),
      })
      return answer === 'unsat' ? new Set(engine.core()) : undefined
    }
    const first = (preferred.length > 0 ? ask(preferred) : undefined) ?? ask(selectors)
    if (first === undefined) return undefined
    let core = selectors.filter((selector) => first.has(selector))
    // Whole blocks first: an engine without cores hands everything back.
    for (let size = Math.max(1, core.length >> 1); size >= 1; size >>= 1) {
      for (let start = core.length - size; start > -size; start -= size) {
        if (work > WORK) return core
        const from = Math.max(0, start)
        const kept = core.filter((_, index) => index < from || index >= start + size)
        const found = kept.length < core.length ? ask(kept) : undefined
        if (found === undefined) continue
        const smaller = kept.filter((selector) => found.has(selector))
        // The engine may drop facts before this place too.
        start = Math.min(start, smaller.length)
        core = smaller
      }
    }
    return core
  } finally {
    engine.dispose()
  }
}
