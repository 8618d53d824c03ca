import type { MessagePort } from 'node:worker_threads'
import { makeNewFile, type NewFile, type NewFileFailure } from '#executor'
import { FilesystemError } from '#model'
import { STARTED } from './bulk-supervisor.ts'
import { createNodeFilesystem } from './node-filesystem.ts'

/** Part of a large piece of work, sent to one worker. */
export type Batch =
  | { readonly kind: 'make'; readonly items: readonly NewFile[] }
  | { readonly kind: 'flush' | 'unlink'; readonly items: readonly string[] }

/** A worker's answer after a whole batch, or after its first failure. */
export interface BatchResult {
  /** `index` counts within the batch. */
  readonly failure: NewFileFailure | undefined
  /** Stack of an unexpected exception. */
  readonly bug: string | undefined
}

const filesystem = createNodeFilesystem()

/** Works through a batch up to its first failure. */
function work(batch: Batch): NewFileFailure | undefined {
  for (const [index, item] of batch.items.entries()) {
    if (typeof item !== 'string') {
      const fault = makeNewFile(filesystem, item)
      if (fault !== undefined) return { index, fault }
      continue
    }
    try {
      if (batch.kind === 'flush') filesystem.sync(item)
      else filesystem.unlink(item)
    } catch (error) {
      if (!(error instanceof FilesystemError)) throw error
      return { index, fault: { kind: 'filesystem', problem: error.problem } }
    }
  }
  return undefined
}

function answer(batch: Batch): BatchResult {
  try {
    return { failure: work(batch), bug: undefined }
  } catch (error) {
    return {
      failure: undefined,
      bug: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}

/** Answers each batch that arrives with a `BatchResult`, and wakes the waiting thread through `signal`. */
export function workOn(port: MessagePort, signal: Int32Array): void {
  Atomics.add(signal, STARTED, 1)
  port.on('message', (batch: Batch) => {
    port.postMessage(answer(batch))
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  })
}
