// Runs a file of solver scenarios and prints those that come out otherwise than the file says.
// Usage: npm run scenarios -- [--sat-backend NAME] [--facts] FILE
import { readFileSync } from 'node:fs'
import { type BackendName, backendNames, explainText, loadBackend } from '#solver'
import { mismatch, outcomeOf, runScenario, type ScenarioFile } from '../test/support/scenario.ts'

const args = process.argv.slice(2)
let backend: string = backendNames[0]
let facts = false
const files: string[] = []
for (let index = 0; index < args.length; index += 1) {
  const arg = args[index]!
  if (arg === '--sat-backend') {
    index += 1
    backend = args[index] ?? ''
  } else if (arg === '--facts') facts = true
  else files.push(arg)
}
const isBackend = (name: string): name is BackendName => (backendNames as readonly string[]).includes(name)
if (files.length !== 1 || !isBackend(backend)) {
  console.error(`usage: npm run scenarios -- [--sat-backend ${backendNames.join('|')}] [--facts] FILE`)
  process.exit(2)
}
const file: ScenarioFile = JSON.parse(readFileSync(files[0]!, 'utf8'))
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
