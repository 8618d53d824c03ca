import type { SatBackend } from '#solver'

/** An engine that takes clauses and answers nothing. */
export const muteBackend: SatBackend = {
  addClauses: () => {},
  solve: () => 'unknown',
  isRefuted: () => false,
  value: () => false,
  model: () => new Uint8Array(0),
  core: () => new Int32Array(0),
  setPhase: () => {},
  setPriority: () => {},
  statistics: () => ({ variables: 0, clauses: 0, solves: 0, conflicts: 0, decisions: 0, propagations: 0 }),
  dispose: () => {},
}
