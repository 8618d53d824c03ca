import { writeSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { CommandIo } from './command.ts'
import { Exit } from './exit-codes.ts'
import { workingDirectory } from './working-directory.ts'

/** Writes all of a text before it returns, also into a full pipe; a reader that went away ends the program (cli §2: exit 1). */
function writer(descriptor: number): (text: string) => void {
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
          complainOf(`the output cannot be written: ${errno ?? String(error)}`)
        process.exit(Exit.error)
      }
    }
  }
}

/** Says on standard error why the program ends, if anybody listens there. */
function complainOf(text: string): void {
  try {
    writeSync(2, `pkg6: ${text}\n`)
  } catch {
    // Nowhere to say it: the exit code has to do.
  }
}

/**
 * The surroundings of the running process. SIGINT, SIGTERM and SIGHUP end it with exit code 1: between two steps, because
 * files are changed without giving way to signals, and what was begun is undone or finished by the next command.
 */
export function processIo(): CommandIo {
  const stderr = writer(2)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      stderr('\nCanceled.\n')
      process.exit(Exit.error)
    })
  const script = basename(process.argv[1] ?? 'pkg6')
  return {
    stdout: writer(1),
    stderr,
    stdoutIsTty: process.stdout.isTTY === true,
    stderrIsTty: process.stderr.isTTY === true,
    columns: process.stdout.columns,
    env: process.env,
    cwd: workingDirectory(),
    programName: basename(script, extname(script)),
    commandLine: [process.argv[1] ?? 'pkg6', ...process.argv.slice(2)],
  }
}
