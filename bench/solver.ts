// Solves the recorded requests on the recorded catalogs with every engine and checks each answer; see README.md.
// Usage: node scripts/run.mjs bench/solver.ts [--sat-backend NAME] [--repeat N] [--facts] [--foreign [--whole]] [--first] [--generated [--large]] [--seed N] [ID ...]
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BackendName, backendNames, type Formula, loadBackend, type Phase } from '#solver'
import { wholeFormula } from '../test/support/whole-formula.ts'
import { checkAnswer } from './answer-check.ts'
import { compareForeign, installedSolvers, solveForeign } from './cudf-solvers.ts'
import { benchFirstSolves, solveOnce } from './first-solve.ts'
import { benchGenerated } from './generated.ts'
import { findLibsolv, type LibsolvAnswer } from './libsolv.ts'
import { type RequestResult, runRequests } from './requests.ts'
import { median, percentile } from './statistics.ts'

interface Options {
  readonly data: string
  readonly cache: string
  readonly repeat: number
  readonly facts: boolean
  readonly only: readonly string[]
  readonly conflicts: number | undefined
  /** Has libsolv solve the problem of the whole catalog too. */
  readonly whole: boolean
}

/** What one engine needed for each request. */
interface EngineTimes {
  readonly faults: number
  /** Median milliseconds by request. */
  readonly times: ReadonlyMap<string, number>
  readonly unsolvable: ReadonlySet<string>
}

async function benchEngine(
  name: BackendName,
  options: Options,
  plans: Map<string, string>,
): Promise<EngineTimes> {
  const newBackend = await loadBackend(name)
  const times = new Map<string, number>()
  const unsolvable = new Set<string>()
  const ratios: string[] = []
  let faults = 0
  console.log(`\n-- engine ${name}`)
  const results = runRequests({
    data: options.data,
    newBackend,
    repeat: options.repeat,
    only: options.only,
    cache: options.cache,
    ...(options.conflicts === undefined ? {} : { conflicts: options.conflicts }),
  })
  for await (const result of results) {
    if (result.outcome === 'ips::solver_error::backend_capacity') {
      console.log(`${result.id}  over the capacity of the engine`)
      continue
    }
    const check = checkAnswer(options.data, result)
    const found = [...check.faults, ...differsFrom(plans, result)]
    faults += found.length
    const time = median(result.milliseconds)
    times.set(result.id, time)
    if (result.resolution === undefined) unsolvable.add(result.id)
    console.log(describe(result, time, check.comparison, found))
    if (options.facts && result.text !== undefined) console.log(result.text.replaceAll(/^/gm, '    '))
    if (check.recorded !== undefined) {
      const { wall, solve_wall: solve } = check.recorded.seconds
      const times = (seconds: number) => `${Math.round((1000 * seconds) / time)}x`
      ratios.push(
        `${result.id} ${times(wall)} (${wall.toFixed(1)} s${solve === undefined || solve === 0 ? '' : `; its solver alone ${times(solve)}`})`,
      )
    }
  }
  summarise([...times.values()])
  if (name === backendNames[0]) {
    compareKinds(times, unsolvable)
    console.log(
      `recorded whole-process times of the reference client against these solves:\n  ${ratios.join('\n  ')}`,
    )
  }
  return { faults, times, unsolvable }
}

/** What of a search compares with the solve step of another solver: no reading of the request, no plan, no explanation. */
const SOLVE_STEP: ReadonlySet<string> = new Set<Phase>(['search', 'minimise', 'ties'])

/** The same problems for foreign solvers, in the same run: time and the value of each objective. */
async function benchForeign(options: Options): Promise<number> {
  const solvers = installedSolvers()
  const missing = ['mccs', 'aspcud'].filter((name) => !solvers.some((solver) => solver.name === name))
  console.log(
    `\n-- foreign solvers on the cone${missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : ''}`,
  )
  const python = findLibsolv()
  if (python === undefined) console.log('libsolv is left out: no Python with its bindings')
  if (solvers.length === 0 && python === undefined) return 0
  const ratios = new Map<string, number[]>()
  const note = (key: string, ratio: number) => ratios.set(key, [...(ratios.get(key) ?? []), ratio])
  let faults = 0
  let formula: Formula | undefined
  let steps: number[] = []
  const results = runRequests({
    data: options.data,
    repeat: options.repeat,
    only: options.only,
    cache: options.cache,
    newBackend: await loadBackend(backendNames[0]!),
    trace: (round) => ({
      now: () => performance.now(),
      onPhase: (phase, milliseconds) => {
        if (SOLVE_STEP.has(phase)) steps[round] = (steps[round] ?? 0) + milliseconds
      },
      onSearched: (view) => {
        // What watches costs time: only the first repetition writes the formula.
        if (round === 0) formula = view.formula()
      },
    }),
  })
  for await (const result of results) {
    const problem = formula
    const ownStep = median(steps.slice(1))
    formula = undefined
    steps = []
    if (problem === undefined) continue
    const own = median(result.milliseconds.slice(1))
    const kind = result.resolution === undefined ? 'without solution' : 'with solution'
    const parts = [result.id, `ours ${own.toFixed(1)} ms, solve step ${ownStep.toFixed(2)}`]
    const answers = solveForeign(problem, solvers, python)
    for (const [name, answer] of answers.cudf) {
      const ratio = answer.milliseconds / own
      note(`${name} (whole process) against ours (whole, in process), ${kind}`, ratio)
      note(`${name} (whole process) against our solve step`, answer.milliseconds / ownStep)
      const verdict = compareForeign(answer, result.resolution)
      if (verdict.startsWith('FAULT')) faults += 1
      parts.push(`${name} ${answer.milliseconds.toFixed(0)} ms (${ratio.toFixed(1)}x, ${verdict})`)
    }
    if (answers.libsolv !== undefined) {
      const time = median(answers.libsolv.milliseconds)
      note('libsolv (solve step) against our solve step', time / ownStep)
      const verdict = compareLibsolv(answers.libsolv, result)
      if (verdict.startsWith('FAULT')) faults += 1
      parts.push(
        `libsolv ${time.toFixed(2)} ms after ${answers.libsolv.indexed.toFixed(1)} (${(time / ownStep).toFixed(2)}x of the step, ${verdict})`,
      )
    }
    const whole =
      python === undefined || !options.whole
        ? undefined
        : wholeFormula(result.catalog, result.snapshot, result.request)
    if (python !== undefined && whole !== undefined) {
      const answer = solveForeign(whole, [], python).libsolv
      if (answer !== undefined) {
        const time = median(answer.milliseconds)
        note('libsolv (solve step, whole catalog) against our solve step (whole catalog)', time / ownStep)
        parts.push(
          `libsolv on the whole catalog ${time.toFixed(1)} ms after ${answer.indexed.toFixed(1)} (${(time / ownStep).toFixed(1)}x of the step, ${compareLibsolv(answer, result)})`,
        )
      }
    }
    console.log(parts.join('  '))
  }
  for (const [name, list] of ratios) {
    console.log(
      `${name}: median ${median(list).toFixed(1)}x, least ${Math.min(...list).toFixed(2)}x, of ${list.length}`,
    )
  }
  return faults
}

/** The first objective in which libsolv's answer differs from ours: it is no optimum, and may not be better. */
function compareLibsolv({ found, values }: LibsolvAnswer, { resolution }: RequestResult): string {
  if (!found) return resolution === undefined ? 'no answer either' : 'found no answer'
  if (resolution === undefined) return 'FAULT: has an answer'
  for (const [name, value] of Object.entries(values)) {
    const own = resolution.plan.objectives.find(({ id }) => id === name)?.value
    if (own !== undefined && own !== value) {
      return `${own < value ? 'worse' : 'FAULT: better'} in ${name}: ${value}, ours ${own}`
    }
  }
  return 'same values'
}

/** All engines must give the plan of the first one. */
function differsFrom(
  plans: Map<string, string>,
  { id, resolution, outcome }: RequestResult,
): readonly string[] {
  const text = resolution === undefined ? outcome : JSON.stringify(resolution.plan)
  const known = plans.get(id)
  plans.set(id, known ?? text)
  return known === undefined || known === text ? [] : ['another plan than the first engine']
}

function describe(
  { id, outcome, milliseconds, resolution }: RequestResult,
  time: number,
  comparison: string,
  faults: readonly string[],
): string {
  const parts = [id, outcome, `${time.toFixed(1)} ms (first ${milliseconds[0]!.toFixed(1)})`]
  if (resolution !== undefined) {
    const { plan, statistics } = resolution
    parts.push(`+${plan.add.length} -${plan.remove.length} ~${plan.update.length}`)
    parts.push(
      `stems ${statistics.stemsInCone} variables ${statistics.variables} clauses ${statistics.clauses} solves ${statistics.solves} conflicts ${statistics.conflicts}`,
    )
    const values = plan.objectives.filter(({ refines, value }) => value > 0 && refines === undefined)
    if (values.length > 0)
      parts.push(values.map((objective) => `${objective.id}=${objective.value}`).join(' '))
  }
  if (comparison !== '') parts.push(`recorded plan: ${comparison}`)
  if (faults.length > 0) parts.push(`FAULTS: ${faults.slice(0, 3).join('; ')}`)
  return parts.join('  ')
}

function summarise(times: readonly number[]): void {
  if (times.length === 0) return
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  const figures = [median(times), percentile(times, 95), Math.max(...times)].map((time) => time.toFixed(1))
  console.log(
    `${times.length} requests: median ${figures[0]} ms, p95 ${figures[1]} ms, worst ${figures[2]} ms; largest resident size so far ${peak} MiB`,
  )
}

function compareKinds(times: ReadonlyMap<string, number>, unsolvable: ReadonlySet<string>): void {
  const kinds = [true, false].map((kind) => [...times].filter(([id]) => unsolvable.has(id) === kind))
  const [no, yes] = kinds.map((kind) => median(kind.map(([, time]) => time)))
  if (kinds.some((kind) => kind.length === 0)) return
  console.log(
    `median with solution ${yes!.toFixed(1)} ms, without ${no!.toFixed(1)} ms: ratio ${(no! / yes!).toFixed(2)}`,
  )
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'sat-backend': { type: 'string', multiple: true },
      repeat: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      data: { type: 'string' },
      conflicts: { type: 'string' },
      facts: { type: 'boolean', default: false },
      generated: { type: 'boolean', default: false },
      foreign: { type: 'boolean', default: false },
      whole: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
    },
  })
  if (values.generated) {
    await benchGenerated({ seed: Number(values.seed), large: values.large })
    return
  }
  const root = process.env.PKG6_PROJECT_ROOT ?? '.'
  const options: Options = {
    data: values.data ?? join(root, '..', 'shared', 'data'),
    cache: join(root, 'build', 'bench-index'),
    repeat: Number(values.repeat),
    facts: values.facts,
    only: positionals,
    conflicts: values.conflicts === undefined ? undefined : Number(values.conflicts),
    whole: values.whole,
  }
  if (!existsSync(options.data)) {
    console.log('skipped: the recorded requests are not beside the project')
    return
  }
  if (values.once) {
    const { data, only, cache } = options
    await solveOnce({ data, only, cache, repeat: 1 }, backendNames[0]!)
    return
  }
  if (values.first) {
    benchFirstSolves(options.data, options.only, options.repeat)
    return
  }
  const names = values['sat-backend'] ?? backendNames
  const unknown = names.filter((name) => !backendNames.some((known) => known === name))
  if (unknown.length > 0) throw new Error(`no such engine: ${unknown.join(', ')}`)
  const plans = new Map<string, string>()
  let faults = 0
  for (const name of backendNames) {
    if (names.includes(name)) faults += (await benchEngine(name, options, plans)).faults
  }
  if (values.foreign) faults += await benchForeign({ ...options, repeat: Math.max(2, options.repeat) })
  console.log(faults === 0 ? '\nall as expected' : `\n${faults} not as expected`)
  process.exitCode = faults === 0 ? 0 : 1
}

await main()
