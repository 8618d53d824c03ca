// The code of every thread of the pools (bulk-pool.ts, payload-pool.ts). The build writes this module to a separate file, because a thread
// starts from a file.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { SupervisorData } from './bulk-supervisor.ts'

const given = workerData as
  | SupervisorData
  | { readonly port: MessagePort; readonly signal: Int32Array }
  | { readonly checks: 'payloads' }
if ('workers' in given) (await import('./bulk-supervisor.ts')).supervise(given)
else if ('checks' in given) (await import('./payload-work.ts')).checkPayloadsFrom(parentPort!)
else (await import('./bulk-work.ts')).workOn(given.port, given.signal)
