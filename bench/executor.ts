// Installs and removes a generated image, by the executor alone and by whole pkg6 processes from a repository on disk, and in the same
// run unpacks the same content with tar. Needs the built dist/.
// Usage: node scripts/run.mjs bench/executor.ts [--files N] [--rounds N] [--seed N] [--folder DIR]
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { ApplyFigures } from './apply.ts'
import { type Cost, costProbe } from './cost.ts'
import { median } from './statistics.ts'
import { generateTree } from './tree.ts'
import { makeTreeRepository } from './tree-repository.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const pkg6 = join(root, 'dist', 'bin', 'pkg6.cjs')

interface Sample {
  /** Milliseconds of reading manifests and planning; 0 for tar. */
  readonly plan: number
  readonly run: number
  /** Processor time of the run, all threads. */
  readonly processor: number
  /** MiB. */
  readonly peak: number
}

function must(program: string, words: readonly string[]): string {
  const child = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (child.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${child.stderr}`)
  return child.stdout
}

/** What earlier runs left to the disk must not be waited for by the next one. */
function settle(): void {
  must('sync', [])
}

/** Milliseconds of `0m1.234s` that the shell says its children took. */
function shellTime(text: string): number {
  return [...text.matchAll(/([0-9]+)m([0-9.]+)s/g)]
    .slice(-2)
    .reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0)
}

function timed(program: string, words: readonly string[]): Sample {
  settle()
  const started = performance.now()
  const said = must('sh', ['-c', '"$@" && times', 'sh', program, ...words])
  return { plan: 0, run: performance.now() - started, processor: shellTime(said), peak: 0 }
}

/** One tree, and an image and a folder of tar beside it. */
class Ground {
  readonly #tree: string
  readonly #image: string
  readonly #out: string
  readonly #repository: string
  readonly #cost: string

  constructor(folder: string) {
    this.#repository = join(folder, 'repository')
    this.#cost = join(folder, 'cost')
    this.#tree = join(folder, 'tree')
    this.#image = join(folder, 'image')
    this.#out = join(folder, 'out')
  }

  async generate(files: number, seed: number): Promise<void> {
    mkdirSync(this.#tree, { recursive: true })
    const { packages, bytes } = await generateTree(this.#tree, files, seed)
    must('tar', ['-C', join(this.#tree, 'plain'), '-cf', join(this.#tree, 'content.tar'), '.'])
    rmSync(join(this.#tree, 'plain'), { recursive: true })
    await makeTreeRepository(this.#tree, this.#repository)
    const megabytes = Math.round(bytes / 2 ** 20)
    process.stdout.write(`${files} files of ${packages} packages, ${megabytes} MiB, seed ${seed}\n`)
  }

  apply(what: 'install' | 'remove' | 'preview' | 'verify', ...options: readonly string[]): Sample {
    if (what !== 'remove') mkdirSync(join(this.#image, 'var', 'pkg'), { recursive: true })
    settle()
    const script = [join(root, 'scripts', 'run.mjs'), 'bench/apply.ts', what, this.#tree, this.#image]
    const figures = JSON.parse(must(process.execPath, [...script, ...options])) as ApplyFigures
    const left = what === 'remove' ? readdirSync(this.#image) : []
    if (left.length > 1) throw new Error(`removal left ${left.join(', ')}`)
    return { ...figures, plan: figures.parse + figures.plan }
  }

  /** One command in a process of its own, from its start to its end. */
  command(name: string, ...words: readonly string[]): Sample {
    settle()
    const started = performance.now()
    const child = spawnSync(
      process.execPath,
      ['--import', costProbe, pkg6, '-R', this.#image, name, ...words],
      {
        encoding: 'utf8',
        env: { ...process.env, PKG6_BENCH_COST: this.#cost },
      },
    )
    if (child.status !== 0) throw new Error(`pkg6 ${name}: ${child.stderr}`)
    const run = performance.now() - started
    return { plan: 0, run, ...(JSON.parse(readFileSync(this.#cost, 'utf8')) as Cost) }
  }

  /** Whole processes on a new image, which is empty again afterwards. */
  commands(samples: Map<string, Sample>): void {
    rmSync(this.#image, { recursive: true, force: true })
    must(process.execPath, [
      pkg6,
      'image-create',
      '-F',
      '-p',
      pathToFileURL(this.#repository).href,
      this.#image,
    ])
    samples.set('pkg6 install', this.command('install', '-q', 'part/*'))
    samples.set('pkg6 verify', this.command('verify', '-q'))
    samples.set('pkg6 uninstall', this.command('uninstall', '-q', 'part/*'))
    rmSync(this.#image, { recursive: true })
  }

  unpack(): Sample {
    mkdirSync(this.#out)
    return timed('tar', ['-C', this.#out, '-xf', join(this.#tree, 'content.tar')])
  }

  discard(): Sample {
    return timed('rm', ['-rf', this.#out])
  }

  round(): ReadonlyMap<string, Sample> {
    const samples = new Map<string, Sample>()
    samples.set('tar -x', this.unpack())
    samples.set('rm -rf', this.discard())
    samples.set('install -n', this.apply('preview'))
    for (const level of ['none', 'full']) {
      samples.set(`install --fsync=${level}`, this.apply('install', level))
      if (level === 'full') samples.set('verify', this.apply('verify'))
      samples.set(`remove --fsync=${level}`, this.apply('remove', level))
    }
    this.commands(samples)
    return samples
  }
}

/** What a row is compared with. */
function baseline(name: string): string | undefined {
  if (name.startsWith('install --') || name === 'pkg6 install') return 'tar -x'
  return name.startsWith('remove') || name === 'pkg6 uninstall' ? 'rm -rf' : undefined
}

/** Bytes by which memory grows with each file, from a tenth of the files to all. */
function perFile(files: number, peak: number, few: number): number | '' {
  return few === 0 ? '' : Math.round(((peak - few) * 2 ** 20) / (files - Math.ceil(files / 10)))
}

function report(
  files: number,
  rounds: readonly ReadonlyMap<string, Sample>[],
  few: ReadonlyMap<string, Sample>,
): void {
  process.stdout.write(
    '                              plan ms    run ms   files/s   ratio   cpu ms   ratio  MiB  at a tenth  B/file\n',
  )
  const middle = (name: string, key: keyof Sample): number =>
    median(rounds.map((samples) => samples.get(name)?.[key] ?? Number.NaN))
  for (const name of rounds[0]?.keys() ?? []) {
    const other = baseline(name)
    const ratio = (key: 'run' | 'processor'): string =>
      other === undefined
        ? ''
        : `${median(rounds.map((one) => (one.get(name)?.[key] ?? 0) / (one.get(other)?.[key] ?? 1))).toFixed(2)}x`
    const cells = [
      Math.round(middle(name, 'plan')),
      Math.round(middle(name, 'run')),
      Math.round(files / (middle(name, 'run') / 1000)),
      ratio('run'),
      Math.round(middle(name, 'processor')),
      ratio('processor'),
      Math.round(middle(name, 'peak')) || '',
      Math.round(few.get(name)?.peak ?? 0) || '',
      perFile(files, middle(name, 'peak'), few.get(name)?.peak ?? 0),
    ]
    const widths = [10, 10, 10, 8, 9, 8, 5, 6, 12]
    process.stdout.write(
      `${name.padEnd(28)}${cells.map((cell, at) => String(cell).padStart(widths[at]!)).join('')}\n`,
    )
  }
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const files = Number(values.files)
const scratch = mkdtempSync(join(values.folder, 'pkg6-executor-'))
try {
  const small = new Ground(join(scratch, 'small'))
  await small.generate(Math.ceil(files / 10), Number(values.seed))
  const few = small.round()
  const ground = new Ground(join(scratch, 'large'))
  await ground.generate(files, Number(values.seed))
  report(
    files,
    Array.from({ length: Number(values.rounds) }, () => ground.round()),
    few,
  )
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
