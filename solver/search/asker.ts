import type { Encoder } from '../encode/encode.ts'
import type { SolveBudget } from '../resolve-input.ts'
import type { SatBackend } from '../sat-backend.ts'

/**
 * Work that further explanations or fixes may still cost. Every engine counts alike: clauses, variables at each solve, and
 * `CONFLICT_WORK` for each conflict.
 */
export interface Effort {
  left: number
}

/** Thrown by a search whose budget or effort ran out. It never leaves the package. */
export class BudgetExhausted extends Error {}

/** Work of a conflict. */
const CONFLICT_WORK = 100

const NOTHING = new Int32Array(0)

/** Calls the engine within a budget and an effort. `flush` hands new clauses to the engine. */
export function createAsker(
  engine: SatBackend,
  { clauses, variables }: Encoder,
  flush: () => void,
  budget: SolveBudget,
  effort: Effort | undefined,
) {
  let solves = 0
  let cores = 0
  let work = 0
  /** Clauses that the effort paid for. */
  let paidClauses = 0
  const spend = (amount: number) => {
    work += amount
    if (effort === undefined) return
    effort.left -= amount + clauses.count - paidClauses
    paidClauses = clauses.count
    if (effort.left < 0) throw new BudgetExhausted()
  }
  const conflicts = () => engine.statistics().conflicts
  return {
    /** One call of the engine under assumptions; true for "sat". Throws `BudgetExhausted`. */
    ask(asked: readonly number[], assumed: Int32Array = NOTHING): boolean {
      const left = budget.conflicts === undefined ? undefined : budget.conflicts - conflicts()
      if ((left !== undefined && left <= 0) || budget.shouldStop?.() === true) throw new BudgetExhausted()
      flush()
      solves += 1
      spend(variables.count)
      const assumptions = new Int32Array(asked.length + assumed.length)
      assumptions.set(asked)
      assumptions.set(assumed, asked.length)
      const before = conflicts()
      const answer = engine.solve({
        assumptions,
        ...(left === undefined ? {} : { conflicts: left }),
        ...(budget.shouldStop === undefined ? {} : { shouldStop: budget.shouldStop }),
      })
      spend(CONFLICT_WORK * (conflicts() - before))
      if (answer === 'unknown') throw new BudgetExhausted()
      if (answer === 'unsat') cores += 1
      return answer === 'sat'
    },
    /** Cost of the search so far, as `Effort` counts it. */
    work: () => work + clauses.count,
    statistics: () => ({ solves, cores, conflicts: conflicts() }),
  }
}
