import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Solve steps timed in one process. */
const REPEAT = 5
/** Longest time for reading and solving, ms. */
const PATIENCE = 120_000

/** What libsolv made of a problem. It promises no optimum. */
export interface LibsolvAnswer {
  /** Milliseconds of each solve step; reading and building the pool come on top. */
  readonly milliseconds: readonly number[]
  /** Milliseconds that it took to index who provides what, once for all solve steps. */
  readonly indexed: number
  readonly found: boolean
  /** Sum of each objective over the packages of the answer, by property name, in the order of the problem. */
  readonly values: Readonly<Record<string, number>>
}

/** A Python that has the bindings of libsolv, or undefined. */
export function findLibsolv(): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import solv']).status === 0,
  )
}

/** Has libsolv read a CUDF problem and solve it. Undefined where it ended without an answer of either kind. */
export function solveLibsolv(python: string, problem: string): LibsolvAnswer | undefined {
  const script = join(process.env.PKG6_PROJECT_ROOT ?? '.', 'bench', 'libsolv.py')
  const run = spawnSync(python, [script, problem, String(REPEAT)], {
    encoding: 'utf8',
    timeout: PATIENCE,
  })
  if (run.status === 0) return JSON.parse(run.stdout)
  console.log(`libsolv: ${run.stderr.trim().split('\n').at(-1) ?? 'no answer in time'}`)
  return undefined
}
