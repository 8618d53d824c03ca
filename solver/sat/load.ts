import type { NewSatBackend } from '../sat-backend.ts'

/** Names of the SAT engines, default first. */
export const backendNames = ['minisat-wasm', 'cadical', 'logic-solver'] as const
export type BackendName = (typeof backendNames)[number]

/**
 * Loads a SAT engine, the only asynchronous step of solving. `wasm` is the code of the engine, if it is not beside its package (a
 * bundle). Rejects if the engine cannot be loaded.
 */
export async function loadBackend(
  name: BackendName,
  options: { readonly wasm?: Uint8Array } = {},
): Promise<NewSatBackend> {
  // Each engine is imported on demand, because none is cheap to load.
  switch (name) {
    case 'minisat-wasm':
      return (await import('./minisat-wasm.ts')).loadMinisatBackend(options)
    case 'cadical':
      return (await import('./cadical.ts')).loadCadicalBackend(options.wasm)
    case 'logic-solver':
      return (await import('./logic-solver.ts')).loadLogicSolverBackend()
  }
}
