import type { NewSatBackend, SolveCall } from './backend.ts'
import { SatCapacityError } from './backend.ts'

/** Loads the project's own kernel; `wasm` are the bytes of `minisat.wasm` where the caller has them. */
export async function loadMinisatBackend(wasm: Uint8Array | undefined): Promise<NewSatBackend> {
  // Imported here and not at the top: a bundle would load every engine at its start.
  const { loadMinisat, OutOfMemoryError } = await import('minisat-wasm')
  const guarded = <T>(call: () => T): T => {
    try {
      return call()
    } catch (error) {
      if (error instanceof OutOfMemoryError) throw new SatCapacityError('minisat-wasm', error.message)
      throw error
    }
  }
  const newSolver = await (wasm === undefined ? loadMinisat() : loadMinisat(Uint8Array.from(wasm)))
  return () => {
    const solver = guarded(newSolver)
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
      value: (variable) => solver.value(variable),
      core: () => solver.core(),
      setPhase: (variable, value) => solver.setPhase(variable, value),
      setPriority: (variable, priority) => solver.setPriority(variable, priority),
      statistics: () => solver.statistics(),
      dispose: () => solver.dispose(),
    }
  }
}
