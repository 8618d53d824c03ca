import { writeSync } from 'node:fs'

/** A descriptor that text is written to. */
export interface Writer {
  /** Writes a whole text before it returns, also into a full pipe. Writes nothing once the output is lost. */
  write(text: string): void
  /** True after a write failed: the reader of the pipe ended, the disk is full, the terminal is gone. */
  isLost(): boolean
}

/**
 * Writes to a descriptor. The first failure calls `onLost` with its errno, and everything after it is dropped: the program may be in the middle
 * of a change, which only its caller can end in order.
 */
export function writer(descriptor: number, onLost: (errno: string) => void): Writer {
  let lost = false
  return {
    isLost: () => lost,
    write(text) {
      let bytes = Buffer.from(text, 'utf8')
      while (bytes.length > 0 && !lost) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes))
        } catch (error) {
          const errno = (error as NodeJS.ErrnoException).code
          if (errno === undefined) throw error
          if (errno === 'EAGAIN') {
            // The pipe is full and non-blocking: wait for its reader, milliseconds.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
            continue
          }
          lost = true
          onLost(errno)
        }
      }
    },
  }
}

/** Standard output and standard error of a process. */
export interface ProcessOutput {
  readonly stdout: Writer
  readonly stderr: Writer
}

/**
 * The outputs of the running process. Standard error says why standard output was lost, unless its reader ended, which is usual (`| head`).
 * `onLost` is called when standard output is lost.
 */
export function processOutput(prefix: string, onLost: () => void): ProcessOutput {
  const stderr = writer(2, () => {})
  const stdout = writer(1, (errno) => {
    if (errno !== 'EPIPE') stderr.write(`${prefix}the output cannot be written: ${errno}\n`)
    onLost()
  })
  return { stdout, stderr }
}
