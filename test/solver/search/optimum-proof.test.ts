import fc from 'fast-check'
import { loadMinisat } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import { loadBackend, type SatBackend } from '#solver'
import { createUniverse } from '../../../solver/lookup/universe.ts'
import { resolvePatterns } from '../../../solver/question/patterns.ts'
import { createQuestion, type Question, Role } from '../../../solver/question/question.ts'
import { createTrim, type Trim } from '../../../solver/rules/trim.ts'
import { createMinimiser } from '../../../solver/search/minimise.ts'
import { type Objective, objectivesOf, stemCost } from '../../../solver/search/objective.ts'
import { createSession, type Session } from '../../../solver/search/session.ts'
import { muteBackend } from '../../support/mute-backend.ts'
import { newProofChecker } from '../../support/proof-check.ts'
import { sampled } from '../../support/sampling.ts'
import { type Scenario, scenarioInput } from '../../support/scenario.ts'
import { smallScenario } from '../../support/small-worlds.ts'
import { tallScenario } from '../../support/tall-worlds.ts'

const newSolver = await loadMinisat()
const newBackend = await loadBackend('minisat-wasm')

interface Optimum {
  readonly id: string
  readonly value: number
}

/** Carries out the search of the product, objective by objective; undefined where there is no answer to make better. */
function search(question: Question, trim: Trim): readonly Optimum[] | undefined {
  const engine = newBackend()
  try {
    const session = createSession(question, trim, engine, {})
    session.open([...question.request.order, ...(question.exact ? [] : installedToStay(question))])
    const first = session.solve([])
    if (first === undefined) return undefined
    const minimiser = createMinimiser(session, first)
    const found: Optimum[] = []
    let settled = false
    for (const objective of objectivesOf(session)) {
      if (settled && objective.refines !== undefined) continue
      const { value, ideal } = minimiser.minimise(objective)
      found.push({ id: objective.id, value })
      settled = ideal
    }
    return found
  } finally {
    engine.dispose()
  }
}

function installedToStay(question: Question): readonly number[] {
  return question.universe.installedStems.filter((stem) => question.role(stem) !== Role.rejected)
}

/** The whole catalog as clauses, with nothing left out and nothing assumed, and the unary costs of each objective. */
function wholeFormula(question: Question, trim: Trim) {
  const clauses: (readonly number[])[] = []
  const recorder: SatBackend = {
    ...muteBackend,
    addClauses(literals) {
      let clause: number[] = []
      for (const literal of literals) {
        if (literal !== 0) clause.push(literal)
        else {
          clauses.push(clause)
          clause = []
        }
      }
    },
  }
  const session = createSession(question, trim, recorder, {})
  const { encoder } = session
  const stems = Array.from({ length: question.universe.catalog.stemCount }, (_, stem) => stem)
  session.open(stems.filter((stem) => question.role(stem) !== Role.rejected))
  for (const stem of session.expanded) while (encoder.encodedFrom(stem) > 0) encoder.encodeOlder(stem)
  const objectives = objectivesOf(session).map((objective) => ({
    id: objective.id,
    costs: costsOf(session, objective),
  }))
  encoder.addOrder()
  recorder.addClauses(encoder.clauses.take())
  return { clauses, objectives, variables: encoder.variables.count }
}

function costsOf(session: Session, objective: Objective): readonly number[] {
  const costs = (objective.only === undefined ? session.expanded : [objective.only]).flatMap(
    (stem) => stemCost(objective, session, stem) ?? [],
  )
  return [...costs, ...(objective.common?.(session) ?? [])].flatMap((one) => {
    const literals: number[] = []
    for (let cost = 1; ; cost += 1) {
      const literal = one.atLeast(cost)
      if (literal === undefined) return literals
      literals.push(literal)
    }
  })
}

/** "At most `most` of the literals" as a sequential counter. */
function atMost(
  literals: readonly number[],
  most: number,
  fresh: () => number,
): readonly (readonly number[])[] {
  const clauses: number[][] = []
  let before: number[] = []
  for (const literal of literals) {
    const count = Array.from({ length: most }, fresh)
    if (most > 0) clauses.push([-literal, count[0]!])
    else clauses.push([-literal])
    for (const [place, variable] of before.entries()) {
      clauses.push([-variable, count[place]!])
      clauses.push(place + 1 < most ? [-literal, -variable, count[place + 1]!] : [-literal, -variable])
    }
    before = count
  }
  return clauses
}

/** Asks for an answer; checks the proof of a "no" step by step. Returns the number of its steps, or undefined for "yes". */
function proveNone(clauses: readonly (readonly number[])[]): number | undefined {
  const checker = newProofChecker()
  for (const clause of clauses) checker.given(clause)
  const solver = newSolver({ onProof: (step, literals) => checker.step(step, Array.from(literals)) })
  try {
    solver.addClauses(Int32Array.from(clauses.flatMap((clause) => [...clause, 0])))
    if (solver.solve() === 'sat') return undefined
    expect(checker.follows([])).toBe(true)
    return checker.counts.add
  } finally {
    solver.dispose()
  }
}

function checkOptimum(scenario: Scenario, seen: { proofs: number; steps: number }): void {
  const { catalog, snapshot, request } = scenarioInput({ default_publisher: 't' }, scenario)
  const universe = createUniverse(catalog, snapshot)
  const resolved = resolvePatterns(universe, request)
  if (!resolved.ok) return
  const question = createQuestion(universe, resolved.value, { exact: request.operation === 'exact-install' })
  const trim = createTrim(question)
  const optima = search(question, trim)
  const { clauses, objectives, variables } = wholeFormula(question, trim)
  let last = variables
  const fresh = () => {
    last += 1
    return last
  }
  const fixed = [...clauses]
  if (optima === undefined) return
  for (const { id, value } of optima) {
    const { costs } = objectives.find((one) => one.id === id)!
    if (value > 0) {
      const steps = proveNone([...fixed, ...atMost(costs, value - 1, fresh)])
      expect(steps, `${id} can be below ${value}`).toBeDefined()
      seen.proofs += 1
      seen.steps += steps ?? 0
    }
    fixed.push(...atMost(costs, value, fresh))
  }
  expect(proveNone(fixed), 'the optimum is no answer').toBeUndefined()
}

describe('the next better value of each objective is impossible on the whole catalog, with a checked proof', () => {
  test('small worlds with all types of dependencies', () => {
    const seen = { proofs: 0, steps: 0 }
    fc.assert(
      fc.property(smallScenario, (scenario) => checkOptimum(scenario, seen)),
      { numRuns: sampled(250, 700) },
    )
    expect(seen.proofs).toBeGreaterThan(sampled(10, 30))
  })

  test('worlds with many versions, of which the search leaves most out', () => {
    const seen = { proofs: 0, steps: 0 }
    fc.assert(
      fc.property(tallScenario, (scenario) => checkOptimum(scenario, seen)),
      { numRuns: sampled(70, 200) },
    )
    expect(seen.proofs).toBeGreaterThan(sampled(28, 80))
    expect(seen.steps).toBeGreaterThan(sampled(3, 10))
  })
})
