// Runs a file of solver scenarios and prints those that come out otherwise than the file says.
// Usage: npm run scenarios -- [--sat-backend NAME] [--facts] FILE
import { parseArgs } from 'node:util'
import { type BackendName, backendNames, explainText, loadBackend } from '#solver'
import { readJsonObject } from '../cli/io/json-file.ts'
import { mismatch, outcomeOf, runScenario, type ScenarioFile } from '../test/support/scenario.ts'

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    'sat-backend': { type: 'string', default: backendNames[0] },
    facts: { type: 'boolean', default: false },
  },
})
const { 'sat-backend': backend, facts } = values
const isBackend = (name: string): name is BackendName => (backendNames as readonly string[]).includes(name)
if (files.length !== 1 || !isBackend(backend)) {
  console.error(`usage: npm run scenarios -- [--sat-backend ${backendNames.join('|')}] [--facts] FILE`)
  process.exit(2)
}
const read = await readJsonObject(files[0]!, process.cwd())
if (!read.ok) {
  const { error } = read
  console.error(
    `scenarios.ts: ${files[0]}: ${'errno' in error ? `cannot be read (${error.errno})` : 'is no JSON object'}`,
  )
  process.exit(2)
}
const file = read.value as ScenarioFile
if (!Array.isArray(file.scenarios)) {
  console.error(`scenarios.ts: ${files[0]}: has no list of scenarios`)
  process.exit(2)
}
const newBackend = await loadBackend(backend)
let failed = 0
for (const scenario of file.scenarios) {
  const result = runScenario(file, scenario, newBackend)
  const problem = mismatch(scenario, outcomeOf(file, scenario, result))
  if (problem !== undefined) {
    failed += 1
    console.log(`${scenario.id}: ${problem}`)
  }
  if (facts && !result.ok && 'facts' in result.error) {
    console.log(`${scenario.id}:`)
    for (const line of explainText(result.error)) console.log(`  ${line}`)
  }
}
console.log(`${file.scenarios.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
