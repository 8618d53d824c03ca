import type { StemId } from '#model'
import type { ClauseBuffer } from '../encode/clause.ts'
import type { SolveBudget } from '../resolve-input.ts'
import type { NewSatBackend } from '../sat-backend.ts'

/** Conflicts that one question of the shrinking may cost; a core that is not minimal is still a true one. */
const CONFLICTS = 20_000

/** Selectors that all questions together may assume: a core of thousands is no explanation, however small it gets. */
const WORK = 2_000_000

/** Facts up to which an explanation is short enough; no other order of leaving facts out is tried. */
const SHORT = 3

/** Finds sets of selectors that cannot hold together. */
export interface CoreFinder {
  /**
   * A set of the selectors that clashes and would not without any one of its members, in the given order; undefined when they
   * can hold together. Larger than that when the budget says stop.
   */
  shrink(selectors: readonly number[]): readonly number[] | undefined
  /** Whether literals can hold together; undefined when the budget ran out. */
  holds(literals: readonly number[]): boolean | undefined
}

/** Runs `use` on a fresh engine that holds the clauses; clauses added meanwhile count too. */
export function withCores<T>(
  newBackend: NewSatBackend,
  clauses: ClauseBuffer,
  budget: SolveBudget,
  use: (cores: CoreFinder) => T,
): T {
  const engine = newBackend()
  let work = 0
  const solve = (assumptions: readonly number[]) => {
    const added = clauses.take()
    if (added.length > 0) engine.addClauses(added)
    work += assumptions.length
    return engine.solve({
      assumptions: Int32Array.from(assumptions),
      conflicts: CONFLICTS,
      ...(budget.shouldStop === undefined ? {} : { shouldStop: budget.shouldStop }),
    })
  }
  const ask = (assumptions: readonly number[]) =>
    solve(assumptions) === 'unsat' ? new Set(engine.core()) : undefined
  try {
    return use({
      holds(literals) {
        const answer = work > WORK ? 'unknown' : solve(literals)
        return answer === 'unknown' ? undefined : answer === 'sat'
      },
      shrink(selectors) {
        const first = ask(selectors)
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
      },
    })
  } finally {
    engine.dispose()
  }
}

/**
 * A minimal core, tried in several orders of leaving selectors out: of fewest stems, then of fewest selectors. `direct`, a part
 * of the selectors, comes first: where it clashes already, the explanation is mostly short.
 */
export function smallestCore(
  cores: CoreFinder,
  all: readonly number[],
  direct: readonly number[],
  stemOf: (literal: number) => StemId,
): readonly number[] | undefined {
  const cost = (core: readonly number[]) => [new Set(core.map(stemOf)).size, core.length] as const
  let best = direct.length > 0 ? cores.shrink(direct) : undefined
  const take = (core: readonly number[] | undefined) => {
    if (core === undefined) return
    const [stems, length] = cost(core)
    const [fewest, shortest] = best === undefined ? [Number.POSITIVE_INFINITY, 0] : cost(best)
    if (stems < fewest || (stems === fewest && length < shortest)) best = core
  }
  if (best === undefined) take(cores.shrink(all))
  if (best === undefined || best.length <= SHORT) return best
  const back = cores.shrink([...all].reverse())
  take(back === undefined ? undefined : all.filter((literal) => back.includes(literal)))
  return best
}
