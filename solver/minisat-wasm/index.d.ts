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
  model(): Uint8Array
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
export interface SolverOptions {
  /** Memory may not grow beyond this; at least 256 KiB, at most 4 GiB less 64 KiB (the default). */
  maximumBytes?: number
  /** Receives each step of a DRAT proof, as signed literals. */
  onProof?: (step: 'add' | 'delete', literals: Int32Array) => void
  /** Internal settings, here so that tests can reach rare paths soon. Not part of the contract. */
  tuning?: {
    /** Conflicts before the first deletion of learnt clauses, and how much longer each next interval is. */
    reduceFirst?: number
    reduceStep?: number
    /** Conflicts per unit of the Luby sequence. */
    lubyUnit?: number
    /** Conflicts before the way to restart changes for the first time. */
    modeFirst?: number
    /** Propagations per clause and variable before level 0 is tidied up again. */
    simplifyCost?: number
  }
}
/** Loads the wasm once (from `source` where given, else from beside this file), then makes solvers synchronously. */
export function loadMinisat(
  source?: BufferSource | WebAssembly.Module,
): Promise<(options?: SolverOptions) => Solver>
/** One solver, loading on demand. */
export function createSolver(options?: SolverOptions): Promise<Solver>
/** Thrown when memory cannot grow any more; the solver is unusable after it. */
export class OutOfMemoryError extends Error {}
