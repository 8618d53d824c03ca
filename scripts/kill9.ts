// Kills the real pkg6 process (SIGKILL) at random moments of nine operations, and checks after the next command that the
// image is exactly the old state or exactly the new one: tree, installed set, configuration, verify, no staging left.
// Half of the moments are spread over the whole run of the process, half over the time in which the image is changed.
// Where something is to recover, every other time the recovering command is killed too, once or twice.
// Usage: npm run kill9 -- [RUNS] [--seed N] [--jobs N] [--disk KIND]        ends with `N of N recovered`
//   --disk two      'usr' of each image is a file system of its own
//   --disk overlay  each image lies over a lower layer that has its files, as in a container
// Both mount in a mount name space of their own; where that is not allowed, the runs are skipped, and it is said.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { enterMountSpace, mountOverlay, mountTmpfs, unmountBelow } from '../test/support/mounts.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { wholeTree } from '../test/support/whole-tree.ts'
import { publishBulkRepository } from './bulk-repository.ts'
import { wholeNumber } from './whole-number.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const pkg6 = join(root, 'dist', 'bin', 'pkg6.cjs')
const metadata = '.org.opensolaris,pkg'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '20261122' },
    jobs: { type: 'string', default: String(Math.max(1, availableParallelism() - 1)) },
    disk: { type: 'string', default: 'one' },
  },
})
const disks = ['one', 'two', 'overlay']
if (!disks.includes(options.disk)) throw new RangeError(`--disk is none of: ${disks.join(', ')}`)

interface Operation {
  readonly name: string
  /** `verify` finds errors in the image before. */
  readonly damaged?: boolean
  /** Folder of the image before the operation. */
  readonly before: string
  readonly words: readonly string[]
}

interface Reference {
  readonly operation: Operation
  readonly oldTree: string
  readonly newTree: string
  readonly oldState: string
  readonly newState: string
  /** Milliseconds that an undisturbed run takes. */
  readonly duration: number
  /** Milliseconds of a command that takes the lock and has little else to do. */
  readonly refresh: number
  /** Milliseconds of it from the first staged file to the end. */
  readonly changing: number
}

/** Not the synchronous kind: the moments of other runs would slip while this one waits. */
function runNow(image: string, words: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [pkg6, '-R', image, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
    child.on('close', (status) => resolve({ status: status ?? -1, output }))
  })
}

async function mustRun(image: string, words: readonly string[]): Promise<void> {
  const { status, output } = await runNow(image, words)
  if (status !== 0) throw new Error(`pkg6 ${words.join(' ')} exited ${status}:\n${output}`)
}

/** With owners, times and links as they are; the copying function of Node leaves owners behind. */
function copyImage(from: string, to: string): void {
  const copied = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  if (copied.status !== 0) throw new Error(copied.stderr)
}

/** A copy of an image on the kind of disk that was asked for. */
function placeImage(from: string, to: string): void {
  if (options.disk === 'overlay') mountOverlay(from, to)
  else copyImage(from, to)
  if (options.disk !== 'two') return
  const usr = join(to, 'usr')
  rmSync(usr, { recursive: true, force: true })
  mkdirSync(usr)
  mountTmpfs(usr)
  const original = join(from, 'usr')
  if (readdirSync(from).includes('usr')) copyImage(`${original}/.`, usr)
}

function removeImage(image: string): void {
  if (options.disk !== 'one') unmountBelow(image)
  for (const path of [image, `${image}.upper`]) rmSync(path, { recursive: true, force: true })
}

/** The first lines of a long text. */
function head(text: string): string {
  const lines = text.split('\n')
  return lines.length <= 12 ? text : [...lines.slice(0, 12), `... ${lines.length - 12} more lines`].join('\n')
}

/** Installed packages by the database's copy for readers, without times, and the configuration. */
function stateOf(image: string): string {
  const [, body] = readFileSync(join(image, metadata, 'installed.snapshot'), 'utf8').split('\n')
  const { packages } = JSON.parse(body ?? '') as { packages: readonly (readonly unknown[])[] }
  const installed = packages.map(([fmri, manual, , , manifest]) => [fmri, manual, manifest].join(' '))
  return [...installed, readFileSync(join(image, metadata, 'pkg6.image.json'), 'utf8')].join('\n')
}

/** Everything outside the metadata folder, as text. */
function treeOf(image: string): string {
  return wholeTree(image, (path) => path === metadata).join('\n')
}

/** True while the process works on the image: from the first staged file to the removal of the last. */
function isChanging(image: string): boolean {
  return readdirSync(join(image, metadata)).some(
    (name) => name.startsWith('stage') || name.startsWith('journal'),
  )
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function measure(operation: Operation, scratch: string): Promise<Reference> {
  const image = join(scratch, `reference-${operation.name}`)
  placeImage(operation.before, image)
  const oldTree = treeOf(image)
  const oldState = stateOf(image)
  const started = performance.now()
  const child = spawn(process.execPath, [pkg6, '-R', image, ...operation.words], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  let changingFrom = 0
  while (child.exitCode === null) {
    if (changingFrom === 0 && isChanging(image)) changingFrom = performance.now()
    await pause(1)
  }
  if ((await ended) !== 0) throw new Error(`pkg6 ${operation.words.join(' ')} exited ${child.exitCode}`)
  const finished = performance.now()
  await mustRun(image, ['refresh'])
  const refresh = performance.now() - finished
  return {
    operation,
    refresh,
    oldTree,
    newTree: treeOf(image),
    oldState,
    newState: stateOf(image),
    duration: finished - started,
    changing: finished - changingFrom,
  }
}

function wait(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal === 'SIGKILL')))
}

/** Kills a while after the first staged file shows up, or never when the process ends first. */
async function killWhileChanging(child: ChildProcess, image: string, delay: number): Promise<void> {
  while (child.exitCode === null && !isChanging(image)) await pause(1)
  await pause(delay)
  child.kill('SIGKILL')
}

interface RunResult {
  readonly killed: boolean
  /** How many commands that should have recovered the image were killed before the last. */
  readonly recoveries: number
  readonly side: 'old' | 'new' | 'torn'
  readonly detail: string
}

async function judge(
  reference: Reference,
  image: string,
): Promise<{ side: 'old' | 'new' | 'torn'; detail: string }> {
  const next = await runNow(image, ['refresh'])
  const tree = treeOf(image)
  const state = stateOf(image)
  const left = readdirSync(join(image, metadata)).filter((name) =>
    /^(stage|journal|lock(?!\.break))|\.new$/.test(name),
  )
  const side =
    tree === reference.oldTree && state === reference.oldState
      ? 'old'
      : tree === reference.newTree && state === reference.newState
        ? 'new'
        : 'torn'
  const verify =
    side === 'old' && reference.operation.damaged === true
      ? { status: 0, output: '' }
      : await runNow(image, ['verify'])
  if (next.status === 0 && verify.status === 0 && left.length === 0 && side !== 'torn')
    return { side, detail: '' }
  return {
    side: 'torn',
    detail: `next command ${next.status}: ${head(next.output)}\nverify ${verify.status}: ${head(verify.output)}\nleft: ${left.join(' ')}\n${head(state)}`,
  }
}

/** Kills commands that recover the image, most of them while they do it; says how many. */
async function killRecoveries(reference: Reference, image: string, random: () => number): Promise<number> {
  let killed = 0
  for (const chance of [0.5, 0.5]) {
    if (random() >= chance || !isChanging(image)) return killed
    const child = spawn(process.execPath, [pkg6, '-R', image, 'refresh'], { stdio: 'ignore' })
    const ended = wait(child)
    const timer = setTimeout(() => child.kill('SIGKILL'), reference.refresh * (0.3 + 0.9 * random()))
    if (await ended) killed += 1
    clearTimeout(timer)
  }
  return killed
}

async function killOnce(reference: Reference, image: string, random: () => number): Promise<RunResult> {
  const { operation } = reference
  placeImage(operation.before, image)
  const child = spawn(process.execPath, [pkg6, '-R', image, ...operation.words], { stdio: 'ignore' })
  const ended = wait(child)
  if (random() < 0.5) {
    const timer = setTimeout(() => child.kill('SIGKILL'), random() * reference.duration * 0.95)
    await ended
    clearTimeout(timer)
  } else {
    await killWhileChanging(child, image, random() * reference.changing)
  }
  const killed = await ended
  const recoveries = killed ? await killRecoveries(reference, image, random) : 0
  return { killed, recoveries, ...(await judge(reference, image)) }
}

async function prepare(scratch: string): Promise<readonly Operation[]> {
  const empty = join(scratch, 'empty')
  const one = join(scratch, 'one')
  const made = spawnSync(process.execPath, [pkg6, 'image-create', '-U', '-p', join(scratch, 'repo'), empty], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stdout + made.stderr)
  copyImage(empty, one)
  await mustRun(one, ['change-variant', 'colour=bare'])
  await mustRun(one, ['install', 'bulk/all@1'])
  const damaged = join(scratch, 'damaged')
  copyImage(one, damaged)
  const edited = join(one, 'etc', 'bulk-0.conf')
  writeFileSync(edited, `${readFileSync(edited, 'utf8')}edited=yes\n`)
  for (const line of wholeTree(join(damaged, 'usr', 'share'))) {
    const [, , , type, path] = line.split(' ')
    if (type === 'file' && /3$/.test(path ?? ''))
      writeFileSync(join(damaged, 'usr', 'share', path ?? ''), 'damaged\n')
  }
  const change = (name: string, before: string, ...words: readonly string[]): Operation => ({
    name,
    before,
    words,
  })
  return [
    change('install', empty, 'install', 'bulk/all@1'),
    change('update', one, 'update'),
    change('uninstall', one, 'uninstall', 'bulk/all', 'bulk/part-0', 'bulk/part-1', 'bulk/part-2'),
    change('exact-install', one, 'exact-install', 'bulk/part-1'),
    change('change-facet', one, 'change-facet', 'doc=false'),
    change('change-variant', one, 'change-variant', 'colour=red'),
    change('set-mediator', one, 'set-mediator', '-V', '1', 'bulk'),
    { ...change('fix', damaged, 'fix'), damaged: true },
    { ...change('revert', damaged, 'revert', '--tagged', 'bulk'), damaged: true },
  ]
}

async function main(): Promise<void> {
  if (options.disk !== 'one' && !enterMountSpace(root, 'kill9')) return
  const runs = wholeNumber('RUNS', positionals[0] ?? '200')
  const seed = wholeNumber('--seed', options.seed)
  const jobs = wholeNumber('--jobs', options.jobs, 1)
  const scratch = mkdtempSync(join(tmpdir(), 'pkg6-kill9-'))
  process.on('exit', () => removeImage(scratch))
  await publishBulkRepository(join(scratch, 'repo'), { parts: 3, filesPerPart: 150 })
  const references: Reference[] = []
  for (const operation of await prepare(scratch)) references.push(await measure(operation, scratch))
  process.stdout.write(`seed ${seed}, ${runs} runs, ${jobs} at a time\n`)
  for (const { operation, duration, changing } of references) {
    process.stdout.write(
      `  ${operation.name}: ${Math.round(duration)} ms undisturbed, the last ${Math.round(changing)} of them changing the image\n`,
    )
  }
  const random = seededRandom(seed)
  const counts = new Map<string, number>()
  let recovered = 0
  let started = 0
  let early = 0
  let recoveries = 0
  const from = performance.now()
  const worker = async (): Promise<void> => {
    while (started < runs) {
      const index = started++
      const reference = references[index % references.length]!
      const image = join(scratch, `run-${index}`)
      let result = await killOnce(reference, image, random)
      // A process that ended before its moment came does not count, as long as it did its work.
      while (!result.killed && result.side !== 'torn') {
        early += 1
        removeImage(image)
        result = await killOnce(reference, image, random)
      }
      recoveries += result.recoveries
      const key = `${reference.operation.name}: image ${result.side}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (result.side === 'torn')
        process.stdout.write(`run ${index} (${reference.operation.name}):\n${result.detail}\n`)
      else recovered += 1
      removeImage(image)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  for (const [key, count] of [...counts].sort()) process.stdout.write(`  ${count} ${key}\n`)
  process.stdout.write(`  ${recoveries} recoveries were killed before the last one\n`)
  process.stdout.write(`  ${Math.round((performance.now() - from) / 1000)} s\n`)
  process.stdout.write(`  ${early} more ended before their moment and were run again\n`)
  process.stdout.write(`${recovered} of ${runs} recovered\n`)
  process.exitCode = recovered === runs ? 0 : 1
}

await main()
