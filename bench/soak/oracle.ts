import fc from 'fast-check'
import { loadBackend } from '#solver'
import { answerKinds, compareWithOracle } from '../../test/support/oracle-check.ts'
import { deepScenario, tightScenario, wideScenario } from '../../test/support/small-worlds.ts'

/**
 * Random small images with avoid lists, parents, actuators and all operations, against an exhaustive search. Prints what differs;
 * the number of requests that do.
 */
export async function compareExhaustively(seed: number, count: number): Promise<number> {
  const newBackend = await loadBackend('minisat-wasm')
  const seen = new Map(answerKinds.map((kind) => [kind, 0]))
  let wrong = 0
  for (const [index, scenario] of fc
    .sample(fc.oneof(wideScenario, deepScenario, tightScenario), { seed, numRuns: count })
    .entries()) {
    const { kind, differences } = compareWithOracle(scenario, newBackend)
    seen.set(kind, seen.get(kind)! + 1)
    if (differences.length === 0) continue
    wrong += 1
    console.log(`${index}: ${JSON.stringify(scenario)}`)
    for (const text of differences) console.log(`  WRONG ${text}`)
  }
  const kinds = [...seen].map(([kind, number]) => `${kind} ${number}`).join(', ')
  console.log(`${count} small requests (${kinds}), ${wrong} wrong`)
  return wrong
}
