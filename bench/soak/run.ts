// Makes up requests on the recorded catalogs and checks every answer; see ../README.md.
// Usage: node scripts/run.mjs bench/soak/run.ts [N] [--seed S] [--minutes M] [--catalog NAME] [--only K] [--show] [--prove K] [--recorded] [--fuzz N] [--small N] [--oracle N]
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeProblem } from '#model'
import { loadBackend, solverMessages } from '#solver'
import { drawFrom } from '../../test/support/formula.ts'
import { installedSolvers } from '../cudf-solvers.ts'
import { checkCase, checkForeign, type SoakEngines, sizeOf } from './checks.ts'
import { fuzzPlan } from './fuzz.ts'
import { compareExhaustively } from './oracle.ts'
import { proveCase, proveRecorded } from './proofs.ts'
import { makeCase, type SoakCase } from './requests.ts'
import { compareSmall } from './small.ts'
import { loadWorld, worldNames } from './worlds.ts'

/** Every so many requests logic-solver, which is slow, takes part. */
const THIRD_ENGINE_EVERY = 20
/** And mccs and aspcud, where they are installed, on what is small enough for them. */
const FOREIGN_EVERY = 10

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string' },
      catalog: { type: 'string', multiple: true },
      only: { type: 'string' },
      show: { type: 'boolean', default: false },
      prove: { type: 'string' },
      fuzz: { type: 'string' },
      small: { type: 'string' },
      oracle: { type: 'string' },
      recorded: { type: 'boolean', default: false },
    },
  })
  const root = process.env.PKG6_PROJECT_ROOT ?? '.'
  const data = join(root, '..', 'shared', 'data')
  if (values.fuzz !== undefined) {
    const count = Number(values.fuzz)
    console.log(`seed ${values.seed}`)
    const wrong = fuzzPlan(root, Number(values.seed), count)
    console.log(`${count} commands, ${wrong} wrong`)
    process.exitCode = wrong === 0 ? 0 : 1
    return
  }
  const small = values.small ?? values.oracle
  if (small !== undefined) {
    console.log(`seed ${values.seed}`)
    const compare = values.small === undefined ? compareExhaustively : compareSmall
    const wrong = await compare(Number(values.seed), Number(small))
    process.exitCode = wrong === 0 ? 0 : 1
    return
  }
  if (!existsSync(data)) {
    console.log('skipped: the recorded catalogs are not beside the project')
    return
  }
  if (values.recorded) {
    const faults = await proveRecorded(data, join(root, 'build', 'bench-index'))
    console.log(faults === 0 ? 'all proved' : `${faults} wrong`)
    process.exitCode = faults === 0 ? 0 : 1
    return
  }
  const seed = Number(values.seed)
  const proveEvery = values.prove === undefined ? undefined : Number(values.prove)
  const proved = { requests: 0, proofs: 0, steps: 0 }
  const wanted = Number(positionals[0] ?? (values.minutes === undefined ? 300 : Number.POSITIVE_INFINITY))
  const end =
    values.minutes === undefined
      ? Number.POSITIVE_INFINITY
      : performance.now() + 60_000 * Number(values.minutes)
  const names = values.catalog ?? worldNames
  const worlds = await Promise.all(
    names.map((name) => loadWorld(data, join(root, 'build', 'bench-index'), name)),
  )
  const [main, cadical, third] = [
    await loadBackend('minisat-wasm'),
    await loadBackend('cadical'),
    await loadBackend('logic-solver'),
  ]
  console.log(`seed ${seed}`)
  const foreign = installedSolvers()
  if (foreign.length === 0) console.log('skipped: neither mccs nor aspcud is installed')
  let compared = 0
  const outcomes = new Map<string, number>()
  let done = 0
  let wrong = 0
  let slowest = 0
  const first = values.only === undefined ? 0 : Number(values.only)
  const last = values.only === undefined ? wanted : first + 1
  for (let index = first; index < last && performance.now() < end; index += 1) {
    const draw = drawFrom(seed * 1_000_003 + index)
    const world = worlds[index % worlds.length]!
    const others = index % THIRD_ENGINE_EVERY === 0 ? [cadical, third] : [cadical]
    const engines: SoakEngines = { main, others, judge: cadical }
    const started = performance.now()
    let made: SoakCase | undefined
    let faults: readonly string[]
    let outcome = 'thrown'
    let text = ''
    try {
      made = makeCase(world, draw, main)
      const checked = checkCase(made, engines)
      faults = checked.wrong
      outcome = checked.answer.ok
        ? sizeOf(checked.answer.value.plan) === 0
          ? 'nothing to do'
          : 'plan'
        : checked.answer.error.code.replace(/.*::/, '')
      if (!checked.answer.ok) text = describeProblem(solverMessages, checked.answer.error)
    } catch (error) {
      faults = [`thrown: ${error instanceof Error ? error.stack : String(error)}`]
    }
    if (made !== undefined && faults.length === 0 && proveEvery !== undefined && index % proveEvery === 0) {
      const proof = await proveCase(made)
      proved.requests += proof === undefined ? 0 : 1
      proved.proofs += proof?.proofs ?? 0
      proved.steps += proof?.steps ?? 0
      faults = proof?.faults ?? []
    }
    if (made !== undefined && faults.length === 0 && foreign.length > 0 && index % FOREIGN_EVERY === 0) {
      const found = checkForeign(made, main, foreign)
      compared += found.compared
      faults = found.wrong
    }
    slowest = Math.max(slowest, performance.now() - started)
    done += 1
    const key = `${made?.request.operation ?? '?'}: ${outcome}`
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
    if (faults.length > 0) wrong += 1
    if (faults.length === 0 && !values.show) continue
    console.log(`${index} ${world.name}: ${made === undefined ? '' : describe(made)} -> ${outcome}`)
    if (values.show && text !== '') console.log(text.replaceAll(/^/gm, '    '))
    for (const fault of faults.slice(0, 5)) console.log(`  WRONG ${fault}`)
  }
  for (const [key, count] of [...outcomes].sort()) console.log(`${String(count).padStart(6)}  ${key}`)
  if (proved.requests > 0) {
    console.log(
      `proved on whole catalogs: ${proved.requests} requests, ${proved.proofs} proofs, ${proved.steps} steps`,
    )
  }
  if (foreign.length > 0)
    console.log(`answers of ${foreign.map(({ name }) => name).join(', ')} compared: ${compared}`)
  console.log(`slowest request with all its checks: ${(slowest / 1000).toFixed(1)} s`)
  console.log(`${done} requests, ${wrong} wrong`)
  process.exitCode = wrong === 0 ? 0 : 1
}

function describe({ request, traits }: SoakCase): string {
  const words = [request.operation, ...request.patterns, ...request.reject.map((text) => `--reject ${text}`)]
  return `${words.join(' ')} (${traits.join(', ')})`
}

await main()
