import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contractBackend, loadBackend, SatCapacityError } from '#solver'
import { availableEngines } from '../../support/engines.ts'
import { flat } from '../../support/formula.ts'
import { sampled } from '../../support/sampling.ts'

const VARIABLES = 6

const literal = fc
  .tuple(fc.integer({ min: 1, max: VARIABLES }), fc.boolean())
  .map(([variable, positive]) => (positive ? variable : -variable))
const formula = fc.array(fc.array(literal, { minLength: 1, maxLength: 4 }), { maxLength: 25 })

/** Truth by trying all assignments. */
function isSatisfiable(clauses: readonly (readonly number[])[]): boolean {
  for (let bits = 0; bits < 1 << VARIABLES; bits += 1) {
    const holds = (one: number) => ((bits >> (Math.abs(one) - 1)) & 1) === (one > 0 ? 1 : 0)
    if (clauses.every((clause) => clause.some(holds))) return true
  }
  return false
}

const engines = await availableEngines()

describe.each([...engines])('%s', (name, newBackend) => {
  test('answers, models and cores are right, also when clauses come later', () => {
    const fresh = contractBackend(newBackend)
    fc.assert(
      fc.property(formula, formula, fc.uniqueArray(literal, { maxLength: 4 }), (first, later, assumed) => {
        const engine = fresh()
        const units = (literals: Iterable<number>) => [...literals].map((one) => [one])
        const ask = (clauses: readonly (readonly number[])[]) => {
          const answer = engine.solve({ assumptions: Int32Array.from(assumed) })
          expect(answer).toBe(isSatisfiable([...clauses, ...units(assumed)]) ? 'sat' : 'unsat')
          if (answer === 'unsat') expect(isSatisfiable([...clauses, ...units(engine.core())])).toBe(false)
        }
        engine.addClauses(flat(first))
        ask(first)
        engine.addClauses(flat(later))
        ask([...first, ...later])
        engine.dispose()
      }),
      { numRuns: name === 'logic-solver' ? sampled(40, 150) : 150 },
    )
  })

  test('a stop before the search is an unknown', () => {
    const engine = newBackend()
    engine.addClauses(flat([[1, 2]]))
    const answer = engine.solve({ assumptions: new Int32Array(0), shouldStop: () => true })
    // An engine that polls now and then may be done before it asks.
    expect(['unknown', 'sat']).toContain(answer)
    engine.dispose()
  })
})

test('the contract refuses calls in the wrong state', async () => {
  const engine = contractBackend(await loadBackend('cadical'))()
  expect(() => engine.value(1)).toThrow('contract: value in state input')
  expect(() => engine.core()).toThrow('contract: core in state input')
  engine.addClauses(flat([[1]]))
  expect(engine.solve({ assumptions: Int32Array.of(-1) })).toBe('unsat')
  expect([...engine.core()]).toEqual([-1])
  expect(engine.solve({ assumptions: new Int32Array(0) })).toBe('sat')
  expect(engine.value(1)).toBe(true)
  engine.dispose()
  expect(() => engine.addClauses(flat([[2]]))).toThrow('contract: addClauses in state disposed')
})

test('logic-solver says in the words of the port when its heap is full, and prints nothing', async () => {
  const engine = (await loadBackend('logic-solver'))()
  const printed: string[] = []
  const { log } = console
  console.log = (text: string) => printed.push(text)
  try {
    // Long clauses, because the engine takes as long for a short one.
    const clause = Array.from({ length: 1500 }, (_, index) => index + 1)
    const clauses = Int32Array.from(Array.from({ length: 100 }, () => [...clause, 0]).flat())
    const fill = () => {
      for (let round = 0; round < 200; round += 1) {
        engine.addClauses(clauses)
        engine.solve({ assumptions: new Int32Array(0) })
      }
    }
    expect(fill).toThrow(SatCapacityError)
  } finally {
    console.log = log
  }
  expect(printed).toEqual([])
})
