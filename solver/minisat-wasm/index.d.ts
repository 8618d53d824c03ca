/** A CDCL solver. Literals are non-zero integers; see README.md for the contract of each call. */
export interface Solver {
  addClauses(literals: Int32Array): void
  solve(options?: {
    assumptions?: Int32Array
    conflicts?: number
    propagations?: number
    shouldStop?: () => boolean
  }): 'sat' | 'unsat' | 'unknown'
  value(variable: number): boolean
  core(): Int32Array
  setPhase(variable: number, value: boolean): void
  setPriority(variable: number, priority: number): void
  statistics(): {
    variables: number
    clauses: number
    learnts: number
    solves: number
    conflicts: number
    decisions: number
    propagations: number
    restarts: number
    memoryBytes: number
  }
  dispose(): void
}
/** Loads the wasm once (from `source` where given, else from beside this file), then makes solvers synchronously. */
export function loadMinisat(source?: BufferSource | WebAssembly.Module): Promise<() => Solver>
/** One solver, loading on demand. */
export function createSolver(): Promise<Solver>
/** Thrown when memory cannot grow any more; the solver is unusable after it. */
export class OutOfMemoryError extends Error {}
