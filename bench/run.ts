// Runs the benchmarks named on the command line, or all of them. Every timed answer is checked first; figures are medians of
// runs in one go on one machine, and ratios come from runs side by side.
// Usage: npm run bench -- [--large] [--files N] [--rounds N] [--seed N] [--folder DIR] [CASE ...]
import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchPreview } from './preview.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()

/** In a process of its own, so that the memory of other cases does not count. */
function benchAlone(script: string, ...options: readonly string[]): boolean {
  const words = [join(root, 'scripts', 'run.mjs'), `bench/${script}.ts`, ...options]
  return spawnSync(process.execPath, words, { stdio: 'inherit' }).status === 0
}

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    files: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    folder: { type: 'string' },
  },
})
const large = values.large ? ['--large'] : []
const sized = (['files', 'rounds', 'seed', 'folder'] as const).flatMap((name) =>
  values[name] === undefined ? [] : [`--${name}`, values[name]],
)

const cases: Readonly<Record<string, () => Promise<boolean>>> = {
  startup: async () =>
    benchAlone('startup', ...(values.rounds === undefined ? [] : ['--rounds', values.rounds])),
  preview: benchPreview,
  solver: async () => benchAlone('solver', '--foreign'),
  first: async () => benchAlone('solver', '--first'),
  generated: async () => benchAlone('solver', '--generated', ...large),
  executor: async () => benchAlone('executor', ...sized),
}

/** The commit that is measured; `-dirty` where files differ from it. */
function commit(): string {
  const git = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' })
  return git.status === 0 ? git.stdout.trim() : 'unknown'
}

async function main(): Promise<void> {
  const unknown = names.filter((name) => !(name in cases))
  if (unknown.length > 0) {
    process.stderr.write(
      `unknown benchmark: ${unknown.join(', ')} (known: ${Object.keys(cases).join(', ')})\n`,
    )
    process.exitCode = 2
    return
  }
  const [cpu] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  process.stdout.write(
    `commit ${commit()}, node ${process.version}, ${cpus().length} x ${cpu?.model ?? 'unknown'}, ${gigabytes} GiB\n`,
  )
  for (const name of names.length > 0 ? names : Object.keys(cases)) {
    process.stdout.write(`\n== ${name}\n`)
    const right = await cases[name]?.()
    if (right === false) process.exitCode = 1
  }
}

await main()
