import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadBackend } from '#solver'
import { sampled } from '../support/sampling.ts'
import { runScenario, type Scenario } from '../support/scenario.ts'
import { smallScenario } from '../support/small-worlds.ts'
import { tallScenario } from '../support/tall-worlds.ts'

const file = { default_publisher: 't' }
const newBackend = await loadBackend('minisat-wasm')

/** More than a package may have to be read one by one. */
const padding = Array.from({ length: 600 }, (_, k) => ({ type: 'incorporate', fmri: `unknown${k}@1` }))

/** The same world, but that packages which incorporate something incorporate hundreds of packages more that nobody offers. */
function padded(scenario: Scenario): Scenario {
  const catalog = scenario.catalog.map((entry) => {
    const { depends = [] } = entry
    const incorporates = depends.some(({ type }) => type === 'incorporate')
    return incorporates ? { ...entry, depends: [...depends, ...padding] } : entry
  })
  return { ...scenario, catalog }
}

test.each([
  ['small', smallScenario],
  ['tall', tallScenario],
])('what a package says besides does not matter: %s worlds', (_, worlds) => {
  const seen = { plans: 0, problems: 0 }
  fc.assert(
    fc.property(worlds, (scenario) => {
      const plain = runScenario(file, scenario, newBackend)
      const large = runScenario(file, padded(scenario), newBackend)
      if (plain.ok) {
        seen.plans += 1
        expect(large.ok && JSON.stringify(large.value.plan)).toBe(JSON.stringify(plain.value.plan))
      } else {
        seen.problems += 1
        expect(large).toEqual(plain)
      }
    }),
    { numRuns: sampled(100, 400), seed: 20261123 },
  )
  expect(seen.plans).toBeGreaterThan(sampled(25, 100))
  expect(seen.problems).toBeGreaterThan(sampled(5, 20))
})
