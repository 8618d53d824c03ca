import { fstatSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { CommandIo } from './command.ts'
import { Exit } from './exit-codes.ts'
import { workingDirectory } from './working-directory.ts'
import { writer } from './writer.ts'

const prefix = 'pkg6: '

/**
 * The surroundings of the running process. SIGINT, SIGTERM and SIGHUP end it with exit code 1: between two steps, because
 * files are changed without giving way to signals, and what was begun is undone or finished by the next command.
 */
export function processIo(): CommandIo {
  const stderr = writer(2, prefix)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      stderr('\nCanceled.\n')
      process.exit(Exit.error)
    })
  const script = basename(process.argv[1] ?? 'pkg6')
  return {
    stdout: writer(1, prefix),
    stderr,
    stdoutIsTty: isDevice(1) && process.stdout.isTTY === true,
    stderrIsTty: isDevice(2) && process.stderr.isTTY === true,
    columns: isDevice(1) ? process.stdout.columns : undefined,
    env: process.env,
    cwd: workingDirectory(),
    programName: basename(script, extname(script)),
    commandLine: [process.argv[1] ?? 'pkg6', ...process.argv.slice(2)],
  }
}

/** Whether a descriptor may be a terminal. To ask `process.stdout` loads the network modules where it is a pipe. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}
