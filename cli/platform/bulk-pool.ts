import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads'
import { type BulkFiles, inlineBulkFiles, type NewFile, type NewFileFailure } from '#executor'
import { type Filesystem, FilesystemError } from '#model'
import type { ForemanData, Loss } from './bulk-foreman.ts'
import { type Share, type ShareResult, STARTED } from './bulk-share.ts'
import { errnoOf } from './errno.ts'
import { flushFilesystems } from './flush-filesystem.ts'

/** Fewer items than this are done at once: starting a thread costs as much as some hundred files. */
const FEW = 256
/** Fewer paths than this are flushed one by one; each may wait for the disk. */
const FEW_FLUSHES = 32
/** Items of one share, and bytes of content after which it is sent. */
const SHARE_ITEMS = 64
const SHARE_BYTES = 1 << 20
/** Shares that wait at a worker or are under way there. */
const AHEAD = 2
const MOST_WORKERS = 8
/** Memory of a worker for values that live shortly, MiB. */
const YOUNG = 2
/** Threads start within this time, or none of them will; milliseconds. Once started, one may be busy with a large file for longer. */
const PATIENCE = 60_000

interface Colleague {
  readonly port: MessagePort
  /** Number of the first item of each share that it has, oldest first. */
  readonly shares: { readonly first: number; readonly count: number }[]
  /** Why it does nothing any more. */
  lost: string | undefined
}

/** File of the worker's code: beside the code that runs, or undefined where it was not built. */
export function bulkWorkerPath(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url))
  return [join(here, 'bulk-worker.mjs'), join(here, '..', 'bulk-worker.mjs')].find(existsSync)
}

/** Threads that work while the one that asked waits for them, so that order on disk stays order in the code. */
class Pool {
  /** Woken up with each answer and loss; how many workers have started. */
  readonly #signal = new Int32Array(new SharedArrayBuffer(8))
  readonly #colleagues: Colleague[]
  readonly #losses: MessagePort
  readonly #foreman: Worker
  readonly #patience: number

  constructor(workerPath: string, { workers, resourceLimits, patience }: PoolOptions) {
    this.#patience = patience
    const lines = Array.from({ length: workers }, () => new MessageChannel())
    const losses = new MessageChannel()
    this.#losses = losses.port1
    this.#colleagues = lines.map(({ port1 }) => ({ port: port1, shares: [], lost: undefined }))
    const ports = lines.map(({ port2 }) => port2)
    const workerData: ForemanData = {
      workers: ports,
      losses: losses.port2,
      signal: this.#signal,
      workerPath,
      resourceLimits,
    }
    this.#foreman = new Worker(workerPath, {
      workerData,
      transferList: [...ports, losses.port2],
      execArgv: [],
    })
    // Idle threads do not keep the process alive. That it could not start is noticed by its silence.
    this.#foreman.on('error', () => {}).unref()
  }

  /** Ends all threads; none of them may have anything to do. */
  dismiss(): void {
    void this.#foreman.terminate()
  }

  /** Hands shares out in order; the failure is that of the first item in order that failed. What is thrown meanwhile is thrown at the end. */
  run(shares: Iterator<Share>, onDone: (done: number) => void): NewFileFailure | undefined {
    try {
      return this.#handOut(shares, onDone)
    } catch (error) {
      this.#finishShares()
      throw error
    }
  }

  #handOut(shares: Iterator<Share>, onDone: (done: number) => void): NewFileFailure | undefined {
    let next = shares.next()
    let first = 0
    let done = 0
    let failure: NewFileFailure | undefined
    for (;;) {
      const seen = Atomics.load(this.#signal, 0)
      let answered = this.#noteLosses()
      for (const colleague of this.#colleagues) {
        for (const { share, result } of this.#answers(colleague)) {
          answered = true
          done += share.count
          if (result.failure === undefined) continue
          failure = firstOf(failure, {
            index: share.first + result.failure.index,
            fault: result.failure.fault,
          })
        }
        // What it answered before it died counts; what it did not is half done at best.
        const [unanswered] = colleague.lost === undefined ? [] : colleague.shares.splice(0)
        if (unanswered !== undefined) failure = firstOf(failure, lossOf(colleague, unanswered.first))
        while (
          failure === undefined &&
          next.done !== true &&
          colleague.lost === undefined &&
          colleague.shares.length < AHEAD
        ) {
          colleague.shares.push({ first, count: next.value.items.length })
          colleague.port.postMessage(next.value)
          first += next.value.items.length
          next = shares.next()
        }
      }
      if (answered && failure === undefined) onDone(done)
      if (this.#colleagues.every(({ shares: waiting }) => waiting.length === 0)) {
        if (failure !== undefined || next.done === true) return failure
        const lost = this.#colleagues.find((colleague) => colleague.lost !== undefined)
        if (lost !== undefined) return lossOf(lost, first)
      }
      if (!answered) this.#wait(seen)
    }
  }

  /** Waits until nothing is under way, whatever came of it. */
  #finishShares(): void {
    for (;;) {
      const seen = Atomics.load(this.#signal, 0)
      this.#noteLosses()
      for (const { port, shares, lost } of this.#colleagues) {
        while (receiveMessageOnPort(port) !== undefined) shares.shift()
        if (lost !== undefined) shares.length = 0
      }
      if (this.#colleagues.every(({ shares }) => shares.length === 0)) return
      this.#wait(seen)
    }
  }

  /** Waits for an answer or a loss later than what was seen. Where no thread ever comes to life all are lost. */
  #wait(seen: number): void {
    if (Atomics.wait(this.#signal, 0, seen, this.#patience) !== 'timed-out') return
    if (Atomics.load(this.#signal, STARTED) > 0) return
    for (const colleague of this.#colleagues) colleague.lost ??= 'no thread could be started'
  }

  /** True when there are new ones. */
  #noteLosses(): boolean {
    for (let any = false; ; any = true) {
      const received = receiveMessageOnPort(this.#losses) as { message: Loss } | undefined
      if (received === undefined) return any
      this.#colleagues[received.message.worker]!.lost = received.message.reason
    }
  }

  *#answers(colleague: Colleague): Generator<{ share: Colleague['shares'][number]; result: ShareResult }> {
    for (;;) {
      const received = receiveMessageOnPort(colleague.port) as { message: ShareResult } | undefined
      if (received === undefined) return
      const share = colleague.shares.shift()
      if (share === undefined || received.message.bug !== undefined)
        throw new Error(received.message.bug ?? 'a worker answered twice')
      yield { share, result: received.message }
    }
  }
}

/** Everything a pool must know beside its code. */
interface PoolOptions {
  readonly workers: number
  readonly resourceLimits: ResourceLimits
  readonly patience: number
}

function firstOf(known: NewFileFailure | undefined, other: NewFileFailure): NewFileFailure {
  return known === undefined || other.index < known.index ? other : known
}

function lossOf({ lost = '' }: Colleague, index: number): NewFileFailure {
  return { index, fault: { kind: 'worker', reason: lost } }
}

function* filesInShares(files: Iterable<NewFile>): Generator<Share> {
  let items: NewFile[] = []
  let bytes = 0
  for (const file of files) {
    items.push(file)
    bytes += file.content.kind === 'payload' ? (file.content.payload.size ?? SHARE_BYTES) : SHARE_BYTES
    if (items.length < SHARE_ITEMS && bytes < SHARE_BYTES) continue
    yield { kind: 'make', items }
    items = []
    bytes = 0
  }
  if (items.length > 0) yield { kind: 'make', items }
}

function* pathsInShares(kind: 'flush' | 'unlink', paths: Iterable<string>): Generator<Share> {
  let items: string[] = []
  for (const path of paths) {
    if (items.push(path) < SHARE_ITEMS) continue
    yield { kind, items }
    items = []
  }
  if (items.length > 0) yield { kind, items }
}

/** Entries with their types, which the port does not tell: to ask for each would cost as much as to remove it. Throws `FilesystemError`. */
function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    throw new FilesystemError({
      code: 'ips::filesystem_error::call_failed',
      call: 'readDirectory',
      path,
      errno: errnoOf(error),
    })
  }
}

/** Everything below a directory that is none itself; directories are added to a list, parents first. */
function* leavesBelow(path: string, directories: string[]): Generator<string> {
  directories.push(path)
  for (const entry of entriesOf(path)) {
    if (entry.isDirectory()) yield* leavesBelow(`${path}/${entry.name}`, directories)
    else yield `${path}/${entry.name}`
  }
}

/** The first items of a sequence, and a sequence of all of them that can be read once. */
function peek<T>(
  items: Iterable<T>,
  count: number,
): { readonly some: readonly T[]; readonly all: Iterable<T> } {
  const iterator = items[Symbol.iterator]()
  const some: T[] = []
  while (some.length < count) {
    const { value, done } = iterator.next()
    if (done === true) return { some, all: some }
    some.push(value)
  }
  function* all(): Generator<T> {
    yield* some
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value
  }
  return { some, all: all() }
}

function countOf(items: Iterable<unknown>): number {
  let count = 0
  for (const _ of items) count++
  return count
}

/**
 * `BulkFiles` on the machine's own file systems: a pool of threads, started when there is enough to do. The calling thread
 * waits without serving its event loop. `filesystem` does what is not worth a thread. Many paths are flushed with their whole
 * file systems by `flushAll`, where it can.
 */
export function createBulkPool(
  workerPath: string,
  filesystem: Filesystem,
  {
    workers = Math.min(MOST_WORKERS, availableParallelism()),
    flushAll = flushFilesystems,
    // Workers make little garbage; the default lets each keep ten times as much of it.
    resourceLimits = { maxYoungGenerationSizeMb: YOUNG },
    patience = PATIENCE,
  }: Partial<PoolOptions> & { readonly flushAll?: typeof flushFilesystems } = {},
): BulkFiles {
  const inline = inlineBulkFiles(filesystem)
  let started: Pool | undefined
  const run = (shares: Iterator<Share>, onDone: (done: number) => void): NewFileFailure | undefined => {
    started ??= new Pool(workerPath, { workers, resourceLimits, patience })
    const failure = started.run(shares, onDone)
    if (failure?.fault.kind === 'worker') {
      started.dismiss()
      started = undefined
    }
    return failure
  }
  /** False when a worker was lost: what is asked for here may be done twice. */
  const wasRun = (shares: Iterator<Share>, onDone: (done: number) => void): boolean => {
    const failure = run(shares, onDone)
    if (failure?.fault.kind === 'filesystem') throw new FilesystemError(failure.fault.problem)
    return failure === undefined
  }
  return {
    make(files, onDone) {
      const { some, all } = peek(files, FEW)
      if (some.length < FEW) return inline.make(some, onDone)
      return run(filesInShares(all), onDone)
    },
    flush(paths, onDone) {
      const { some } = peek(paths, FEW_FLUSHES)
      if (some.length < FEW_FLUSHES) inline.flush(some, onDone)
      else if (flushAll(paths)) onDone(countOf(paths))
      else if (!wasRun(pathsInShares('flush', paths), onDone)) inline.flush(paths, onDone)
    },
    remove(paths) {
      for (const path of paths) {
        if (filesystem.lstat(path)?.type !== 'directory') {
          inline.remove([path])
          continue
        }
        const directories: string[] = []
        const { some, all } = peek(leavesBelow(path, directories), FEW)
        if (some.length < FEW) {
          inline.remove([path])
          continue
        }
        if (wasRun(pathsInShares('unlink', all), () => {}))
          for (const directory of directories.toReversed()) filesystem.removeDirectory(directory)
        else inline.remove([path])
      }
    },
  }
}
