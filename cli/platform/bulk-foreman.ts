import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'

/** What the foreman is told when it starts. */
export interface ForemanData {
  /** One end of the line to each worker. */
  readonly workers: readonly MessagePort[]
  /** Where losses are told. */
  readonly losses: MessagePort
  /** Woken up with each loss; workers count themselves in it (`STARTED`). */
  readonly signal: Int32Array
  readonly workerPath: string
  readonly resourceLimits: ResourceLimits
}

/** A worker that is no more. */
export interface Loss {
  readonly worker: number
  readonly reason: string
}

/**
 * Starts the workers and does nothing but wait for their end. The thread that asks for work cannot: it waits without serving
 * its event loop, and events are all that tells of the death of a thread.
 */
export function supervise({ workers, losses, signal, workerPath, resourceLimits }: ForemanData): void {
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
