import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Formula, Resolution } from '#solver'
import { cudfLines } from '../cli/commands/preview/cudf.ts'
import { type LibsolvAnswer, solveLibsolv } from './libsolv.ts'

/** Longest time that a foreign solver may take for one problem unless the caller has less patience, ms. */
const PATIENCE = 10_000

/** A solver of package upgrade problems that is installed on this machine. */
export interface CudfSolver {
  readonly name: string
  /** Words of the command for a problem with these objectives. */
  command(problem: string, answer: string, properties: readonly string[]): readonly string[]
}

/** Those of the known solvers that are installed. */
export function installedSolvers(): readonly CudfSolver[] {
  const known: readonly CudfSolver[] = [
    {
      name: 'mccs',
      command: (problem, answer, properties) => [
        'mccs',
        '-i',
        problem,
        '-o',
        answer,
        // Without objectives any answer is as good, but the list may not be empty.
        `-lexicographic[${properties.length === 0 ? '-removed' : properties.map((name) => `-count[${name}:,false]`).join(',')}]`,
      ],
    },
    {
      name: 'aspcud',
      command: (problem, answer, properties) => [
        'aspcud',
        '-c',
        properties.length === 0 ? '-removed' : properties.map((name) => `-sum(solution,${name})`).join(','),
        problem,
        answer,
      ],
    },
  ]
  return known.filter(({ name }) => spawnSync('which', [name]).status === 0)
}

export interface CudfAnswer {
  readonly milliseconds: number
  /** `none` where the solver found no answer, `late` where it took too long. */
  readonly outcome: 'answer' | 'none' | 'late'
  /** Sum of each objective over the packages of the answer, by property name, in the order of the problem. */
  readonly values: ReadonlyMap<string, number>
}

export interface ForeignAnswers {
  readonly cudf: ReadonlyMap<string, CudfAnswer>
  readonly libsolv: LibsolvAnswer | undefined
}

/** Writes a problem once and has each solver work on it; `python` has libsolv, where that is installed. */
export function solveForeign(
  formula: Formula,
  solvers: readonly CudfSolver[],
  python: string | undefined,
  patience = PATIENCE,
): ForeignAnswers {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-cudf-'))
  try {
    const problem = join(folder, 'problem.cudf')
    const lines = [...cudfLines(formula)]
    writeFileSync(problem, `${lines.join('\n')}\n`)
    const properties = propertiesOf(lines)
    const costs = costsOf(lines, properties)
    return {
      cudf: new Map(
        solvers.map((solver) => [
          solver.name,
          solveWith(solver, { folder, problem, properties, costs, patience }),
        ]),
      ),
      libsolv: python === undefined ? undefined : solveLibsolv(python, problem),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sets the objective values of a foreign answer against ours, most important first. */
export function compareForeign(
  { outcome, values }: CudfAnswer,
  resolution: Pick<Resolution, 'plan'> | undefined,
): string {
  if (outcome === 'late') return 'not in time'
  if (outcome === 'none') return resolution === undefined ? 'no answer either' : 'found no answer'
  if (resolution === undefined) return 'FAULT: has an answer'
  for (const [name, value] of values) {
    // Refinements have numbered properties; only whole objectives are compared.
    const own = resolution.plan.objectives.find(({ id }) => id === name)?.value
    if (own === undefined || own === value) continue
    return own < value
      ? `worse in ${name}: ${value}, ours ${own}`
      : `FAULT: better in ${name}: ${value}, ours ${own}`
  }
  return 'same values'
}

/** Exit code of `timeout` for a command that it had to end. */
const TIMED_OUT = 124

/** A problem on disk. */
interface Task {
  readonly folder: string
  readonly problem: string
  readonly properties: readonly string[]
  readonly costs: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Milliseconds. */
  readonly patience: number
}

function solveWith(solver: CudfSolver, { folder, problem, properties, costs, patience }: Task): CudfAnswer {
  const answer = join(folder, `${solver.name}.answer`)
  const [program, ...words] = solver.command(problem, answer, properties)
  const started = performance.now()
  // It ends the solver together with the processes that it started.
  const limit = ['--kill-after=1', String(patience / 1000), program!]
  const run = spawnSync('timeout', [...limit, ...words], { stdio: 'ignore' })
  const milliseconds = performance.now() - started
  if (run.status === TIMED_OUT || run.status === null)
    return { milliseconds, outcome: 'late', values: new Map() }
  let text = 'FAIL'
  try {
    text = readFileSync(answer, 'utf8')
  } catch {
    // No file: no answer.
  }
  // An answer without packages is an empty text, or a preamble.
  if (run.status !== 0 || /^FAIL/m.test(text)) return { milliseconds, outcome: 'none', values: new Map() }
  const values = new Map(properties.map((name) => [name, 0]))
  for (const stanza of stanzasOf(text.split('\n'))) {
    if (stanza.get('installed') !== 'true') continue
    for (const [name, cost] of costs.get(`${stanza.get('package')}=${stanza.get('version')}`) ?? []) {
      values.set(name, values.get(name)! + cost)
    }
  }
  return { milliseconds, outcome: 'answer', values }
}

function propertiesOf(lines: readonly string[]): readonly string[] {
  const line = lines.find((text) => text.startsWith('property: '))
  if (line === undefined) return []
  return line
    .slice('property: '.length)
    .split(', ')
    .map((text) => text.split(':')[0]!)
}

function* stanzasOf(lines: readonly string[]): Generator<ReadonlyMap<string, string>> {
  let stanza = new Map<string, string>()
  for (const line of [...lines, '']) {
    const colon = line.indexOf(': ')
    if (line === '') {
      if (stanza.has('package')) yield stanza
      stanza = new Map()
    } else if (!line.startsWith('#') && colon > 0) stanza.set(line.slice(0, colon), line.slice(colon + 2))
  }
}

function costsOf(
  lines: readonly string[],
  properties: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const costs = new Map<string, ReadonlyMap<string, number>>()
  for (const stanza of stanzasOf(lines)) {
    const own = properties.flatMap((name): [string, number][] =>
      stanza.has(name) ? [[name, Number(stanza.get(name))]] : [],
    )
    if (own.length > 0) costs.set(`${stanza.get('package')}=${stanza.get('version')}`, new Map(own))
  }
  return costs
}
