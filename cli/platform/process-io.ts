import { basename, extname } from 'node:path'
import type { CommandIo } from '../command.ts'
import { Exit } from '../exit-codes.ts'
import { isDevice, isTerminal } from '../io/terminal.ts'
import { workingDirectory } from '../io/working-directory.ts'
import { closeStandardStreams, processOutput } from '../io/writer.ts'
import { createCancellation } from './cancellation.ts'
import { isMemoryShortage } from './memory-shortage.ts'

/** The surroundings of a command in the running process. */
export interface ProcessIo extends CommandIo {
  /** Ends the process after a command that ended with `code`. If the output was lost, a success becomes a failure, unless the command changed files. */
  exit(code: number): never
}

/**
 * Output, signals and environment of the running process. SIGINT, SIGTERM and SIGHUP end it with exit code 1: at once, or, while
 * files are changed, after the changes are rolled back. A change that is already committed stays, and its exit code counts. The loss of standard
 * output (its reader ended, its disk is full, its terminal is gone) does the same, in silence.
 */
export function processIo(): ProcessIo {
  const { stdout, stderr } = processOutput('pkg6: ', () => {
    // Not at once: the write may be in the middle of a change, and signals never arrive there either.
    setImmediate(cancellation.request)
  })
  const cancellation = createCancellation(() => {
    if (!stdout.isLost()) stderr.write('\nCanceled.\n')
    exit(Exit.error)
  })
  const exit = (code: number): never => {
    if (stdout.isLost() || stderr.isLost()) closeStandardStreams()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, cancellation.request)
  process.on('unhandledRejection', (error) => {
    // Node loads its own HTTP client when a library asks whether there is one. The program does not use it, so its failure is ignored.
    if (!isMemoryShortage(error) || !String((error as Error).stack).includes('node:internal/')) throw error
  })
  const script = basename(process.argv[1] ?? 'pkg6')
  return {
    stdout: stdout.write,
    stderr: stderr.write,
    overwrite: (line) => stdout.write(`\r${line}`),
    exit: (code) => exit(code === Exit.ok && stdout.isLost() && !cancellation.hasHeld() ? Exit.error : code),
    cancellation,
    stdoutIsTty: isTerminal(1),
    stderrIsTty: isTerminal(2),
    columns: isDevice(1) ? process.stdout.columns : undefined,
    env: process.env,
    cwd: workingDirectory(),
    programName: basename(script, extname(script)),
    commandLine: [process.argv[1] ?? 'pkg6', ...process.argv.slice(2)],
  }
}
