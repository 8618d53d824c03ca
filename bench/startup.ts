import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cost, costProbe } from './cost.ts'
import { median, percentile } from './statistics.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const pkg6 = join(root, 'dist', 'bin', 'pkg6.cjs')
const data = join(root, '..', 'shared', 'data')

/** What a whole command with a warm index may take: milliseconds over bare node, and MiB. */
const budget = { milliseconds: 150, peak: 150 } as const

/** One command line that is timed. */
interface Case {
  readonly name: string
  readonly words: readonly string[]
  /** Exit codes of a right answer. */
  readonly exits: readonly number[]
}

/** A scratch folder with a cache of its own, so that the first run of each catalog makes the index and the others open it. */
interface Bench {
  readonly scratch: string
  readonly env: NodeJS.ProcessEnv
}

function time({ env }: Bench, words: readonly string[], exits: readonly number[]): number {
  const started = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, words, {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6
  if (!exits.includes(status ?? -1)) throw new Error(`${words.join(' ')} exited ${status}:\n${stderr}`)
  return milliseconds
}

/** The cheapest of three runs of their own: the probe takes time to load. */
function costOf(bench: Bench, words: readonly string[], exits: readonly number[]): Cost {
  const file = join(bench.scratch, 'cost')
  const env = { ...bench.env, PKG6_BENCH_COST: file }
  const runs = [1, 2, 3].map((): Cost => {
    time({ ...bench, env }, ['--import', costProbe, ...words], exits)
    return JSON.parse(readFileSync(file, 'utf8')) as Cost
  })
  const peak = Math.max(...runs.map((run) => run.peak))
  return { processor: Math.min(...runs.map((run) => run.processor)), peak }
}

const sets = [
  ['oi-hipster', ['oi-hipster', 'oi-hipster-encumbered']],
  ['debian-bookworm', ['debian-bookworm']],
] as const

/** `plan` for every recorded request. */
function planCases(): readonly Case[] {
  return sets.flatMap(([folder, catalogs]) => {
    const requests = join(data, 'requests', folder)
    return readdirSync(requests)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name): Case => {
        const file = join(requests, name)
        const { expect } = JSON.parse(readFileSync(file, 'utf8')) as {
          readonly expect: { readonly outcome: string; readonly empty?: boolean }
        }
        const solved = expect.empty === true ? [4] : [0]
        return {
          name: `plan ${name.slice(0, 3)}`,
          words: [
            'plan',
            ...catalogs.flatMap((catalog) => ['--catalog', join(data, 'catalogs', catalog)]),
            '--request',
            file,
          ],
          exits: expect.outcome === 'solution' ? solved : [1, 9],
        }
      })
  })
}

/** `install -n` in an image on the real catalogs, which is made here. */
function imageCases(bench: Bench): readonly Case[] {
  const image = join(bench.scratch, 'image')
  time(bench, [pkg6, 'image-create', '-F', '--variant', 'variant.arch=i386', image], [0])
  for (const [publisher, catalog] of [
    ['openindiana.org', 'oi-hipster'],
    ['hipster-encumbered', 'oi-hipster-encumbered'],
  ] as const) {
    const origin = `file://${join(data, 'catalogs', catalog)}/`
    time(bench, [pkg6, '-R', image, 'set-publisher', '--no-refresh', '-g', origin, publisher], [0])
  }
  time(bench, [pkg6, '-R', image, 'refresh', '--full'], [0])
  return ['metapackages/build-essential', 'editor/geany', 'mate_install'].map((name) => ({
    name: `install -n ${name}`,
    words: ['-R', image, 'install', '-n', '--no-refresh', name],
    exits: [0],
  }))
}

function row(name: string, runs: readonly number[], bare: number, { processor, peak }: Cost): boolean {
  const middle = median(runs)
  const over = middle - bare
  const met = over <= budget.milliseconds && peak <= budget.peak
  const number = (value: number): string => Math.round(value).toString().padStart(6)
  process.stdout.write(
    `${name.padEnd(42)}${number(middle)}${number(percentile(runs, 95))}${number(Math.max(...runs))}` +
      `${number(Math.min(...runs))}${number(over)}${number(processor)}${number(peak)}  ${met ? 'met' : 'missed'}\n`,
  )
  return met
}

/**
 * Whole processes with a warm index against bare node, interleaved: every recorded request by `plan`, and dry runs in an image.
 * Returns false when a command failed; a missed budget is only reported.
 */
function benchStartup(rounds: number, starts: readonly string[]): boolean {
  if (!existsSync(join(data, 'requests')) || !existsSync(pkg6)) {
    process.stdout.write('skipped: no recorded requests beside the project, or the commands are not built\n')
    return true
  }
  const scratch = mkdtempSync(join(tmpdir(), 'pkg6-bench-'))
  try {
    const bench = { scratch, env: { ...process.env, XDG_CACHE_HOME: join(scratch, 'cache') } }
    return measure(bench, rounds, starts)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function measure(bench: Bench, rounds: number, starts: readonly string[]): boolean {
  const wanted = ({ name }: Case): boolean =>
    starts.length === 0 || starts.some((start) => name.replace(/^plan /, '').startsWith(start))
  const plans = planCases().filter(wanted)
  const images = starts.length === 0 || starts.includes('install') ? imageCases(bench) : []
  const cases = [...plans, ...images]
  const empty = ['--input-type=module', '-e', '0']
  const bareCost = costOf(bench, empty, [0])
  const costs = cases.map((one): Cost => {
    // Once before, so that the index is there.
    time(bench, [pkg6, ...one.words], one.exits)
    const cost = costOf(bench, [pkg6, ...one.words], one.exits)
    return { ...cost, processor: cost.processor - bareCost.processor }
  })
  const bare: number[] = []
  const times = cases.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1)
    cases.forEach((one, index) => {
      bare.push(time(bench, empty, [0]))
      times[index]?.push(time(bench, [pkg6, ...one.words], one.exits))
    })
  const base = median(bare)
  process.stdout.write(
    `bare node: ${Math.round(base)} ms median, ${Math.round(Math.min(...bare))} least, of ${bare.length}; ${Math.round(bareCost.processor)} ms of processor time\n` +
      `${'ms (over, cpu: beyond bare node), MiB'.padEnd(42)}median   p95 worst least  over   cpu  peak  node + ${budget.milliseconds} ms, ${budget.peak} MiB\n`,
  )
  const met = cases.filter((one, index) =>
    row(one.name, times[index] ?? [], base, costs[index] ?? { processor: 0, peak: 0 }),
  ).length
  const overs = times.map((runs) => median(runs) - base)
  const all = times.flat()
  process.stdout.write(
    `all: median ${Math.round(median(all))}, p95 ${Math.round(percentile(all, 95))}, worst ${Math.round(Math.max(...all))} ms; ` +
      `over bare node: median ${Math.round(median(overs))}, worst ${Math.round(Math.max(...overs))} ms; ` +
      `peak ${Math.round(Math.max(...costs.map((cost) => cost.peak)))} MiB; budget met ${met}, missed ${cases.length - met}\n`,
  )
  return true
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
})
if (!benchStartup(Math.max(1, Number.parseInt(values.rounds, 10) || 1), positionals)) process.exitCode = 1
