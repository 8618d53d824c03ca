import { writeSync } from 'node:fs'
import { Exit } from '../exit-codes.ts'

/**
 * A function that writes a whole text before it returns, also into a full pipe. If the reader of the pipe ended, the program
 * ends silently with exit code 1 (cli §2); any other failure is reported on standard error first, after `prefix`.
 */
export function writer(descriptor: number, prefix = ''): (text: string) => void {
  return (text) => {
    let bytes = Buffer.from(text, 'utf8')
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(descriptor, bytes))
      } catch (error) {
        const errno = (error as NodeJS.ErrnoException).code
        if (errno === 'EAGAIN') {
          // The pipe is full and non-blocking: wait for its reader, milliseconds.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
          continue
        }
        if (errno !== 'EPIPE' && descriptor !== 2)
          complainOf(`${prefix}the output cannot be written: ${errno ?? String(error)}`)
        process.exit(Exit.error)
      }
    }
  }
}

/** Prints on standard error why the program ends, if standard error is open. */
function complainOf(text: string): void {
  try {
    writeSync(2, `${text}\n`)
  } catch {
    // The exit code is all that is left to report.
  }
}
