import { join } from 'node:path'
import { loadMinisat } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import { type Formula, loadBackend } from '#solver'
import { type RequestResult, runRequests } from '../../../bench/requests.ts'
import { drawFrom, hasModel, messyFormula } from '../../support/formula.ts'
import { prove, proveObjectives } from '../../support/objective-proof.ts'
import { newPropagationChecker } from '../../support/proof-propagation.ts'
import { sampled } from '../../support/sampling.ts'
import { projectRoot, sharedData } from '../../support/shared-data.ts'

const newSolver = await loadMinisat()
const data = sharedData('data', 'requests') === undefined ? undefined : sharedData('data')

/** Runs one recorded request and takes the problem that was searched. */
async function run(id: string): Promise<{ formula: Formula; result: RequestResult }> {
  let formula: Formula | undefined
  const runs = runRequests({
    data: data!,
    newBackend: await loadBackend('minisat-wasm'),
    repeat: 1,
    only: [id],
    cache: join(projectRoot, 'build', 'bench-index'),
    trace: () => ({
      now: () => 0,
      onPhase: () => {},
      onSearched: (view) => {
        formula = view.formula()
      },
    }),
  })
  for await (const result of runs) return { formula: formula!, result }
  throw new Error(`no request ${id}`)
}

describe.skipIf(data === undefined)('recorded requests on real catalogs, from the exported problem', () => {
  // The others are proved by `npm run soak -- --recorded`.
  test.each(sampled(['A14', 'C07'], ['A14', 'C01', 'C07']))(
    'no better value is possible at any objective of %s',
    async (id) => {
      const { formula, result } = await run(id)
      const { objectives } = result.resolution!.plan
      const found = proveObjectives(formula, objectives, newSolver)
      expect(found.faults).toEqual([])
      expect(found.proofs).toBeGreaterThan(0)
      expect(found.steps).toBeGreaterThan(100)
      // The method sees a value that is too high, and one that is too low.
      const last = objectives.findLastIndex(({ value }) => value > 0)
      const changed = (by: number) =>
        objectives.slice(0, last + 1).map((level, index) => ({
          id: level.id,
          value: level.value + (index === last ? by : 0),
        }))
      const { id: level, value } = objectives[last]!
      expect(proveObjectives(formula, changed(1), newSolver).faults).toEqual([
        `${level} can be below ${value + 1}`,
      ])
      expect(proveObjectives(formula, changed(-1), newSolver).faults).toEqual([
        'the values do not go together',
      ])
    },
  )

  test.each(['A13', 'C12'])('%s has no answer', async (id) => {
    const { formula, result } = await run(id)
    expect(result.resolution).toBeUndefined()
    expect(prove(formula, [], formula.variables, newSolver)).toBeGreaterThanOrEqual(0)
  })
})

test('the checker of large proofs refutes what has no model by its proof, and nothing else', () => {
  const draw = drawFrom(20261122)
  const seen = { refuted: 0, kept: 0, caught: 0 }
  for (let round = 0; round < 400; round += 1) {
    const formula = messyFormula(draw, 10, 10 + draw(50), 5)
    const steps: Int32Array[] = []
    const solver = newSolver({ onProof: (kind, literals) => kind === 'add' && steps.push(literals) })
    solver.addClauses(Int32Array.from(formula.flatMap((clause) => [...clause, 0])))
    solver.solve()
    solver.dispose()
    const checker = newPropagationChecker(10)
    for (const clause of formula) checker.given(clause)
    for (const step of steps) checker.add(step)
    const satisfiable = hasModel(10, formula, [])
    expect(checker.isRefuted).toBe(!satisfiable)
    seen[satisfiable ? 'kept' : 'refuted'] += 1
    if (!satisfiable) continue
    // A literal that some model denies does not follow.
    const literal = (1 + draw(10)) * (draw(2) === 0 ? 1 : -1)
    if (!hasModel(10, formula, [-literal])) continue
    expect(() => checker.add([literal])).toThrow('does not follow')
    seen.caught += 1
  }
  expect(Math.min(seen.refuted, seen.kept, seen.caught)).toBeGreaterThan(30)
})
