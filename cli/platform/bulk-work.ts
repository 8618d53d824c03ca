import type { MessagePort } from 'node:worker_threads'
import { makeNewFile } from '#executor'
import { FilesystemError } from '#model'
import { type Share, type ShareResult, STARTED } from './bulk-share.ts'
import { createNodeFilesystem } from './node-filesystem.ts'

const filesystem = createNodeFilesystem()

/** Does the share up to its first failure. */
function work(share: Share): ShareResult['failure'] {
  for (const [index, file] of share.items.entries()) {
    if (typeof file !== 'string') {
      const fault = makeNewFile(filesystem, file)
      if (fault !== undefined) return { index, fault }
      continue
    }
    try {
      if (share.kind === 'flush') filesystem.sync(file)
      else filesystem.unlink(file)
    } catch (error) {
      if (!(error instanceof FilesystemError)) throw error
      return { index, fault: { kind: 'filesystem', problem: error.problem } }
    }
  }
  return undefined
}

function answer(share: Share): ShareResult {
  try {
    return { failure: work(share), bug: undefined }
  } catch (error) {
    return {
      failure: undefined,
      bug: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}

/** Does each share that comes, tells what came of it and wakes up who waits. */
export function workOn(port: MessagePort, signal: Int32Array): void {
  Atomics.add(signal, STARTED, 1)
  port.on('message', (share: Share) => {
    port.postMessage(answer(share))
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  })
}
