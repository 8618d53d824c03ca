import type { StemId } from '#model'
import type { ClauseBuffer } from '../encode/clause.ts'
import type { SolveBudget } from '../resolve-input.ts'
import type { NewSatBackend } from '../sat-backend.ts'

/** Most conflicts of one solve. If they run out, the core is not minimal, but still a core. */
const CONFLICTS = 20_000

/** Most assumptions of all solves together: a core of thousands is no explanation, however small it becomes. */
const WORK = 2_000_000

/** Size of a core that is short enough: no other order of deletion is tried. */
const SHORT = 3

/** Finds minimal cores: sets of selectors that cannot hold together. */
export interface CoreFinder {
  /**
   * A minimal core of the selectors, in the given order; undefined if they can hold together. Not minimal if the budget runs
   * out.
   */
  shrink(selectors: readonly number[]): readonly number[] | undefined
  /** Whether literals can hold together; undefined if the budget ran out. */
  holds(literals: readonly number[]): boolean | undefined
}

/** Runs `use` with a new engine that has the clauses. Clauses that `use` adds count too. */
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
        // Whole blocks are deleted first: an engine without cores returns all assumptions.
        for (let size = Math.max(1, core.length >> 1); size >= 1; size >>= 1) {
          for (let start = core.length - size; start > -size; start -= size) {
            if (work > WORK) return core
            const from = Math.max(0, start)
            const kept = core.filter((_, index) => index < from || index >= start + size)
            const found = kept.length < core.length ? ask(kept) : undefined
            if (found === undefined) continue
            const smaller = kept.filter((selector) => found.has(selector))
            // The engine may drop selectors before this block too.
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
 * The best of several minimal cores, found by several orders of deletion: the one with the fewest stems, then with the fewest
 * selectors. `direct`, a part of the selectors, comes first: its cores are mostly short.
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
