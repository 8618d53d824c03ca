// Proves that every operation of the reference set is whole or not at all: a power cut at every place, with several sets of
// survivors each; a power cut at every place of recoveries; every call failing with every error. All in memory, by the
// model of test/support/crash-filesystem.ts. Exits 1 when any image was torn.
// Usage: npm run faults -- [--operation TEXT] [--disk NAME] [--sample N] [--recoveries N] [--random N] [--seed N] [--jobs N]
//   --disk NAME     the image lies on several file systems or on an overlay: a name of test/support/disk-layouts.ts, or all
//   --sample N      only every N-th place and call (1)
//   --recoveries N  cut off the recovery of every N-th place too; 0: none (10)
//   --random N      sets of survivors that the seed chooses, of each of four kinds, beside the eight fixed ones (1)
// Ends with `N crash points, N torn`.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type FailureProof, type Proof, prove, proveFailures } from '../test/support/crash-proof.ts'
import { type DiskLayoutName, diskLayouts, onLayout } from '../test/support/disk-layouts.ts'
import { referenceOperations } from '../test/support/reference-operations.ts'
import { wholeNumber } from './whole-number.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const errnos = ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'EINTR']

const { values } = parseArgs({
  options: {
    operation: { type: 'string', default: '' },
    disk: { type: 'string', default: '' },
    task: { type: 'string' },
    seed: { type: 'string', default: '20261122' },
    sample: { type: 'string', default: '1' },
    recoveries: { type: 'string', default: '10' },
    random: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(Math.max(1, availableParallelism() - 1)) },
  },
})
const seed = wholeNumber('--seed', values.seed)
const sample = wholeNumber('--sample', values.sample, 1)
const recoveries = wholeNumber('--recoveries', values.recoveries)
const random = wholeNumber('--random', values.random)
const jobs = wholeNumber('--jobs', values.jobs, 1)

const layouts = Object.keys(diskLayouts) as DiskLayoutName[]
const disks = values.disk === 'all' ? layouts : layouts.filter((name) => name === values.disk)
if (values.disk !== '' && disks.length === 0)
  throw new RangeError(`--disk is none of: ${layouts.join(', ')}, all`)

/** The operations, each on each kind of disk that was asked for. */
const operations =
  values.disk === ''
    ? referenceOperations
    : disks.flatMap((disk) => referenceOperations.map((one) => onLayout(one, disk)))

/** One share of the work, done by a process of its own. */
interface Task {
  readonly operation: string
  readonly kind: 'crashes' | 'failures'
}

async function work({ operation: name, kind }: Task): Promise<Proof | FailureProof> {
  const operation = operations.find((one) => one.name === name)
  if (operation === undefined) throw new Error(`no operation ${name}`)
  if (kind === 'failures') return proveFailures(operation, { errnos, every: sample, first: 1 })
  return prove(operation, { seed, random, every: sample, recoveryEvery: recoveries * sample })
}

function delegate(task: Task): Promise<Proof | FailureProof> {
  const options = { '--seed': seed, '--sample': sample, '--recoveries': recoveries, '--random': random }
  const words = Object.entries(options).flatMap(([name, value]) => [name, String(value)])
  if (values.disk !== '') words.push('--disk', values.disk)
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(root, 'scripts', 'run.mjs'), 'scripts/faults.ts', '--task', JSON.stringify(task), ...words],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let output = ''
    child.stdout.on('data', (piece) => (output += String(piece)))
    child.on('close', (status) =>
      status === 0
        ? resolve(JSON.parse(output) as Proof | FailureProof)
        : reject(new Error(`${task.kind} of ${task.operation}: exit ${status}`)),
    )
  })
}

function print(proof: Proof | FailureProof): void {
  const line =
    'points' in proof
      ? `${proof.writes} changing calls, ${proof.points} crash points, ${proof.states} different disks: ${proof.sides.old} old, ${proof.sides.new} new, ${proof.torn.length} torn`
      : `${proof.failures} failed calls: ${proof.outcomes.failed} failed, ${proof.outcomes.done} done, ${proof.torn.length} torn`
  process.stdout.write(`${proof.operation}: ${line}\n`)
  for (const torn of proof.torn.slice(0, 5)) process.stdout.write(`  ${torn.replaceAll('\n', '\n    ')}\n`)
}

async function main(): Promise<void> {
  if (values.task !== undefined) {
    process.stdout.write(JSON.stringify(await work(JSON.parse(values.task) as Task)))
    return
  }
  const wanted = operations.filter(({ name }) => name.includes(values.operation))
  const tasks = wanted.flatMap(({ name }): Task[] => [
    { operation: name, kind: 'crashes' },
    { operation: name, kind: 'failures' },
  ])
  process.stdout.write(`${wanted.length} operations, seed ${seed}, ${jobs} at a time\n`)
  const proofs: (Proof | FailureProof)[] = []
  const worker = async (): Promise<void> => {
    for (let next = tasks.shift(); next !== undefined; next = tasks.shift()) {
      const proof = await delegate(next)
      print(proof)
      proofs.push(proof)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  const torn = proofs.reduce((sum, proof) => sum + proof.torn.length, 0)
  const points = proofs.reduce((sum, proof) => sum + ('points' in proof ? proof.points : 0), 0)
  const states = proofs.reduce((sum, proof) => sum + ('states' in proof ? proof.states : 0), 0)
  const failures = proofs.reduce((sum, proof) => sum + ('failures' in proof ? proof.failures : 0), 0)
  process.stdout.write(`${wanted.length} operations, ${failures} failed calls, ${states} different disks\n`)
  process.stdout.write(`${points} crash points, ${torn} torn\n`)
  process.exitCode = torn === 0 ? 0 : 1
}

await main()
