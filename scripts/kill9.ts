// Kills the real pkg6 process (SIGKILL) at random moments of install, update and uninstall, and checks after the next
// command that the image is exactly the old state or exactly the new one: tree, installed set, verify, no staging left.
// Half of the moments are spread over the whole run of the process, half over the time in which the image is changed.
// Usage: npm run kill9 -- [RUNS] [--seed N] [--jobs N]        ends with `N of N recovered`
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { wholeTree } from '../test/support/whole-tree.ts'
import { publishBulkRepository } from './bulk-repository.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const pkg6 = join(root, 'dist', 'bin', 'pkg6.mjs')
const metadata = '.org.opensolaris,pkg'

interface Operation {
  readonly name: string
  /** Folder of the image before the operation. */
  readonly before: string
  readonly words: readonly string[]
}

interface Reference {
  readonly operation: Operation
  readonly oldTree: string
  readonly newTree: string
  readonly oldList: string
  readonly newList: string
  /** Milliseconds that an undisturbed run takes. */
  readonly duration: number
  /** Milliseconds of it from the first staged file to the end. */
  readonly changing: number
}

function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(name)
  const value = at < 0 ? fallback : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${name} takes a whole number`)
  return value
}

/** Small seeded generator (xorshift32), so that a printed seed repeats the moments. */
function generator(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
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

/** The first lines of a long text. */
function head(text: string): string {
  const lines = text.split('\n')
  return lines.length <= 12 ? text : [...lines.slice(0, 12), `... ${lines.length - 12} more lines`].join('\n')
}

async function packageList(image: string): Promise<string> {
  return (await runNow(image, ['list', '-Hv'])).output
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
  copyImage(operation.before, image)
  const oldTree = treeOf(image)
  const oldList = await packageList(image)
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
  return {
    operation,
    oldTree,
    newTree: treeOf(image),
    oldList,
    newList: await packageList(image),
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
  readonly side: 'old' | 'new' | 'torn'
  readonly detail: string
}

async function judge(
  reference: Reference,
  image: string,
): Promise<{ side: 'old' | 'new' | 'torn'; detail: string }> {
  const next = await runNow(image, ['refresh'])
  const verify = await runNow(image, ['verify'])
  const tree = treeOf(image)
  const list = await packageList(image)
  const left = readdirSync(join(image, metadata)).filter(
    (name) => name.startsWith('stage') || name.startsWith('journal'),
  )
  const staged = left.filter((name) => readdirSync(join(image, metadata, name)).length > 0)
  const side =
    tree === reference.oldTree && list === reference.oldList
      ? 'old'
      : tree === reference.newTree && list === reference.newList
        ? 'new'
        : 'torn'
  if (next.status === 0 && verify.status === 0 && staged.length === 0 && side !== 'torn')
    return { side, detail: '' }
  return {
    side: 'torn',
    detail: `next command ${next.status}: ${head(next.output)}\nverify ${verify.status}: ${head(verify.output)}\nleft: ${staged.join(' ')}\nlist: ${list}`,
  }
}

async function killOnce(reference: Reference, image: string, random: () => number): Promise<RunResult> {
  const { operation } = reference
  copyImage(operation.before, image)
  const child = spawn(process.execPath, [pkg6, '-R', image, ...operation.words], { stdio: 'ignore' })
  const ended = wait(child)
  if (random() < 0.5) {
    const timer = setTimeout(() => child.kill('SIGKILL'), random() * reference.duration)
    await ended
    clearTimeout(timer)
  } else {
    await killWhileChanging(child, image, random() * reference.changing * 1.5)
  }
  const killed = await ended
  return { killed, ...(await judge(reference, image)) }
}

async function prepare(scratch: string): Promise<readonly Operation[]> {
  const empty = join(scratch, 'empty')
  const one = join(scratch, 'one')
  const made = spawnSync(process.execPath, [pkg6, 'image-create', '-U', '-p', join(scratch, 'repo'), empty], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stdout + made.stderr)
  copyImage(empty, one)
  await mustRun(one, ['install', 'bulk/all@1'])
  const edited = join(one, 'etc', 'bulk-0.conf')
  if (existsSync(edited)) writeFileSync(edited, `${readFileSync(edited, 'utf8')}edited=yes\n`)
  return [
    { name: 'install', before: empty, words: ['install', 'bulk/all@1'] },
    { name: 'update', before: one, words: ['update'] },
    {
      name: 'uninstall',
      before: one,
      words: ['uninstall', 'bulk/all', 'bulk/part-0', 'bulk/part-1', 'bulk/part-2'],
    },
  ]
}

async function main(): Promise<void> {
  const runs = process.argv[2]?.match(/^\d+$/) ? Number(process.argv[2]) : 200
  const seed = argument('--seed', 20261122)
  const jobs = Math.max(1, argument('--jobs', availableParallelism()))
  const scratch = mkdtempSync(join(tmpdir(), 'pkg6-kill9-'))
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
  await publishBulkRepository(join(scratch, 'repo'), { parts: 3, filesPerPart: 150 })
  const references: Reference[] = []
  for (const operation of await prepare(scratch)) references.push(await measure(operation, scratch))
  process.stdout.write(`seed ${seed}, ${runs} runs, ${jobs} at a time\n`)
  for (const { operation, duration, changing } of references) {
    process.stdout.write(
      `  ${operation.name}: ${Math.round(duration)} ms undisturbed, the last ${Math.round(changing)} of them changing the image\n`,
    )
  }
  const random = generator(seed)
  const counts = new Map<string, number>()
  let recovered = 0
  let started = 0
  let early = 0
  const worker = async (): Promise<void> => {
    while (started < runs) {
      const index = started++
      const reference = references[index % references.length]!
      const image = join(scratch, `run-${index}`)
      let result = await killOnce(reference, image, random)
      // A process that ended before its moment came does not count, as long as it did its work.
      while (!result.killed && result.side !== 'torn') {
        early += 1
        rmSync(image, { recursive: true, force: true })
        result = await killOnce(reference, image, random)
      }
      const key = `${reference.operation.name}: image ${result.side}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (result.side === 'torn')
        process.stdout.write(`run ${index} (${reference.operation.name}):\n${result.detail}\n`)
      else recovered += 1
      rmSync(image, { recursive: true, force: true })
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  for (const [key, count] of [...counts].sort()) process.stdout.write(`  ${count} ${key}\n`)
  process.stdout.write(`  ${early} more ended before their moment and were run again\n`)
  process.stdout.write(`${recovered} of ${runs} recovered\n`)
  process.exitCode = recovered === runs ? 0 : 1
}

await main()
