import type { Cadical } from 'cadical-wasm'
import type { NewSatBackend, SatBackend, SolveCall } from '../sat-backend.ts'
import { SatCapacityError } from '../sat-backend.ts'

/**
 * Loads CaDiCaL. `wasm` are the bytes of `cadical.wasm`; undefined: the package finds its file. The two default heuristics that
 * set all variables at once are off, because their first models install or remove everything. Throws where there is no memory for it.
 */
export async function loadCadicalBackend(wasm: Uint8Array | undefined): Promise<NewSatBackend> {
  // Imported here and not at the top: a bundle would load every engine at its start.
  const { Cadical, createModule } = await import('cadical-wasm')
  const silent = { print: () => {}, printErr: () => {} }
  // A start that fails would leave the promise of the package open for ever.
  const module = await new Promise<Awaited<ReturnType<typeof createModule>>>((resolve, reject) => {
    const bytes = wasm === undefined ? {} : { instantiateWasm: instantiator(wasm, reject) }
    createModule({ ...silent, ...bytes }).then(resolve, reject)
  })
  return () => cadicalBackend(new Cadical(module, { phase: false, lucky: false, quiet: true }))
}

/** The part of `WebAssembly` that is used here: the project's TypeScript libraries do not declare it. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: unknown,
  ): Promise<{ readonly instance: unknown; readonly module: unknown }>
}

/** Starts the engine from bytes. The package was built without `wasmBinary`, so it would look for its file otherwise. */
function instantiator(wasm: Uint8Array, failed: (error: unknown) => void) {
  return (imports: unknown, done: (instance: unknown, module: unknown) => void): object => {
    WebAssembly.instantiate(wasm, imports).then(({ instance, module }) => done(instance, module), failed)
    return {}
  }
}

function cadicalBackend(engine: Cadical): SatBackend {
  let clauses = 0
  let variables = 0
  let solves = 0
  let conflicts = 0
  return {
    addClauses(literals) {
      guarded(() => {
        let start = 0
        for (let end = literals.indexOf(0); end >= 0; end = literals.indexOf(0, start)) {
          const clause = literals.subarray(start, end)
          for (const literal of clause) variables = Math.max(variables, Math.abs(literal))
          engine.addClause(clause)
          clauses += 1
          start = end + 1
        }
      })
    },
    solve(call: SolveCall) {
      solves += 1
      const { shouldStop } = call
      for (const literal of call.assumptions) variables = Math.max(variables, Math.abs(literal))
      engine.setTerminate(shouldStop === undefined ? null : shouldStop)
      const status = guarded(() =>
        engine.solve({
          assumptions: Array.from(call.assumptions),
          ...(call.conflicts === undefined ? {} : { conflicts: call.conflicts }),
        }),
      )
      if (status === 'unknown') conflicts += call.conflicts ?? 0
      if (status === 'satisfiable') return 'sat'
      return status === 'unsatisfiable' ? 'unsat' : 'unknown'
    },
    isRefuted: () => false,
    // A variable the engine never saw has no value there; unassigned counts as false.
    value: (variable) => variable <= variables && engine.value(variable),
    model: () =>
      Uint8Array.from({ length: variables + 1 }, (_, variable) =>
        variable > 0 && engine.value(variable) ? 1 : 0,
      ),
    core: () => Int32Array.from(engine.failedAssumptions()),
    setPhase(variable, value) {
      engine.phase(value ? variable : -variable)
    },
    setPriority() {},
    statistics: () => ({ variables, clauses, solves, conflicts, decisions: 0, propagations: 0 }),
    dispose: () => engine.dispose(),
  }
}

/** Turns an abort of the engine on a full heap into `SatCapacityError`. */
function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    // A wasm trap is a RuntimeError, a class that the project's TypeScript libraries do not declare.
    if (error instanceof Error && (error.name === 'RuntimeError' || error instanceof RangeError)) {
      throw new SatCapacityError('cadical', error.message)
    }
    throw error
  }
}
