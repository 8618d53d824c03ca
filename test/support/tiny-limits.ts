import type { SolverOptions } from 'minisat-wasm'

/** Settings that make the kernel restart, forget and compact all the time. */
export const tinyLimits: SolverOptions = {
  tuning: { reduceFirst: 3, reduceStep: 0, lubyUnit: 2, modeFirst: 5, simplifyCost: 0 },
}
