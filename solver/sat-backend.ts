/**
 * Port to a SAT engine; IPASIR-like. Literals are non-zero integers: variable v is v, its negation -v; variables are
 * numbered from 1 and need no declaration.
 *
 * States: INPUT after creation, addClauses and setters; SAT after solve answered 'sat'; UNSAT after 'unsat'. `value` and `model`
 * need SAT, `core` needs UNSAT; adding clauses returns to INPUT and forgets both. Assumptions hold for one solve only.
 */
export interface SatBackend {
  /** Clauses in one array, each ended by 0 (DIMACS order). The array is read during the call only. */
  addClauses(literals: Int32Array): void
  /**
   * Searches under assumptions. 'unknown' only when `conflicts` (limit of this call) or the deadline ran out.
   * `shouldStop` is polled now and then.
   */
  solve(request: SolveCall): 'sat' | 'unsat' | 'unknown'
  /**
   * Whether unit propagation alone shows that the clauses are impossible; engines that cannot tell without a search say no. Returns
   * to INPUT.
   */
  isRefuted(): boolean
  /** Truth of a variable in the last model; unassigned counts as false. */
  value(variable: number): boolean
  /**
   * The last model as a whole, 1 at the number of each variable that is true and nowhere else; those beyond the end count as false.
   * Needs SAT; to be read before the next call.
   */
  model(): Uint8Array
  /** The assumptions of the last solve that together are impossible; need not be minimal. Empty: unsatisfiable without assumptions. */
  core(): Int32Array
  /** Preferred value of a variable when the search decides it; engines without phases ignore it (only speed depends on it). */
  setPhase(variable: number, value: boolean): void
  /** Earlier decisions for higher numbers; default 0. Engines without an order ignore it (only speed depends on it). */
  setPriority(variable: number, priority: number): void
  statistics(): SatStatistics
  /** Frees the engine; no call is legal after it. */
  dispose(): void
}

export interface SolveCall {
  readonly assumptions: Int32Array
  /** Conflict limit; undefined for none. */
  readonly conflicts?: number
  readonly shouldStop?: () => boolean
}

export interface SatStatistics {
  readonly variables: number
  readonly clauses: number
  readonly solves: number
  readonly conflicts: number
  readonly decisions: number
  readonly propagations: number
}

/** Thrown by `addClauses` and `solve` when the engine cannot hold the problem; `resolveInstall` turns it into `backend_capacity`. */
export class SatCapacityError extends Error {
  readonly backend: string
  constructor(backend: string, detail: string) {
    super(`${backend}: ${detail}`)
    this.backend = backend
  }
}

/** Makes a fresh engine; synchronous, because loading wasm was done before. */
export type NewSatBackend = () => SatBackend
