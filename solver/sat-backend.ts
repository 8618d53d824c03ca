/**
 * Port to a SAT engine, similar to IPASIR. Literals are non-zero integers: v for variable v, -v for its negation. Variables are
 * numbered from 1 and need no declaration.
 *
 * States: INPUT after creation, addClauses and setters; SAT after solve answered 'sat'; UNSAT after 'unsat'. `value` and `model`
 * need SAT, `core` needs UNSAT; adding clauses returns to INPUT and forgets both. Assumptions hold for one solve only.
 */
export interface SatBackend {
  /** Adds clauses, each ended by 0 (DIMACS order). The engine reads the array during the call only. */
  addClauses(literals: Int32Array): void
  /**
   * Searches under assumptions. 'unknown' only if `conflicts` (limit of this call) ran out or `shouldStop` returned true, which
   * is polled.
   */
  solve(request: SolveCall): 'sat' | 'unsat' | 'unknown'
  /**
   * Whether unit propagation alone refutes the clauses. Engines that cannot tell without a search return false. Returns to INPUT.
   */
  isRefuted(): boolean
  /** Truth of a variable in the last model; unassigned counts as false. */
  value(variable: number): boolean
  /**
   * The last model: 1 at the number of each true variable, 0 elsewhere; variables beyond the end are false. Needs SAT; valid until
   * the next call.
   */
  model(): Uint8Array
  /** Assumptions of the last solve that clash; not necessarily minimal. Empty: unsatisfiable without assumptions. */
  core(): Int32Array
  /** Sets the value that the search tries first. Engines without phases ignore it; only speed depends on it. */
  setPhase(variable: number, value: boolean): void
  /** Sets the order of decisions: higher numbers first; default 0. Engines without an order ignore it; only speed depends on it. */
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

/** Thrown by any call if the problem exceeds the memory of the engine. `resolveInstall` turns it into `backend_capacity`. */
export class SatCapacityError extends Error {
  readonly backend: string
  constructor(backend: string, detail: string) {
    super(`${backend}: ${detail}`)
    this.backend = backend
  }
}

/** Makes an engine. Synchronous, because the wasm is loaded before. */
export type NewSatBackend = () => SatBackend
