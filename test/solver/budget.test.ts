import { describe, expect, test } from 'vitest'
import { loadBackend, type NewSatBackend, resolveInstall, SatCapacityError } from '#solver'
import { type Scenario, scenarioInput } from '../support/scenario.ts'

const file = { default_publisher: 't' }
const scenario: Scenario = {
  id: 'budget',
  title: 'two alternatives, each with a follower',
  catalog: [
    { fmri: 'app@1', depends: [{ type: 'require-any', fmri: ['b', 'c'] }] },
    { fmri: 'b@1', depends: [{ type: 'require', fmri: 'd' }] },
    { fmri: 'b@2', depends: [{ type: 'require', fmri: 'e' }] },
    { fmri: 'c@1' },
    { fmri: 'd@1' },
    { fmri: 'e@1' },
  ],
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
