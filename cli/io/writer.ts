import { writeSync } from 'node:fs'
import { Exit } from '../exit-codes.ts'

/**
 * Writes all of a text before it returns, also into a full pipe. A reader that went away ends the program in silence (cli §2:
 * exit 1); any other failure is told on standard error first, behind `prefix`.
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
          // The pipe is full and somebody made it non-blocking: wait a little for the reader.
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

/** Says on standard error why the program ends, if anybody listens there. */
function complainOf(text: string): void {
  try {
    writeSync(2, `${text}\n`)
  } catch {
    // Nowhere to say it: the exit code has to do.
  }
}
