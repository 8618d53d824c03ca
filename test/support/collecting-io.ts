import type { CommandIo } from '../../cli/command.ts'
import { neverCanceled } from './never-canceled.ts'

/** Surroundings of a command that keep what it writes; without a terminal unless `changes` say otherwise. */
export function collectingIo(changes: Partial<CommandIo> = {}) {
  const output = { stdout: '', stderr: '' }
  const io: CommandIo = {
    stdout: (text) => {
      output.stdout += text
    },
    stderr: (text) => {
      output.stderr += text
    },
    overwrite: (line) => {
      output.stdout += `\r${line}`
    },
    cancellation: neverCanceled,
    stdoutIsTty: false,
    stderrIsTty: false,
    columns: undefined,
    env: {},
    cwd: '/nonexistent',
    programName: 'pkg6',
    commandLine: ['pkg6'],
    ...changes,
  }
  return { io, output }
}
