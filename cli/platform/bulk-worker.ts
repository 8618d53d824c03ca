// What each thread of the pool runs (see bulk-pool.ts). A file of its own in the build: a thread starts with a file.
import { type MessagePort, workerData } from 'node:worker_threads'
import type { ForemanData } from './bulk-foreman.ts'

const given = workerData as ForemanData | { readonly port: MessagePort; readonly signal: Int32Array }
if ('workers' in given) (await import('./bulk-foreman.ts')).supervise(given)
else (await import('./bulk-work.ts')).workOn(given.port, given.signal)
