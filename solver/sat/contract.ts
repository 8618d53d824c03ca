import type { NewSatBackend, SatBackend } from './backend.ts'

/**
 * Wraps an engine so that every illegal call throws, models satisfy all clauses and assumptions, and cores are subsets
 * of the assumptions. For tests: it keeps all clauses.
 */
export function contractBackend(newBackend: NewSatBackend): NewSatBackend {
  return () => checked(newBackend())
}

function checked(engine: SatBackend): SatBackend {
  const clauses: number[][] = []
  let state: 'input' | 'sat' | 'unsat' | 'disposed' = 'input'
  let assumptions: Int32Array = new Int32Array(0)
  const need = (allowed: boolean, call: string) => {
    if (!allowed) throw new Error(`contract: ${call} in state ${state}`)
  }
  const holds = (literal: number) => engine.value(Math.abs(literal)) === literal > 0
  return {
    addClauses(literals) {
      need(state !== 'disposed', 'addClauses')
      let clause: number[] = []
      for (const literal of literals) {
        if (literal !== 0) clause.push(literal)
        else {
          clauses.push(clause)
          clause = []
        }
      }
      if (clause.length > 0) throw new Error('contract: last clause is not ended')
      state = 'input'
      engine.addClauses(literals)
    },
    solve(call) {
      need(state !== 'disposed', 'solve')
      assumptions = call.assumptions.slice()
      const answer = engine.solve(call)
      state = answer === 'unknown' ? 'input' : answer
      if (answer === 'sat') {
        for (const clause of clauses) {
          if (!clause.some(holds)) throw new Error(`contract: model breaks clause ${clause.join(' ')}`)
        }
        for (const literal of assumptions) {
          if (!holds(literal)) throw new Error(`contract: model breaks assumption ${literal}`)
        }
      }
      return answer
    },
    value(variable) {
      need(state === 'sat', 'value')
      return engine.value(variable)
    },
    core() {
      need(state === 'unsat', 'core')
      const core = engine.core()
      for (const literal of core) {
        if (!assumptions.includes(literal)) throw new Error(`contract: ${literal} in core was not assumed`)
      }
      return core
    },
    setPhase: (variable, value) => engine.setPhase(variable, value),
    setPriority: (variable, priority) => engine.setPriority(variable, priority),
    statistics: () => engine.statistics(),
    dispose() {
      need(state !== 'disposed', 'dispose')
      state = 'disposed'
      engine.dispose()
    },
  }
}
