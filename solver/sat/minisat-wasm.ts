import type { SolverOptions } from 'minisat-wasm'
import type { NewSatBackend, SolveCall } from '../sat-backend.ts'
import { SatCapacityError } from '../sat-backend.ts'

/**
 * Loads the project's own kernel: compiles the wasm once, so that each engine is cheap and independent. `wasm` are the bytes of
 * `minisat.wasm`, if the file is not beside its package (a bundle). Each engine gets the options `solver`.
 */
export async function loadMinisatBackend(
  options: { readonly wasm?: Uint8Array | undefined; readonly solver?: SolverOptions } = {},
): Promise<NewSatBackend> {
  // Imported here and not at the top: a bundle would load every engine at its start.
  const { loadMinisat, OutOfMemoryError } = await import('minisat-wasm')
  const guarded = <T>(call: () => T): T => {
    try {
      return call()
    } catch (error) {
      throw coded(error)
    }
  }
  const coded = (error: unknown) =>
    error instanceof OutOfMemoryError ? new SatCapacityError('minisat-wasm', error.message) : error
  const { wasm } = options
  const newSolver = await (wasm === undefined ? loadMinisat() : loadMinisat(Uint8Array.from(wasm)))
  return () => {
    const solver = guarded(() => newSolver(options.solver))
    return {
      addClauses: (literals) => guarded(() => solver.addClauses(literals)),
      solve: ({ assumptions, conflicts, shouldStop }: SolveCall) =>
        guarded(() =>
          solver.solve({
            assumptions,
            ...(conflicts === undefined ? {} : { conflicts }),
            ...(shouldStop === undefined ? {} : { shouldStop }),
          }),
        ),
      // The kernel propagates level 0 before it tests the limit, and decides nothing.
      isRefuted: () => guarded(() => solver.solve({ propagations: 0 })) === 'unsat',
      value: (variable) => solver.value(variable),
      model: () => solver.model(),
      core: () => solver.core(),
      // A setter may be the first to name a variable, which needs memory. It is called often, so it makes no function.
      setPhase(variable, value) {
        try {
          solver.setPhase(variable, value)
        } catch (error) {
          throw coded(error)
        }
      },
      setPriority(variable, priority) {
        try {
          solver.setPriority(variable, priority)
        } catch (error) {
          throw coded(error)
        }
      },
      statistics: () => {
        const { variables, clauses, solves, conflicts, decisions, propagations } = solver.statistics()
        return { variables, clauses, solves, conflicts, decisions, propagations }
      },
      dispose: () => solver.dispose(),
    }
  }
}
