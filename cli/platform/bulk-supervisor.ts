import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'

/** Index in the signal of the number of workers that have started; index 0 counts answers and losses. */
export const STARTED = 1

/** What the supervisor thread gets when it starts. */
export interface SupervisorData {
  /** The supervisor's ends of the channels to the workers, one each. */
  readonly workers: readonly MessagePort[]
  /** Receives a `Loss` for each worker that ends. */
  readonly losses: MessagePort
  /** Two shared counters; waiters on index 0 are woken after each answer and each loss. */
  readonly signal: Int32Array
  readonly workerPath: string
  readonly resourceLimits: ResourceLimits
}

/** A worker that ended. */
export interface Loss {
  /** Index of the worker in `SupervisorData.workers`. */
  readonly worker: number
  readonly reason: string
}

/**
 * Starts the workers and reports the end of each. The thread that needs their answers cannot do this: it blocks without
 * serving its event loop, and Node reports the end of a thread as an event only.
 */
export function supervise({ workers, losses, signal, workerPath, resourceLimits }: SupervisorData): void {
  for (const [worker, port] of workers.entries()) {
    const lose = (reason: string): void => {
      losses.postMessage({ worker, reason } satisfies Loss)
      Atomics.add(signal, 0, 1)
      Atomics.notify(signal, 0)
    }
    try {
      let failure: string | undefined
      new Worker(workerPath, {
        workerData: { port, signal },
        transferList: [port],
        execArgv: [],
        resourceLimits,
      })
        .on('error', (error) => {
          failure = error instanceof Error ? error.message : String(error)
        })
        .on('exit', (code) => lose(failure ?? `it ended with code ${code}`))
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error))
    }
  }
}
