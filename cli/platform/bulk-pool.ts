import { closeSync, type Dirent, existsSync, openSync, readdirSync } from 'node:fs'
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
import { type Loss, STARTED, type SupervisorData } from './bulk-supervisor.ts'
import type { Batch, BatchResult } from './bulk-work.ts'
import { errnoOf } from './errno.ts'
import { flushFilesystems } from './flush-filesystem.ts'

/** Fewer items than this are done without threads: starting a thread costs as much as some hundred files. */
const FEW = 256
/** Fewer paths than this are flushed one by one: a flush of a whole file system may wait for other writers. */
const FEW_FLUSHES = 32
/** Limits of one batch: items, and bytes of content. */
const BATCH_ITEMS = 64
const BATCH_BYTES = 1 << 20
/** Batches that a worker has at a time: one in work, one waiting. */
export const AHEAD = 2
/** Most threads of a pool: more do not make disks faster. */
export const MOST_WORKERS = 8
/** Memory of a worker for young objects, MiB. Workers make little garbage; by default each would keep ten times as much. */
const YOUNG = 2
/** Time for the threads to start, milliseconds. A thread that has started may be busy with a large file for longer. */
const START_TIMEOUT = 60_000

/** Descriptors that a thread needs; with fewer it does not start, and says so only when the start times out. */
const DESCRIPTORS = 6

/** True where the process may open as many descriptors as some threads need. */
function hasDescriptors(threads: number): boolean {
  const opened: number[] = []
  try {
    while (opened.length < threads * DESCRIPTORS) opened.push(openSync('/dev/null', 'r'))
    return true
  } catch (error) {
    errnoOf(error)
    return false
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

/** The pool's view of one worker. */
interface PoolWorker {
  readonly port: MessagePort
  /** Batches that were sent and not answered, oldest first; `first` is the number of the first item. */
  readonly batches: { readonly first: number; readonly count: number }[]
  /** Why the worker ended; undefined while it lives. */
  lost: string | undefined
}

/** Path of the built code of the threads, beside the running code; undefined where it was not built. */
export function bulkWorkerPath(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url))
  return [join(here, 'bulk-worker.mjs'), join(here, '..', 'bulk-worker.mjs')].find(existsSync)
}

/** Threads that work while the calling thread blocks, so that the order of phases on disk is the order in the code. */
class Pool {
  /** Index 0 counts answers and losses, index `STARTED` the workers that have started. */
  readonly #signal = new Int32Array(new SharedArrayBuffer(8))
  readonly #workers: PoolWorker[]
  readonly #losses: MessagePort
  readonly #supervisor: Worker
  readonly #startTimeout: number

  constructor(workerPath: string, { workers, resourceLimits, startTimeout }: PoolOptions) {
    this.#startTimeout = startTimeout
    const channels = Array.from({ length: workers }, () => new MessageChannel())
    const losses = new MessageChannel()
    this.#losses = losses.port1
    this.#workers = channels.map(({ port1 }) => ({ port: port1, batches: [], lost: undefined }))
    const ports = channels.map(({ port2 }) => port2)
    const workerData: SupervisorData = {
      workers: ports,
      losses: losses.port2,
      signal: this.#signal,
      workerPath,
      resourceLimits,
    }
    this.#supervisor = new Worker(workerPath, {
      workerData,
      transferList: [...ports, losses.port2],
      execArgv: [],
    })
    // Idle threads must not keep the process alive. A supervisor that cannot start is noticed by the start timeout.
    this.#supervisor.on('error', () => {}).unref()
  }

  /** Ends all threads; no batch may be in work. */
  terminate(): void {
    void this.#supervisor.terminate()
  }

  /**
   * Sends the batches to the workers in order. Returns the failure with the lowest item number. An exception of `batches` or
   * `onDone` is rethrown after all workers are idle.
   */
  run(batches: Iterator<Batch>, onDone: (done: number) => void): NewFileFailure | undefined {
    try {
      return this.#runBatches(batches, onDone)
    } catch (error) {
      this.#awaitIdle()
      throw error
    }
  }

  #runBatches(batches: Iterator<Batch>, onDone: (done: number) => void): NewFileFailure | undefined {
    let next = batches.next()
    let first = 0
    let done = 0
    let failure: NewFileFailure | undefined
    for (;;) {
      const seen = Atomics.load(this.#signal, 0)
      let answered = this.#noteLosses()
      for (const worker of this.#workers) {
        for (const { batch, result } of this.#answers(worker)) {
          answered = true
          done += batch.count
          if (result.failure === undefined) continue
          failure = firstOf(failure, {
            index: batch.first + result.failure.index,
            fault: result.failure.fault,
          })
        }
        // Answers that a worker gave before it ended count. An unanswered batch may be half done, so it counts as failed.
        const [unanswered] = worker.lost === undefined ? [] : worker.batches.splice(0)
        if (unanswered !== undefined) failure = firstOf(failure, lossOf(worker, unanswered.first))
        while (
          failure === undefined &&
          next.done !== true &&
          worker.lost === undefined &&
          worker.batches.length < AHEAD
        ) {
          worker.batches.push({ first, count: next.value.items.length })
          worker.port.postMessage(next.value)
          first += next.value.items.length
          next = batches.next()
        }
      }
      if (answered && failure === undefined) onDone(done)
      if (this.#isIdle()) {
        if (failure !== undefined || next.done === true) return failure
        const lost = this.#workers.find((worker) => worker.lost !== undefined)
        if (lost !== undefined) return lossOf(lost, first)
      }
      if (!answered) this.#wait(seen)
    }
  }

  #isIdle(): boolean {
    return this.#workers.every(({ batches }) => batches.length === 0)
  }

  /** Waits until no batch is in work, and drops all answers. */
  #awaitIdle(): void {
    for (;;) {
      const seen = Atomics.load(this.#signal, 0)
      this.#noteLosses()
      for (const { port, batches, lost } of this.#workers) {
        while (receiveMessageOnPort(port) !== undefined) batches.shift()
        if (lost !== undefined) batches.length = 0
      }
      if (this.#isIdle()) return
      this.#wait(seen)
    }
  }

  /** Waits for an answer or a loss after the count `seen`. When no thread starts in time, all workers count as lost. */
  #wait(seen: number): void {
    if (Atomics.wait(this.#signal, 0, seen, this.#startTimeout) !== 'timed-out') return
    if (Atomics.load(this.#signal, STARTED) > 0) return
    for (const worker of this.#workers) worker.lost ??= 'no thread could be started'
  }

  /** Records the losses that the supervisor reported; true when there are new ones. */
  #noteLosses(): boolean {
    for (let any = false; ; any = true) {
      const received = receiveMessageOnPort(this.#losses) as { message: Loss } | undefined
      if (received === undefined) return any
      this.#workers[received.message.worker]!.lost = received.message.reason
    }
  }

  *#answers(worker: PoolWorker): Generator<{ batch: PoolWorker['batches'][number]; result: BatchResult }> {
    for (;;) {
      const received = receiveMessageOnPort(worker.port) as { message: BatchResult } | undefined
      if (received === undefined) return
      const batch = worker.batches.shift()
      if (batch === undefined || received.message.bug !== undefined)
        throw new Error(received.message.bug ?? 'a worker answered twice')
      yield { batch, result: received.message }
    }
  }
}

interface PoolOptions {
  readonly workers: number
  readonly resourceLimits: ResourceLimits
  /** Time for the threads to start, milliseconds. */
  readonly startTimeout: number
}

function firstOf(known: NewFileFailure | undefined, other: NewFileFailure): NewFileFailure {
  return known === undefined || other.index < known.index ? other : known
}

function lossOf({ lost = '' }: PoolWorker, index: number): NewFileFailure {
  return { index, fault: { kind: 'worker', reason: lost } }
}

/** Splits a sequence into runs of at most `BATCH_ITEMS` items; a run ends once it has `BATCH_BYTES`. */
function* split<T>(all: Iterable<T>, bytesOf: (item: T) => number): Generator<readonly T[]> {
  let items: T[] = []
  let bytes = 0
  for (const item of all) {
    items.push(item)
    bytes += bytesOf(item)
    if (items.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
    yield items
    items = []
    bytes = 0
  }
  if (items.length > 0) yield items
}

function* fileBatches(files: Iterable<NewFile>): Generator<Batch> {
  const bytesOf = ({ content }: NewFile): number =>
    content.kind === 'payload' ? (content.payload.size ?? BATCH_BYTES) : BATCH_BYTES
  for (const items of split(files, bytesOf)) yield { kind: 'make', items }
}

function* pathBatches(kind: 'flush' | 'unlink', paths: Iterable<string>): Generator<Batch> {
  for (const items of split(paths, () => 0)) yield { kind, items }
}

/**
 * The entries of a directory with their types. The `Filesystem` port lists names only, and an lstat for each would cost as much
 * as its removal. Throws `FilesystemError`.
 */
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

/** Paths of all files and links below a directory. */
function* leavesBelow(path: string): Generator<string> {
  for (const entry of entriesOf(path)) {
    if (entry.isDirectory()) yield* leavesBelow(`${path}/${entry.name}`)
    else yield `${path}/${entry.name}`
  }
}

/** The first `count` items of a sequence, and the whole sequence, which can be iterated once. */
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

/** Undefined where the system gives this user no more threads. */
function startPool(start: () => Pool): Pool | undefined {
  try {
    return start()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

/**
 * The implementation of `BulkFiles` for real file systems: a pool of threads. The threads start with the first large piece of
 * work; `filesystem` does small ones in the calling thread. The calling thread blocks without serving its event loop. Many
 * paths are flushed by `flushAll`, which flushes their whole file systems; where it returns false, each path is flushed.
 */
export function createBulkPool(
  workerPath: string,
  filesystem: Filesystem,
  {
    workers = Math.min(MOST_WORKERS, availableParallelism()),
    flushAll = flushFilesystems,
    resourceLimits = { maxYoungGenerationSizeMb: YOUNG },
    startTimeout = START_TIMEOUT,
  }: Partial<PoolOptions> & { readonly flushAll?: typeof flushFilesystems } = {},
): BulkFiles {
  const inline = inlineBulkFiles(filesystem)
  let pool: Pool | undefined
  /** Where the threads cannot start, the calling thread does the work. */
  const mayStart = (): boolean => {
    if (pool === undefined && !hasDescriptors(workers + 1)) return false
    pool ??= startPool(() => new Pool(workerPath, { workers, resourceLimits, startTimeout }))
    return pool !== undefined
  }
  const run = (batches: Iterator<Batch>, onDone: (done: number) => void): NewFileFailure | undefined => {
    pool ??= new Pool(workerPath, { workers, resourceLimits, startTimeout })
    const failure = pool.run(batches, onDone)
    if (failure?.fault.kind === 'worker') {
      pool.terminate()
      pool = undefined
    }
    return failure
  }
  /** False when a worker was lost. The caller then does the work again: flushing and unlinking may be done twice. */
  const completed = (batches: Iterator<Batch>, onDone: (done: number) => void): boolean => {
    if (!mayStart()) return false
    const failure = run(batches, onDone)
    if (failure?.fault.kind === 'filesystem') throw new FilesystemError(failure.fault.problem)
    return failure === undefined
  }
  /** Removes many files below a directory. */
  const unlinkMany = (path: string): void => {
    try {
      const isDirectory = filesystem.lstat(path)?.type === 'directory'
      const { some, all } = peek(isDirectory ? leavesBelow(path) : [], FEW)
      if (some.length === FEW) completed(pathBatches('unlink', all), () => {})
    } catch (error) {
      if (!(error instanceof FilesystemError)) throw error
    }
  }
  return {
    make(files, onDone) {
      const { some, all } = peek(files, FEW)
      if (some.length < FEW || !mayStart()) return inline.make(all, onDone)
      return run(fileBatches(all), onDone)
    },
    flush(paths, onDone) {
      const { some } = peek(paths, FEW_FLUSHES)
      if (some.length < FEW_FLUSHES) inline.flush(some, onDone)
      else if (flushAll(paths)) onDone(countOf(paths))
      else if (!completed(pathBatches('flush', paths), onDone)) inline.flush(paths, onDone)
    },
    remove(paths) {
      // After a failed call or the loss of a thread, the remaining files are removed here, or reported.
      for (const path of paths) unlinkMany(path)
      return inline.remove(paths)
    },
  }
}
