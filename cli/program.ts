// The whole of pkg6 as `bin/pkg6.ts` loads it.
export { commandOf, runPkg6 } from './main.ts'
export { processIo } from './platform/process-io.ts'
