import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Formula } from '#solver'
import { cudfLines } from '../cli/cudf.ts'
import { type LibsolvAnswer, solveLibsolv } from './libsolv.ts'

/** Longest time that a foreign solver may take for one problem, ms. */
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
        `-lexicographic[${properties.map((name) => `-count[${name}:,false]`).join(',')}]`,
      ],
    },
    {
      name: 'aspcud',
      command: (problem, answer, properties) => [
        'aspcud',
        '-c',
        properties.map((name) => `-sum(solution,${name})`).join(','),
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
        solvers.map((solver) => [solver.name, solveWith(solver, folder, problem, properties, costs)]),
      ),
      libsolv: python === undefined ? undefined : solveLibsolv(python, problem),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Exit code of `timeout` for a command that it had to end. */
const TIMED_OUT = 124

function solveWith(
  solver: CudfSolver,
  folder: string,
  problem: string,
  properties: readonly string[],
  costs: ReadonlyMap<string, ReadonlyMap<string, number>>,
): CudfAnswer {
  const answer = join(folder, `${solver.name}.answer`)
  const [program, ...words] = solver.command(problem, answer, properties)
  const started = performance.now()
  // It ends the solver together with the processes that it started.
  const patience = ['--kill-after=1', String(PATIENCE / 1000), program!]
  const run = spawnSync('timeout', [...patience, ...words], { stdio: 'ignore' })
  const milliseconds = performance.now() - started
  if (run.status === TIMED_OUT || run.status === null)
    return { milliseconds, outcome: 'late', values: new Map() }
  let text = ''
  try {
    text = readFileSync(answer, 'utf8')
  } catch {
    // No file: no answer.
  }
  if (run.status !== 0 || !/^package: /m.test(text))
    return { milliseconds, outcome: 'none', values: new Map() }
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
