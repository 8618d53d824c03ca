import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cost, costProbe } from './cost.ts'
import { median } from './statistics.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const pkg6 = join(root, 'dist', 'bin', 'pkg6.cjs')

interface Run extends Cost {
  readonly status: number
  readonly milliseconds: number
  readonly output: string
}

function runOnce(scratch: string, words: readonly string[]): Run {
  const file = join(scratch, 'cost')
  const started = process.hrtime.bigint()
  const child = spawnSync(process.execPath, ['--import', costProbe, ...words], {
    encoding: 'utf8',
    env: { ...process.env, PKG6_BENCH_COST: file },
    maxBuffer: 2 ** 28,
  })
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6
  const cost = JSON.parse(readFileSync(file, 'utf8')) as Cost
  return { status: child.status ?? -1, milliseconds, ...cost, output: child.stdout + child.stderr }
}

function row(name: string, runs: readonly Run[], bare: number, reference = ''): void {
  const time = median(runs.map((run) => run.milliseconds))
  const peak = median(runs.map((run) => run.peak))
  const cpu = median(runs.map((run) => run.processor))
  const over = Math.round(time - bare)
  process.stdout.write(
    `${name.padEnd(46)} ${Math.round(time).toString().padStart(6)} ms (bare node + ${over}) ${Math.round(cpu).toString().padStart(6)} ms of processor ${Math.round(peak).toString().padStart(5)} MiB${reference}\n`,
  )
}

/** What was recorded of the reference client for the same catalogs, on another day. */
const recordedRefresh = ' (reference client: 7,800 ms, 504 MB)'

/** One image on the real catalogs: how long whole processes take with a cold and a warm index. Returns false when a command failed. */
export async function benchPreview(): Promise<boolean> {
  const catalogs = join(root, '..', 'shared', 'data', 'catalogs')
  if (!existsSync(catalogs)) {
    process.stdout.write('skipped: the large catalogs are not beside the project\n')
    return true
  }
  const scratch = mkdtempSync(join(tmpdir(), 'pkg6-bench-'))
  try {
    return measure(catalogs, scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function measure(catalogs: string, scratch: string): boolean {
  const image = join(scratch, 'image')
  const bare = median(
    Array.from({ length: 7 }, () => runOnce(scratch, ['--input-type=module', '-e', '0']).milliseconds),
  )
  process.stdout.write(`bare node: ${Math.round(bare)} ms\n`)
  const must = (words: readonly string[]): Run => {
    const run = runOnce(scratch, [pkg6, ...words])
    if (run.status !== 0) throw new Error(`pkg6 ${words.join(' ')} exited ${run.status}:\n${run.output}`)
    return run
  }
  const origin = (name: string): string => `file://${join(catalogs, name)}/`
  must(['image-create', '-F', '--variant', 'variant.arch=i386', image])
  const set = ['-R', image, 'set-publisher', '--no-refresh', '-g']
  must([...set, origin('oi-hipster'), 'openindiana.org'])
  must([...set, origin('oi-hipster-encumbered'), 'hipster-encumbered'])
  row(
    'refresh --full (both catalogs)',
    Array.from({ length: 3 }, () => must(['-R', image, 'refresh', '--full'])),
    bare,
    recordedRefresh,
  )
  const index = join(image, 'var', 'pkg', 'cache', 'catalog.index')
  const preview = ['-R', image, 'install', '-n', '-v', '--no-refresh', 'metapackages/build-essential']
  const colds = Array.from({ length: 3 }, () => {
    rmSync(index, { force: true })
    return must(preview)
  })
  row('install -nv build-essential, cold index', colds, bare)
  const warms = Array.from({ length: 7 }, () => must(preview))
  row('install -nv build-essential, warm index', warms, bare)
  const difference = (value: (run: Run) => number): number =>
    median(colds.map(value)) - median(warms.map(value))
  const build = [difference((run) => run.milliseconds), difference((run) => run.processor)].map(Math.round)
  process.stdout.write(`to build the index (cold less warm): ${build[0]} ms, ${build[1]} ms of processor\n`)
  row(
    'list -af (every version)',
    Array.from({ length: 3 }, () => must(['-R', image, 'list', '-af', '--no-refresh'])),
    bare,
  )
  return true
}
