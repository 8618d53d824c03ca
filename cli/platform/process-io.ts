import { fstatSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { CommandIo } from '../command.ts'
import { Exit } from '../exit-codes.ts'
import { workingDirectory } from '../io/working-directory.ts'
import { writer } from '../io/writer.ts'
import { createCancellation } from './cancellation.ts'

const prefix = 'pkg6: '

/**
 * Output, signals and environment of the running process. SIGINT, SIGTERM and SIGHUP end it with exit code 1: at once, or, while
 * files are changed, after the changes are rolled back. A change that is already committed stays, and its exit code counts.
 */
export function processIo(): CommandIo {
  const stderr = writer(2, prefix)
  const cancellation = createCancellation(() => {
    stderr('\nCanceled.\n')
    process.exit(Exit.error)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, cancellation.request)
  const script = basename(process.argv[1] ?? 'pkg6')
  return {
    stdout: writer(1, prefix),
    stderr,
    cancellation,
    stdoutIsTty: isDevice(1) && process.stdout.isTTY === true,
    stderrIsTty: isDevice(2) && process.stderr.isTTY === true,
    columns: isDevice(1) ? process.stdout.columns : undefined,
    env: process.env,
    cwd: workingDirectory(),
    programName: basename(script, extname(script)),
    commandLine: [process.argv[1] ?? 'pkg6', ...process.argv.slice(2)],
  }
}

/** True when a descriptor may be a terminal. Using `process.stdout` for a pipe would load the network modules. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}
