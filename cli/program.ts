// The whole of pkg6 as `bin/pkg6.ts` loads it.
export { runPkg6 } from './main.ts'
export { processIo } from './platform/process-io.ts'
