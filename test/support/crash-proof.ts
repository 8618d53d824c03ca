import type { Image } from '#image'
import { FilesystemError, formatFmri } from '#model'
import { type CrashFilesystem, createCrashFilesystem } from './crash-filesystem.ts'
import { Crash } from './faulty-filesystem.ts'
import { failingFilesystem, interceptFilesystem } from './intercepted-filesystem.ts'
import type { MemoryFilesystem } from './memory-filesystem.ts'
import { memoryHost, openMemoryImage, worldRoot } from './memory-world.ts'
import type { ReferenceOperation } from './reference-operations.ts'
import { type Survival, survivals } from './survival.ts'

/** How much is tried. */
export interface ProofOptions {
  readonly seed: number
  /** Survivals that the seed chooses for each place, beside the fixed ones: this many in order, this many at random. */
  readonly random: number
  /** Only these survivals. Absent: all. */
  readonly only?: readonly Survival['kind'][]
  /** Only every so many places of the operation; 1 = all. */
  readonly every: number
  /** The recovery of every so many places is itself cut off at each of its own; 0 = of none. */
  readonly recoveryEvery: number
}

/** What came out. */
export interface Proof {
  readonly operation: string
  /** Calls of the operation that change or flush something. */
  readonly writes: number
  /** Places times survivals that were tried, those of recoveries among them. */
  points: number
  /** Different disks among them; equal ones are recovered once. */
  states: number
  /** How many disks became the old and the new image. */
  readonly sides: { old: number; new: number }
  /** What was wrong, one text for each disk that became neither. */
  readonly torn: string[]
}

/** The two images that may be found. */
interface Sides {
  readonly old: string
  readonly new: string
}

const metadata = 'var/pkg'

/** May differ: caches, history, a dead lock on the lock (the next that needs it replaces it), and manifests of packages that are not installed, which nobody reads. */
const passing =
  /^var\/pkg\/(cache|history|modified|reserve|lock\.break|publisher\/[^/]+\/(file|origins|last_refreshed|pkg)|publisher\/[^/]+$)|^var\/pkg\.creating/

/** All of an image that must be the old or the new one, as text. */
function essence(filesystem: MemoryFilesystem): string {
  if (filesystem.lstat(worldRoot) === undefined) return ''
  return filesystem.listing(worldRoot, (path) => passing.test(path)).join('\n')
}

async function stateOf(image: Image): Promise<string> {
  const installed = await image.installed()
  if (!installed.ok) return installed.error.code
  return installed.value.map(({ fmri, manual }) => `${formatFmri(fmri)} ${manual}`).join('\n')
}

function differences(found: string, wanted: string): string {
  const lines = new Set(wanted.split('\n'))
  const others = new Set(found.split('\n'))
  const extra = [...others].filter((line) => !lines.has(line)).map((line) => `+ ${line}`)
  const missing = [...lines].filter((line) => !others.has(line)).map((line) => `- ${line}`)
  return [...extra, ...missing]
    .map((line) => line.slice(0, 200))
    .slice(0, 8)
    .join('\n')
}

/** What the first command after a crash does: it opens the image for writing, takes the lock, sweeps up. */
async function settle(
  operation: ReferenceOperation,
  filesystem: MemoryFilesystem | CrashFilesystem,
  pid: number,
) {
  const host = memoryHost(filesystem, operation.repositories, pid)
  const image = await openMemoryImage(host)
  if (!image.ok) return image
  const refreshed = await image.value.refresh({ publishers: [], full: false, onlyIfDue: true })
  return refreshed.ok ? image : refreshed
}

/** Leaves the side on which a crashed disk came out, or says what is wrong with it. */
async function judge(
  operation: ReferenceOperation,
  filesystem: MemoryFilesystem,
  sides: Sides,
): Promise<{ side: 'old' | 'new' } | { wrong: string }> {
  const settled = await settle(operation, filesystem, 300)
  const found = essence(filesystem)
  if (!settled.ok) {
    const { unmade } = operation
    const found = essence(filesystem)
      .split('\n')
      .filter((line) => unmade?.leftovers.test(line) !== true)
    const isUnmade = settled.error.code === unmade?.code && found.join('\n') === sides.old
    return isUnmade ? { side: 'old' } : { wrong: JSON.stringify(settled.error) }
  }
  const side = found === sides.old ? 'old' : found === sides.new ? 'new' : undefined
  if (side === undefined) {
    const generation = await stateOf(settled.value)
    return {
      wrong: `against old:\n${differences(found, sides.old)}\nagainst new:\n${differences(found, sides.new)}\n${generation}`,
    }
  }
  const report = await settled.value.verify({ patterns: [], paths: [] })
  if (!report.ok) return { wrong: `${side}, verify: ${JSON.stringify(report.error)}` }
  const findings = report.value.packages
    .flatMap((one) => one.findings)
    .filter(({ level }) => level === 'error')
  if (findings.length > 0 && !(side === 'old' && operation.damaged === true))
    return { wrong: `${side}, verify: ${JSON.stringify(findings)}` }
  const left = filesystem
    .readDirectory(`${worldRoot}/${metadata}`)
    .filter((name) => /^(stage|journal|lock$)/.test(name))
  return left.length === 0 ? { side } : { wrong: `${side}, left: ${left.join(' ')}` }
}

/** After a crash that left the old image, the same command goes through. */
async function again(
  operation: ReferenceOperation,
  filesystem: MemoryFilesystem,
  sides: Sides,
): Promise<string | undefined> {
  const done = await operation.run(memoryHost(filesystem, operation.repositories, 400))
  if (!done.ok) return `again: ${JSON.stringify(done.error)}`
  const found = essence(filesystem)
  return found === sides.new ? undefined : `again:\n${differences(found, sides.new)}`
}

/** Runs work that may end by the death of its process. */
async function untilDeath<T>(work: () => Promise<T>): Promise<T | 'died'> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return 'died'
  }
}

/**
 * Proves one operation: runs it once, then looks at every disk that a power cut at any place might leave, recovers it and
 * compares. Then process deaths: the recovery, on a machine that lives on, is cut off by a power cut at any of its places.
 */
export async function prove(operation: ReferenceOperation, options: ProofOptions): Promise<Proof> {
  const before = await operation.prepare()
  const disk = before.clone()
  const whole = createCrashFilesystem(disk)
  const done = await operation.run(memoryHost(whole, operation.repositories))
  if (!done.ok) throw new Error(`${operation.name}: ${JSON.stringify(done.error)}`)
  const sides = { old: essence(before), new: essence(disk) }
  const proof: Proof = {
    operation: operation.name,
    writes: whole.writes(),
    points: 0,
    states: 0,
    sides: { old: 0, new: 0 },
    torn: [],
  }
  const seen = new Set<string>()
  const look = async (crashed: CrashFilesystem, position: number, history: string): Promise<void> => {
    for (const survival of survivals(options.seed + position, options.random)) {
      if (options.only?.includes(survival.kind) === false) continue
      proof.points++
      const { survivors, build } = crashed.cut(position, survival)
      if (seen.has(`${history} ${survivors}`)) continue
      seen.add(`${history} ${survivors}`)
      proof.states++
      const found = build()
      const verdict = await judge(operation, found, sides)
      const wrong =
        'wrong' in verdict
          ? verdict.wrong
          : verdict.side === 'old' && sides.old !== sides.new
            ? await again(operation, found, sides)
            : undefined
      if ('side' in verdict) proof.sides[verdict.side]++
      if (wrong !== undefined)
        proof.torn.push(
          `${operation.name}, ${history}power cut at ${position}, ${JSON.stringify(survival)}: ${wrong}`,
        )
    }
  }
  for (let position = 0; position <= whole.positions(); position += options.every)
    await look(whole, position, '')
  if (options.recoveryEvery === 0) return proof
  // The power goes, comes back, and goes again while the first command puts things right.
  for (let first = 1; first <= whole.positions(); first += options.recoveryEvery) {
    const chosen = survivals(options.seed + first, 1)
    const survival = chosen[first % chosen.length]!
    const crashed = createCrashFilesystem(whole.cut(first, survival).build())
    await settle(operation, crashed, 200)
    for (let position = 1; position < crashed.positions(); position += options.every)
      await look(crashed, position, `power cut at ${first}, ${JSON.stringify(survival)}, recovering, `)
  }
  for (let death = 1; death <= whole.positions(); death += options.recoveryEvery) {
    const crashed = createCrashFilesystem(before.clone())
    crashed.dieAt(death)
    const ended = await untilDeath(() => operation.run(memoryHost(crashed, operation.repositories)))
    if (ended !== 'died') continue
    crashed.dieAt(undefined)
    const from = crashed.positions()
    await settle(operation, crashed, 200)
    for (let position = from; position <= crashed.positions(); position += options.every)
      await look(crashed, position, `killed at ${death}, recovering, `)
  }
  return proof
}

/** What came of failed calls. */
export interface FailureProof {
  readonly operation: string
  /** Failures that were tried: calls times errors. */
  failures: number
  /** How many operations failed, and how many went through all the same. */
  readonly outcomes: { failed: number; done: number }
  readonly torn: string[]
}

/**
 * Runs an operation again and again, with another call failing each time, reading ones included. One that reports a failure
 * has left the old image, one that does not the new one, at the latest after the next command.
 */
export async function proveFailures(
  operation: ReferenceOperation,
  options: { readonly errnos: readonly string[]; readonly every: number; readonly first: number },
): Promise<FailureProof> {
  const before = await operation.prepare()
  const whole = before.clone()
  let calls = 0
  const counted = interceptFilesystem(whole, ({ number }) => {
    calls = number
  })
  const done = await operation.run(memoryHost(counted, operation.repositories))
  if (!done.ok) throw new Error(`${operation.name}: ${JSON.stringify(done.error)}`)
  const sides = { old: essence(before), new: essence(whole) }
  const proof: FailureProof = {
    operation: operation.name,
    failures: 0,
    outcomes: { failed: 0, done: 0 },
    torn: [],
  }
  for (let at = options.first; at <= calls; at += options.every)
    for (const errno of options.errnos) {
      proof.failures++
      const disk = before.clone()
      const failing = failingFilesystem(disk, errno, ({ number }) => number === at)
      const ended = await untilThrow(() => operation.run(memoryHost(failing, operation.repositories)))
      if (ended instanceof FilesystemError) {
        proof.torn.push(
          `${operation.name}, call ${at} fails with ${errno}: ${ended.message} was thrown\n${ended.stack ?? ''}`,
        )
        continue
      }
      proof.outcomes[ended.ok ? 'done' : 'failed']++
      const wrong = await afterFailure(operation, disk, sides, ended.ok ? 'new' : 'old')
      if (wrong !== undefined)
        proof.torn.push(
          `${operation.name}, call ${at} of ${calls} fails with ${errno}, ${ended.ok ? 'done' : JSON.stringify(ended.error)}: ${wrong}`,
        )
    }
  return proof
}

/** Nothing may be thrown: expected failures are values. */
async function untilThrow<T>(work: () => Promise<T>): Promise<T | FilesystemError> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    return error
  }
}

async function afterFailure(
  operation: ReferenceOperation,
  disk: MemoryFilesystem,
  sides: Sides,
  wanted: 'old' | 'new',
): Promise<string | undefined> {
  const verdict = await judge(operation, disk, sides)
  if ('wrong' in verdict) return verdict.wrong
  if (sides.old !== sides.new && verdict.side !== wanted) return `the image is the ${verdict.side} one`
  return verdict.side === 'old' && sides.old !== sides.new ? again(operation, disk, sides) : undefined
}
