import fc from 'fast-check'
import { loadBackend } from '#solver'
import { scenarioInput } from '../../test/support/scenario.ts'
import { smallScenario } from '../../test/support/small-worlds.ts'
import { installedSolvers } from '../cudf-solvers.ts'
import { checkForeign } from './checks.ts'

/**
 * Random small catalogs with all types of dependencies, against the optimum values of mccs and aspcud, as far as they are installed. Prints
 * what differs; the number of requests that do.
 */
export async function compareSmall(seed: number, count: number): Promise<number> {
  const solvers = installedSolvers()
  if (solvers.length === 0) {
    console.log('skipped: neither mccs nor aspcud is installed')
    return 0
  }
  const newBackend = await loadBackend('minisat-wasm')
  let compared = 0
  let wrong = 0
  for (const [index, scenario] of fc.sample(smallScenario, { seed, numRuns: count }).entries()) {
    const made = { ...scenarioInput({ default_publisher: 't' }, scenario), traits: [] }
    const found = checkForeign(made, newBackend, solvers)
    compared += found.compared
    if (found.wrong.length === 0) continue
    wrong += 1
    console.log(`${index}: ${JSON.stringify(scenario)}`)
    for (const text of found.wrong) console.log(`  WRONG ${text}`)
  }
  const names = solvers.map(({ name }) => name).join(', ')
  console.log(`${count} small requests, ${compared} answers of ${names} compared, ${wrong} wrong`)
  return wrong
}
