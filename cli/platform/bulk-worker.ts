// The code of every thread of the pool (bulk-pool.ts). The build makes a file of its own of it, because a thread starts from a file.
import { type MessagePort, workerData } from 'node:worker_threads'
import type { SupervisorData } from './bulk-supervisor.ts'

const given = workerData as SupervisorData | { readonly port: MessagePort; readonly signal: Int32Array }
if ('workers' in given) (await import('./bulk-supervisor.ts')).supervise(given)
else (await import('./bulk-work.ts')).workOn(given.port, given.signal)
