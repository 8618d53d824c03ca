import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  backendNames,
  contractBackend,
  loadBackend,
  type NewSatBackend,
  resolveInstall,
  SatCapacityError,
} from '#solver'
import { readWorld } from '../../support/checked-world.ts'
import { findFaults, resultOf } from '../../support/plan-checker.ts'
import { sampled } from '../../support/sampling.ts'
import { type Scenario, scenarioInput } from '../../support/scenario.ts'
import { packages } from '../../support/short-scenario.ts'
import { smallScenario } from '../../support/small-worlds.ts'
import { tallScenario } from '../../support/tall-worlds.ts'

const file = { default_publisher: 't' }
const scenario: Scenario = {
  id: 'budget',
  title: 'two alternatives, each with a follower',
  catalog: packages('app@1 require-any b c', 'b@1 require d', 'b@2 require e', 'c@1', 'd@1', 'e@1'),
  image: { installed: [] },
  request: { op: 'install', patterns: ['app'] },
  expect: { add: ['app@1', 'c@1'], remove: [], update: [] },
}
const input = scenarioInput(file, scenario)

describe('a budget that runs out', () => {
  test('before any answer is a problem', async () => {
    const newBackend = await loadBackend('cadical')
    const result = resolveInstall({ ...input, newBackend, budget: { shouldStop: () => true } })
    expect(result).toEqual({
      ok: false,
      error: { code: 'ips::solver_error::budget_exhausted', conflicts: 0 },
    })
  })

  test('after the first answer gives that answer, marked as not proven', async () => {
    const newBackend = await loadBackend('cadical')
    let solves = 0
    const counting: NewSatBackend = () => {
      const engine = newBackend()
      return {
        ...engine,
        solve(call) {
          solves += 1
          return engine.solve({ assumptions: call.assumptions })
        },
      }
    }
    const result = resolveInstall({
      ...input,
      newBackend: counting,
      budget: { shouldStop: () => solves > 0 },
    })
    if (!result.ok) throw new Error(result.error.code)
    expect(result.value.plan.proof).toBe('best-found')
    expect(result.value.plan.add.map(({ fmri }) => fmri.stem)).toContain('app')
    expect(solves).toBe(1)
  })
})

describe.each(backendNames)('interrupting %s at every look', (name) => {
  test('gives nothing, a legal plan without proof, or the plan that it gives otherwise', async () => {
    const newBackend = contractBackend(await loadBackend(name))
    // Each engine of logic-solver takes a heap of 64 MiB, more than the work of a scenario.
    const numRuns = name === 'logic-solver' ? sampled(8, 25) : 25
    const worlds = fc.sample(fc.oneof(smallScenario, tallScenario), { numRuns, seed: 20261122 })
    const seen = { nothing: 0, bestFound: 0, optimal: 0 }
    for (const world of worlds) {
      const given = scenarioInput(file, world)
      const whole = resolveInstall({ ...given, newBackend, budget: {} })
      let looks = 0
      for (let limit = 0, done = false; !done && limit < 60; limit += sampled(2, 1)) {
        looks = 0
        const shouldStop = () => {
          looks += 1
          return looks > limit
        }
        const cut = resolveInstall({ ...given, newBackend, budget: { shouldStop } })
        done = looks <= limit
        if (done) expect(cut).toEqual(whole)
        if (!cut.ok) {
          const { code } = cut.error
          if (code === 'ips::solver_error::budget_exhausted') seen.nothing += 1
          else expect(code).toBe(whole.ok ? '' : whole.error.code)
        } else if (cut.value.plan.proof === 'optimal') seen.optimal += 1
        else {
          seen.bestFound += 1
          const checked = readWorld(given.catalog, given.snapshot, given.request)
          expect(findFaults(checked, resultOf(checked, cut.value.plan)), JSON.stringify(world)).toEqual([])
        }
      }
    }
    expect(Math.min(seen.nothing, seen.bestFound, seen.optimal)).toBeGreaterThan(5)
  })
})

test('a budget of conflicts ends a hard search the same way each time', async () => {
  // Ten into nine: each of ten must have a place of its own, which takes many conflicts to refute.
  const places = Array.from({ length: 9 }, (_, place) => `p${place}`)
  const wanted = Array.from({ length: 10 }, (_, index) => `w${index}`)
  const catalog: Scenario['catalog'] = [
    ...wanted.map((name) => ({
      fmri: `${name}@1`,
      depends: [{ type: 'require-any', fmri: places.map((place) => `${name}-${place}`) }],
    })),
    ...places.flatMap((place) =>
      wanted.map((name, index) => ({
        fmri: `${name}-${place}@1`,
        depends: wanted.slice(index + 1).map((other) => ({ type: 'exclude', fmri: `${other}-${place}` })),
      })),
    ),
  ]
  const hard = scenarioInput(file, { ...scenario, catalog, request: { op: 'install', patterns: wanted } })
  const newBackend = await loadBackend('minisat-wasm')
  const run = () => resolveInstall({ ...hard, newBackend, budget: { conflicts: 300 } })
  const first = run()
  expect(first).toMatchObject({ ok: false, error: { code: 'ips::solver_error::budget_exhausted' } })
  expect(run()).toEqual(first)
})

test('an engine that cannot hold the problem is a problem, not a crash', async () => {
  const newBackend = await loadBackend('cadical')
  const full: NewSatBackend = () => ({
    ...newBackend(),
    addClauses() {
      throw new SatCapacityError('small', 'heap full')
    },
  })
  const result = resolveInstall({ ...input, newBackend: full, budget: {} })
  expect(result).toMatchObject({
    error: { code: 'ips::solver_error::backend_capacity', backend: 'small' },
  })
})

test('a plain request needs few questions', async () => {
  const newBackend = await loadBackend('cadical')
  const result = resolveInstall({ ...input, newBackend, budget: {} })
  if (!result.ok) throw new Error(result.error.code)
  expect(result.value.statistics.solves).toBeLessThan(12)
  expect(result.value.plan.reasons).toMatchObject({
    app: { kind: 'asked-for', pattern: 'app' },
    c: { kind: 'required-by', dependency: 'c' },
  })
})
