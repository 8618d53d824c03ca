import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  type CheckStoredPayload,
  checkStoredPayload,
  type RepositoryProblem,
  type StoredPayload,
} from '#repo'
import { AHEAD, MOST_WORKERS } from './bulk-pool.ts'
import type { PayloadAnswer } from './payload-work.ts'

/** Number of payloads that are checked without threads: starting a thread costs as much as checking some hundred payloads. */
const FEW = 256
/** Payloads that a worker gets at a time. */
const BATCH = 16

/** A payload whose check was asked for. */
interface Task {
  readonly payload: StoredPayload
  readonly resolve: (problem: RepositoryProblem | undefined) => void
  readonly reject: (error: unknown) => void
}

interface PoolWorker {
  readonly thread: Worker
  /** Batches that were sent and not answered, oldest first. */
  readonly batches: Task[][]
}

/** Checks stored payloads on all cores. */
export interface PayloadPool {
  readonly check: CheckStoredPayload
  /** Ends the threads. No check may be pending. */
  close(): Promise<void>
}

/** A pool whose threads start with the first large piece of work. If a thread is lost, the calling thread checks its remaining payloads. */
export function createPayloadPool(
  workerPath: string,
  { few = FEW, workers = Math.min(MOST_WORKERS, availableParallelism()) } = {},
): PayloadPool {
  const waiting: Task[] = []
  let pool: PoolWorker[] | undefined
  let asked = 0
  let alone = Promise.resolve()
  const doAlone = ({ payload, resolve, reject }: Task): void => {
    alone = alone.then(() => checkStoredPayload(payload).then(resolve, reject))
  }
  const lose = (lost: PoolWorker): void => {
    pool = pool?.filter((one) => one !== lost)
    for (const task of lost.batches.splice(0).flat()) doAlone(task)
    dispatch()
  }
  const start = (): PoolWorker => {
    const thread = new Worker(workerPath, { workerData: { checks: 'payloads' }, execArgv: [] })
    const worker: PoolWorker = { thread, batches: [] }
    thread.on('message', (answer: PayloadAnswer) => {
      finish(worker.batches.shift() ?? [], answer)
      dispatch()
    })
    thread.on('error', () => {}).on('exit', () => lose(worker))
    return worker
  }
  const dispatch = (): void => {
    if (waiting.length === 0) return
    pool ??= startThreads(workers, start)
    if (pool.length === 0) for (const task of waiting.splice(0)) doAlone(task)
    for (let depth = 0; depth < AHEAD; depth++) {
      for (const worker of pool) {
        if (worker.batches.length > depth || waiting.length === 0) continue
        const batch = waiting.splice(0, BATCH)
        worker.batches.push(batch)
        worker.thread.postMessage(batch.map(({ payload }) => payload))
      }
    }
  }
  return {
    check: (payload) =>
      new Promise((resolve, reject) => {
        if (asked++ < few) return doAlone({ payload, resolve, reject })
        waiting.push({ payload, resolve, reject })
        // All requests of one synchronous run are distributed together.
        if (waiting.length === 1) queueMicrotask(dispatch)
      }),
    async close() {
      const threads = pool ?? []
      pool = []
      await Promise.all(threads.map(({ thread }) => thread.terminate()))
    },
  }
}

/** As many threads as the system gives. */
function startThreads(wanted: number, start: () => PoolWorker): PoolWorker[] {
  const threads: PoolWorker[] = []
  try {
    while (threads.length < wanted) threads.push(start())
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return threads
}

function finish(batch: readonly Task[], answer: PayloadAnswer): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    if ('failure' in answer) reject(answer.failure)
    else resolve(answer.problems[index])
  }
}
