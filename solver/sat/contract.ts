import type { NewSatBackend, SatBackend, SolveCall } from '../sat-backend.ts'

/** Splits literals at their zeros. */
function splitClauses(literals: Int32Array): number[][] {
  const clauses: number[][] = []
  let start = 0
  for (let end = literals.indexOf(0); end >= 0; end = literals.indexOf(0, start)) {
    clauses.push([...literals.subarray(start, end)])
    start = end + 1
  }
  if (start < literals.length) throw new Error('contract: last clause is not ended')
  return clauses
}

/** Largest variable that all engines accept. */
const LARGEST_VARIABLE = 0x0fffffff

function requireVariable(variable: number): void {
  if (!Number.isInteger(variable) || variable < 1 || variable > LARGEST_VARIABLE) {
    throw new Error(`contract: ${variable} is no variable`)
  }
}

function requireLimits({ assumptions, conflicts }: SolveCall): void {
  for (const literal of assumptions) requireVariable(Math.abs(literal))
  if (conflicts !== undefined && !(conflicts >= 0)) throw new Error(`contract: ${conflicts} is no limit`)
}

/**
 * Wraps an engine and checks the contract of `SatBackend`: every illegal call throws, models satisfy all clauses and assumptions,
 * and cores are subsets of the assumptions. For tests: it keeps all clauses. The message of the thrown error starts with
 * `contract:` and tells whether the caller or the engine is wrong.
 * `recheckCores` solves each core alone on a new engine, which must answer "unsat": a solve per core.
 */
export function contractBackend(
  newBackend: NewSatBackend,
  options: { readonly recheckCores?: boolean } = {},
): NewSatBackend {
  return () => checked(newBackend, options.recheckCores === true)
}

function checked(newBackend: NewSatBackend, recheckCores: boolean): SatBackend {
  const engine = newBackend()
  const clauses: number[][] = []
  let state: 'input' | 'sat' | 'unsat' | 'solving' | 'disposed' = 'input'
  let assumptions: Int32Array = new Int32Array(0)
  let known: Int32Array | undefined
  const need = (allowed: boolean, call: string) => {
    if (!allowed) throw new Error(`contract: ${call} in state ${state}`)
  }
  const needIdle = (call: string) => need(state !== 'disposed' && state !== 'solving', call)
  const holds = (literal: number) => engine.value(Math.abs(literal)) === literal > 0

  function checkModel(): void {
    const truth = engine.model()
    const isKept = (literal: number) => (truth[Math.abs(literal)] === 1) === engine.value(Math.abs(literal))
    if (truth[0] === 1 || !clauses.every((clause) => clause.every(isKept)))
      throw new Error('contract: the model and its values differ')
    for (const clause of clauses) {
      if (!clause.some(holds)) throw new Error(`contract: model breaks clause ${clause.join(' ')}`)
    }
    for (const literal of assumptions) {
      if (!holds(literal)) throw new Error(`contract: model breaks assumption ${literal}`)
    }
  }

  function checkCore(core: Int32Array): void {
    for (const literal of core) {
      if (!assumptions.includes(literal)) throw new Error(`contract: ${literal} in core was not assumed`)
    }
    if (!recheckCores) return
    const fresh = newBackend()
    fresh.addClauses(Int32Array.from(clauses.flatMap((clause) => [...clause, 0])))
    const answer = fresh.solve({ assumptions: core })
    fresh.dispose()
    if (answer !== 'unsat') throw new Error(`contract: core ${core.join(' ')} is ${answer}`)
  }

  return {
    addClauses(literals) {
      needIdle('addClauses')
      const added = splitClauses(literals)
      for (const literal of literals) if (literal !== 0) requireVariable(Math.abs(literal))
      for (const clause of added) clauses.push(clause)
      state = 'input'
      engine.addClauses(literals)
    },
    solve(call) {
      needIdle('solve')
      requireLimits(call)
      assumptions = call.assumptions.slice()
      known = undefined
      state = 'solving'
      const answer = engine.solve(call)
      if (answer === 'unknown' && call.conflicts === undefined && call.shouldStop === undefined) {
        throw new Error('contract: unknown without a limit')
      }
      state = answer === 'unknown' ? 'input' : answer
      if (answer === 'sat') checkModel()
      return answer
    },
    isRefuted() {
      needIdle('isRefuted')
      state = 'input'
      const refuted = engine.isRefuted()
      if (refuted && engine.solve({ assumptions: new Int32Array(0) }) !== 'unsat')
        throw new Error('contract: what was refuted has an answer')
      return refuted
    },
    value(variable) {
      need(state === 'sat', 'value')
      requireVariable(variable)
      return engine.value(variable)
    },
    model() {
      need(state === 'sat', 'model')
      return engine.model()
    },
    core() {
      need(state === 'unsat', 'core')
      const core = engine.core()
      if (known === undefined) checkCore(core)
      else if (core.join() !== known.join()) throw new Error('contract: the core changed between two looks')
      known = core.slice()
      return core
    },
    setPhase(variable, value) {
      needIdle('setPhase')
      requireVariable(variable)
      state = 'input'
      engine.setPhase(variable, value)
    },
    setPriority(variable, priority) {
      needIdle('setPriority')
      requireVariable(variable)
      if (!Number.isFinite(priority)) throw new Error(`contract: ${priority} is no priority`)
      state = 'input'
      engine.setPriority(variable, priority)
    },
    statistics() {
      need(state !== 'disposed', 'statistics')
      return engine.statistics()
    },
    dispose() {
      needIdle('dispose')
      state = 'disposed'
      engine.dispose()
    },
  }
}
