import { loadMinisat, type SolverOptions } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import { brokenBy, drawFrom, flat, hasModel, messyFormula } from '../../support/formula.ts'
import { sampled } from '../../support/sampling.ts'
import { tinyLimits } from '../../support/tiny-limits.ts'

const newSolver = await loadMinisat()

/** Adds clauses in rounds and solves under assumptions; every answer, model and core is checked on a truth table. */
function story(seed: number, options: SolverOptions | undefined): { sat: number; unsat: number } {
  const draw = drawFrom(seed)
  const variables = 2 + draw(9)
  const formula: number[][] = []
  const solver = newSolver(options)
  const counts = { sat: 0, unsat: 0 }
  for (let round = 0; round < 4; round++) {
    const added = messyFormula(draw, variables, 1 + draw(variables + 2), 2 + draw(4))
    formula.push(...added)
    solver.addClauses(flat(added))
    for (let solve = 0; solve < 2; solve++) {
      const assumptions = messyFormula(draw, variables, 1, 5)[0]!.slice(draw(2))
      const answer = solver.solve({ assumptions: Int32Array.from(assumptions) })
      expect(answer, `seed ${seed}`).toBe(hasModel(variables, formula, assumptions) ? 'sat' : 'unsat')
      if (answer === 'sat') {
        counts.sat++
        expect(brokenBy(solver.value, formula, assumptions), `seed ${seed}`).toBeUndefined()
      } else {
        counts.unsat++
        const core = [...solver.core()]
        expect(core.every((literal) => assumptions.includes(literal))).toBe(true)
        expect(new Set(core).size).toBe(core.length)
        expect(hasModel(variables, formula, core), `seed ${seed}`).toBe(false)
      }
    }
  }
  solver.dispose()
  return counts
}

describe('the kernel against truth tables', () => {
  test.each([
    ['as it is', undefined],
    ['with tiny limits', tinyLimits],
  ])('%s', (_, options) => {
    const total = { sat: 0, unsat: 0 }
    for (let seed = 1; seed <= sampled(500, 1500); seed++) {
      const counts = story(seed, options)
      total.sat += counts.sat
      total.unsat += counts.unsat
    }
    expect(total.sat).toBeGreaterThan(sampled(1000, 3000))
    expect(total.unsat).toBeGreaterThan(sampled(1000, 3000))
  })

  test.each([
    { name: 'no clauses', clauses: [], answer: 'sat' },
    { name: 'an empty clause', clauses: [[]], answer: 'unsat' },
    { name: 'opposite units', clauses: [[1], [-1]], answer: 'unsat' },
    { name: 'a tautology only', clauses: [[1, -1]], answer: 'sat' },
    {
      name: 'a literal many times',
      clauses: [
        [2, 2, 2, 2],
        [-2, 3, -2],
      ],
      answer: 'sat',
    },
    { name: 'an unused number between', clauses: [[900], [-900, 5]], answer: 'sat' },
  ])('$name: $answer', ({ clauses, answer }) => {
    const solver = newSolver()
    solver.addClauses(flat(clauses))
    expect(solver.solve()).toBe(answer)
    if (answer === 'sat') expect(brokenBy(solver.value, clauses, [])).toBeUndefined()
    else expect([...solver.core()]).toEqual([])
  })

  test('contradictory assumptions are their own core', () => {
    const solver = newSolver()
    solver.addClauses(flat([[1, 2, 3]]))
    expect(solver.solve({ assumptions: Int32Array.from([3, 2, -3, 2]) })).toBe('unsat')
    expect([...solver.core()].sort()).toEqual([-3, 3])
  })

  test('assumptions of unknown variables are fine, and hold for one solve', () => {
    const solver = newSolver()
    expect(solver.solve({ assumptions: Int32Array.from([-7, 12]) })).toBe('sat')
    expect([solver.value(7), solver.value(12), solver.value(99)]).toEqual([false, true, false])
    expect(solver.solve({ assumptions: Int32Array.from([-12]) })).toBe('sat')
    expect(solver.value(12)).toBe(false)
  })

  test('once the clauses contradict each other, cores are empty for ever', () => {
    const solver = newSolver()
    solver.addClauses(
      flat([
        [1, 2],
        [1, -2],
        [-1, 2],
        [-1, -2],
      ]),
    )
    expect(solver.solve({ assumptions: Int32Array.from([5]) })).toBe('unsat')
    expect(solver.solve({ assumptions: Int32Array.from([5]) })).toBe('unsat')
    expect([...solver.core()]).toEqual([])
    solver.addClauses(flat([[6]]))
    expect(solver.solve()).toBe('unsat')
  })
})
