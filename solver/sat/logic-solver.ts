import type * as LogicModule from 'logic-solver'
import type { NewSatBackend, SatBackend, SolveCall } from '../sat-backend.ts'
import { SatCapacityError } from '../sat-backend.ts'

/** Loads the logic-solver engine: one assumption per solve, no cores, no limits, a fixed heap of 64 MiB. */
export async function loadLogicSolverBackend(): Promise<NewSatBackend> {
  // Imported here and not at the top: a bundle would load every engine at its start.
  const { default: Logic } = await import('logic-solver')
  return () => logicSolverBackend(Logic)
}

function logicSolverBackend(Logic: typeof LogicModule): SatBackend {
  const engine = new Logic.Solver()
  /** By variable: its number in the engine. */
  const terms: number[] = [0]
  let clauses = 0
  let solves = 0
  let solution: LogicModule.Solution | null = null
  let assumed: Int32Array = new Int32Array(0)
  let emptyClause = false
  const term = (literal: number): number => {
    const variable = Math.abs(literal)
    while (terms.length <= variable) terms.push(engine.getVarNum(`v${terms.length}`))
    return literal < 0 ? -terms[variable]! : terms[variable]!
  }
  return {
    addClauses(literals) {
      quietly(Logic, () => {
        let clause: number[] = []
        for (const literal of literals) {
          if (literal !== 0) {
            clause.push(term(literal))
            continue
          }
          if (clause.length === 0) emptyClause = true
          else engine.require(clause.length === 1 ? clause[0]! : Logic.or(withoutRepeats(clause)))
          clauses += 1
          clause = []
        }
      })
    },
    solve(call: SolveCall) {
      solves += 1
      if (call.shouldStop?.() === true) return 'unknown'
      if (emptyClause) {
        assumed = new Int32Array(0)
        return 'unsat'
      }
      assumed = call.assumptions.slice()
      solution = quietly(Logic, () => {
        if (assumed.length === 0) return engine.solve()
        const wanted = withoutRepeats(Array.from(assumed, term))
        return engine.solveAssuming(wanted.length === 1 ? wanted[0]! : Logic.and(wanted))
      })
      return solution === null ? 'unsat' : 'sat'
    },
    isRefuted: () => false,
    value: (variable) => variable < terms.length && solution?.evaluate(terms[variable]!) === true,
    model: () =>
      Uint8Array.from(terms, (term, variable) => (variable > 0 && solution?.evaluate(term) === true ? 1 : 0)),
    core: () => assumed,
    setPhase() {},
    setPriority() {},
    statistics: () => ({
      variables: terms.length - 1,
      clauses,
      solves,
      conflicts: 0,
      decisions: 0,
      propagations: 0,
    }),
    dispose() {
      solution = null
    },
  }
}

function withoutRepeats(terms: readonly number[]): readonly number[] {
  return [...new Set(terms)]
}

/** Runs the engine. Captures its console output (it prints when its heap is full), and turns its abort into `SatCapacityError`. */
function quietly<T>(Logic: typeof LogicModule, body: () => T): T {
  const { log } = console
  const printed: string[] = []
  console.log = (...parts: readonly unknown[]) => {
    printed.push(parts.join(' '))
  }
  try {
    return Logic.disablingAssertions(body)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    if (/abort|memory|OOM|stack/i.test(text) || printed.length > 0) {
      throw new SatCapacityError('logic-solver', printed[0] ?? text.split('\n')[0] ?? 'aborted')
    }
    throw error
  } finally {
    console.log = log
  }
}
