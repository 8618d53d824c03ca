import { loadMinisat, OutOfMemoryError } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import { brokenBy, drawFrom, flat, pigeonFormula, uniformFormula } from '../../support/formula.ts'

const newSolver = await loadMinisat()
const hard = flat(pigeonFormula(8))

describe('limits', () => {
  test.each([0, 1, 10, 500])('at most %i conflicts', (conflicts) => {
    const solver = newSolver()
    solver.addClauses(hard)
    expect(solver.solve({ conflicts })).toBe('unknown')
    expect(solver.statistics().conflicts).toBe(conflicts)
    expect(() => solver.core()).toThrow('there is no core')
    expect(() => solver.value(1)).toThrow('there is no model')
  })

  test('propagations', () => {
    const solver = newSolver()
    solver.addClauses(hard)
    expect(solver.solve({ propagations: 1000 })).toBe('unknown')
    expect(solver.statistics().propagations).toBeGreaterThanOrEqual(1000)
    expect(solver.statistics().propagations).toBeLessThan(2000)
  })

  test('a limit ends one solve; the next goes on from what was learnt', () => {
    const solver = newSolver()
    solver.addClauses(flat(pigeonFormula(6)))
    let rounds = 0
    let answer = solver.solve({ conflicts: 50 })
    while (answer === 'unknown') {
      rounds++
      answer = solver.solve({ conflicts: 50 })
    }
    expect(answer).toBe('unsat')
    expect(rounds).toBeGreaterThan(1)
    expect(rounds).toBeLessThan(1000)
  })

  test('a problem without conflicts is solved with a limit of 0', () => {
    const solver = newSolver()
    solver.addClauses(
      flat([
        [1, 2],
        [-1, 3],
      ]),
    )
    expect(solver.solve({ conflicts: 0 })).toBe('sat')
  })

  test('shouldStop is asked now and then, and ends the search', () => {
    const solver = newSolver()
    solver.addClauses(hard)
    let looks = 0
    expect(solver.solve({ shouldStop: () => ++looks === 5 })).toBe('unknown')
    expect(looks).toBe(5)
    const { conflicts } = solver.statistics()
    expect(conflicts).toBeGreaterThan(100)
    expect(conflicts).toBeLessThan(2000)
  })

  test('being asked changes nothing: the search is the same', () => {
    const formula = flat(uniformFormula(drawFrom(3), 150, 640, 3))
    const [quiet, asked] = [newSolver(), newSolver()]
    quiet.addClauses(formula)
    asked.addClauses(formula)
    let looks = 0
    expect(asked.solve({ shouldStop: () => ++looks < 0 })).toBe(quiet.solve())
    expect(looks).toBeGreaterThan(1)
    expect(asked.statistics()).toEqual(quiet.statistics())
  })

  test('what shouldStop throws comes through, and the solver stays usable', () => {
    const solver = newSolver()
    solver.addClauses(hard)
    const stop = () => {
      throw new Error('stopped by the test')
    }
    expect(() => solver.solve({ shouldStop: stop })).toThrow('stopped by the test')
    expect(solver.solve({ conflicts: 1 })).toBe('unknown')
  })

  test('no call is legal from inside a search', () => {
    const solver = newSolver()
    solver.addClauses(hard)
    let message = ''
    const meddle = () => {
      try {
        solver.addClauses(Int32Array.of(1, 0))
      } catch (error) {
        message = (error as Error).message
      }
      return true
    }
    expect(solver.solve({ shouldStop: meddle })).toBe('unknown')
    expect(message).toBe('the solver is searching')
  })
})

describe('arguments', () => {
  test.each<{ name: string; call: (solver: ReturnType<typeof newSolver>) => void; says: string }>([
    { name: 'an open clause', call: (s) => s.addClauses(Int32Array.of(1)), says: 'not ended by 0' },
    {
      name: 'a literal out of range',
      call: (s) => s.addClauses(Int32Array.of(-(2 ** 31), 0)),
      says: 'not a literal',
    },
    {
      name: 'a plain array',
      call: (s) => s.addClauses([1, 0] as unknown as Int32Array),
      says: 'an Int32Array',
    },
    {
      name: 'a zero assumption',
      call: (s) => s.solve({ assumptions: Int32Array.of(0) }),
      says: 'assumption is 0',
    },
    { name: 'a negative limit', call: (s) => s.solve({ conflicts: -1 }), says: 'a limit' },
    { name: 'variable 0', call: (s) => s.setPhase(0, true), says: 'not a variable' },
    { name: 'priority NaN', call: (s) => s.setPriority(1, Number.NaN), says: 'not a priority' },
  ])('$name is refused and changes nothing', ({ call, says }) => {
    const solver = newSolver()
    expect(() => call(solver)).toThrow(says)
    solver.addClauses(Int32Array.of(1, 0))
    expect(solver.solve()).toBe('sat')
    solver.dispose()
    expect(() => solver.solve()).toThrow('disposed')
  })
})

describe('memory', () => {
  test('grows with the problem, also while the staging buffer is in use', () => {
    const draw = drawFrom(8)
    const formula = uniformFormula(draw, 40_000, 100_000, 3)
    const solver = newSolver()
    const before = solver.statistics().memoryBytes
    solver.addClauses(flat(formula))
    expect(solver.statistics().memoryBytes).toBeGreaterThan(before * 8)
    expect(solver.solve()).toBe('sat')
    expect(brokenBy(solver.value, formula, [])).toBeUndefined()
    solver.setPhase(500_000, true)
    expect(brokenBy(solver.value, formula, [])).toBeUndefined()
  })

  test('a clause longer than the staging buffer and than a chunk of clauses', () => {
    const long = Array.from({ length: 400_000 }, (_, index) => -(index + 1))
    const solver = newSolver()
    solver.addClauses(flat([long, [1, 2]]))
    expect(solver.solve({ assumptions: Int32Array.from({ length: 399_999 }, (_, index) => index + 1) })).toBe(
      'sat',
    )
    expect(solver.value(400_000)).toBe(false)
    expect(solver.value(399_999)).toBe(true)
  })

  test.each([
    { name: 'many variables', clauses: Int32Array.of(100_000_000, 0) },
    { name: 'many clauses', clauses: flat(uniformFormula(drawFrom(1), 500, 60_000, 4)) },
  ])('a full memory is an error of its own, and final: $name', ({ clauses }) => {
    const solver = newSolver({ maximumBytes: 1 << 20 })
    expect(() => solver.addClauses(clauses)).toThrow(OutOfMemoryError)
    expect(() => solver.solve()).toThrow(OutOfMemoryError)
    expect(() => solver.addClauses(Int32Array.of(1, 0))).toThrow(OutOfMemoryError)
    solver.dispose()
    expect(newSolver().solve()).toBe('sat')
  })

  test('memory that runs out during a search', () => {
    const solver = newSolver({ maximumBytes: 5 << 16, tuning: { reduceFirst: 1e9 } })
    solver.addClauses(hard)
    expect(() => solver.solve()).toThrow(OutOfMemoryError)
    expect(() => solver.solve()).toThrow(OutOfMemoryError)
  })

  test('forgetting keeps memory small', () => {
    const run = (reduceFirst: number) => {
      const solver = newSolver({ tuning: { reduceFirst, reduceStep: 0 } })
      solver.addClauses(hard)
      solver.solve({ conflicts: 6000 })
      return solver.statistics()
    }
    const [forgetful, hoarding] = [run(200), run(1e9)]
    expect(forgetful.learnts).toBeLessThan(hoarding.learnts / 2)
    expect(forgetful.memoryBytes).toBeLessThan(hoarding.memoryBytes)
  })
})

describe('determinism', () => {
  test('same calls, same statistics, same model', () => {
    const run = () => {
      const draw = drawFrom(77)
      const solver = newSolver()
      const seen: unknown[] = []
      for (let round = 0; round < 5; round++) {
        solver.addClauses(flat(uniformFormula(draw, 120, 96, 3)))
        for (let v = 1; v <= 20; v++) solver.setPriority(v, draw(5) - 2)
        seen.push(solver.solve({ assumptions: Int32Array.of(1, -2, 3) }), solver.statistics())
      }
      return seen
    }
    expect(run()).toEqual(run())
  })

  test('higher priorities are decided first, equal ones in the order of their numbers', () => {
    // At most one of four may be true; all want to be: who is asked first wins.
    const formula = flat([
      [-1, -2],
      [-1, -3],
      [-1, -4],
      [-2, -3],
      [-2, -4],
      [-3, -4],
    ])
    const winner = (priorities: readonly number[]) => {
      const solver = newSolver()
      solver.addClauses(formula)
      for (let v = 1; v <= 4; v++) solver.setPhase(v, true)
      for (const [index, priority] of priorities.entries()) solver.setPriority(index + 1, priority)
      expect(solver.solve()).toBe('sat')
      return [1, 2, 3, 4].filter((v) => solver.value(v))
    }
    expect(winner([0, 0, 0, 0])).toEqual([1])
    expect(winner([0, 0, 5, 1])).toEqual([3])
    expect(winner([-1, -0.5, -1, -2])).toEqual([2])
  })
})
