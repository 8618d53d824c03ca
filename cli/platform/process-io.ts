import { basename, extname } from 'node:path'
import type { CommandIo } from '../command.ts'
import { Exit } from '../exit-codes.ts'
import { isDevice, isTerminal } from '../io/terminal.ts'
import { workingDirectory } from '../io/working-directory.ts'
import { processOutput } from '../io/writer.ts'
import { createCancellation } from './cancellation.ts'
import { isMemoryShortage } from './memory-shortage.ts'

/** The surroundings of a command in the running process. */
export interface ProcessIo extends CommandIo {
  /** The exit code of a command that ended with `code`: a success whose output was lost is none, unless the command changed files. */
  exitCode(code: number): number
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
    process.exit(Exit.error)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, cancellation.request)
  process.on('unhandledRejection', (error) => {
    // Node loads its own HTTP client when a library asks whether there is one. Nobody uses it, so its failure is none of ours.
    if (!isMemoryShortage(error) || !String((error as Error).stack).includes('node:internal/')) throw error
  })
  const script = basename(process.argv[1] ?? 'pkg6')
  return {
    stdout: stdout.write,
    stderr: stderr.write,
    overwrite: (line) => stdout.write(`\r${line}`),
    exitCode: (code) => (code === Exit.ok && stdout.isLost() && !cancellation.hasHeld() ? Exit.error : code),
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
