import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { loadBackend, type NewSatBackend, resolveInstall } from '#solver'
import { reasonChains } from '../../../cli/commands/preview/reason-chain.ts'
import { scenarioInput } from '../../support/scenario.ts'
import { smallScenario } from '../../support/small-worlds.ts'

let newBackend: NewSatBackend
beforeAll(async () => {
  newBackend = await loadBackend('minisat-wasm')
})

test('every change has one chain, without circles, that ends where nothing else is to be asked', () => {
  let changes = 0
  fc.assert(
    fc.property(smallScenario, (scenario) => {
      const answer = resolveInstall({
        ...scenarioInput({ default_publisher: 'test' }, scenario),
        newBackend,
        budget: {},
      })
      if (!answer.ok) return
      const { plan } = answer.value
      for (const { package: name, chain } of reasonChains(plan)) {
        changes += 1
        const last = chain.at(-1)
        expect(
          ['asked-for', 'newer-version', 'rejected', 'obsoleted-by', 'installed'],
          `${name} ${JSON.stringify(chain)}`,
        ).toContain(last?.kind)
      }
    }),
    { numRuns: 400 },
  )
  expect(changes).toBeGreaterThan(100)
})
