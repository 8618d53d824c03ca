import { Cadical } from 'cadical-wasm'
import { loadMinisat } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import {
  brokenBy,
  drawFrom,
  type Formula,
  flat,
  parityFormula,
  pigeonFormula,
  uniformFormula,
} from '../../support/formula.ts'
import { newProofChecker } from '../../support/proof-check.ts'
import { tinyLimits } from '../../support/tiny-limits.ts'

const newSolver = await loadMinisat()

async function referenceAnswer(formula: Formula): Promise<'sat' | 'unsat'> {
  const solver = await Cadical.create({ quiet: true })
  solver.addClauses(formula)
  const answer = solver.solve()
  solver.dispose()
  expect(answer).not.toBe('unknown')
  return answer === 'satisfiable' ? 'sat' : 'unsat'
}

describe('the kernel on formulas that need search', () => {
  test.each([2, 3, 4, 5, 6, 7])('%i holes are too few', (holes) => {
    for (const options of [undefined, tinyLimits]) {
      const solver = newSolver(options)
      solver.addClauses(flat(pigeonFormula(holes)))
      expect(solver.solve()).toBe('unsat')
    }
  })

  test.each([8, 12, 16])('parity of %i variables in two orders', (length) => {
    for (const contradict of [true, false]) {
      const formula = parityFormula(drawFrom(length), length, contradict)
      const solver = newSolver()
      solver.addClauses(flat(formula))
      expect(solver.solve()).toBe(contradict ? 'unsat' : 'sat')
      if (!contradict) expect(brokenBy(solver.value, formula, [])).toBeUndefined()
    }
  })

  test('random 3-SAT at the threshold: same answers as CaDiCaL, also with tiny limits', async () => {
    const answers = { sat: 0, unsat: 0 }
    let learnt = 0
    for (let seed = 1; seed <= 24; seed++) {
      const variables = 60 + seed * 4
      const formula = uniformFormula(drawFrom(seed), variables, Math.round(variables * 4.26), 3)
      const expected = await referenceAnswer(formula)
      answers[expected]++
      for (const options of variables < 130 ? [undefined, tinyLimits] : [undefined]) {
        const solver = newSolver(options)
        solver.addClauses(flat(formula))
        expect(solver.solve(), `seed ${seed}`).toBe(expected)
        if (expected === 'sat') expect(brokenBy(solver.value, formula, [])).toBeUndefined()
        learnt += solver.statistics().conflicts
        solver.dispose()
      }
    }
    expect(answers.sat).toBeGreaterThan(4)
    expect(answers.unsat).toBeGreaterThan(4)
    expect(learnt).toBeGreaterThan(5000)
  })

  test('clauses and assumptions that come bit by bit: same answers as CaDiCaL, cores really fail', async () => {
    let cores = 0
    for (let seed = 1; seed <= 12; seed++) {
      const draw = drawFrom(seed * 101)
      const variables = 70
      const ours = newSolver(seed % 2 === 0 ? tinyLimits : undefined)
      const reference = await Cadical.create({ quiet: true })
      const formula: number[][] = []
      for (let round = 0; round < 8; round++) {
        const added = uniformFormula(draw, variables, 36, 3)
        formula.push(...added)
        ours.addClauses(flat(added))
        reference.addClauses(added)
        const assumptions = Array.from({ length: draw(12) }, () => (1 + draw(variables)) * (draw(2) ? 1 : -1))
        const answer = ours.solve({ assumptions: Int32Array.from(assumptions) })
        expect(answer, `seed ${seed} round ${round}`).toBe(
          reference.solve({ assumptions }) === 'satisfiable' ? 'sat' : 'unsat',
        )
        if (answer === 'sat') {
          expect(brokenBy(ours.value, formula, assumptions)).toBeUndefined()
        } else {
          const core = [...ours.core()]
          cores++
          expect(core.every((literal) => assumptions.includes(literal))).toBe(true)
          expect(reference.solve({ assumptions: core })).toBe('unsatisfiable')
        }
      }
      reference.dispose()
      ours.dispose()
    }
    expect(cores).toBeGreaterThan(20)
  })
})

describe('proofs of the kernel', () => {
  test.each([
    { name: 'pigeons', formula: pigeonFormula(4) },
    { name: 'parity', formula: parityFormula(drawFrom(5), 7, true) },
    { name: 'random', formula: uniformFormula(drawFrom(11), 36, 220, 3) },
  ])('each step follows, up to the empty clause: $name', ({ formula }) => {
    for (const options of [{}, tinyLimits]) {
      const checker = newProofChecker()
      formula.forEach(checker.given)
      let last: readonly number[] | undefined
      const solver = newSolver({
        ...options,
        onProof: (kind, literals) => {
          last = [...literals]
          checker.step(kind, last)
        },
      })
      solver.addClauses(flat(formula))
      expect(solver.solve()).toBe('unsat')
      expect(last).toEqual([])
      expect(checker.counts.add).toBeGreaterThan(5)
      if (options === tinyLimits) expect(checker.counts.delete).toBeGreaterThan(0)
    }
  })

  test('clauses added later and failed assumptions are covered too', () => {
    let failures = 0
    for (let seed = 1; seed <= 12; seed++) {
      const draw = drawFrom(seed * 31)
      const checker = newProofChecker()
      const solver = newSolver({
        ...tinyLimits,
        onProof: (kind, literals) => checker.step(kind, [...literals]),
      })
      for (let round = 0; round < 5; round++) {
        const added = uniformFormula(draw, 30, 22, 3)
        added.forEach(checker.given)
        solver.addClauses(flat(added))
        const assumptions = Int32Array.from({ length: 6 }, () => (1 + draw(30)) * (draw(2) ? 1 : -1))
        if (solver.solve({ assumptions }) !== 'unsat') continue
        failures++
        expect(checker.follows([...solver.core()].map((literal) => -literal))).toBe(true)
      }
    }
    expect(failures).toBeGreaterThan(10)
  })
})
