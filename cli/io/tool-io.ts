import { Exit } from '../exit-codes.ts'
import type { TextOutput } from '../output.ts'
import { isTerminal } from './terminal.ts'
import { workingDirectory } from './working-directory.ts'
import { closeStandardStreams, processOutput } from './writer.ts'

/** All that `pkg6repo` and `pkg6depot` take from their process. */
export interface ToolIo extends TextOutput {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  /** Columns of the terminal on standard output; undefined without a terminal. */
  readonly columns?: number | undefined
  /** Default: standard input of the process. */
  readonly stdin?: AsyncIterable<Uint8Array>
}

/**
 * Runs a command with the output and environment of the process, and sets the exit code; the command handles signals itself. If standard
 * output is lost, the command continues, because a change of a repository must not stop half-way. A success becomes exit code 1 then.
 */
export async function runTool(
  program: string,
  run: (argv: readonly string[], io: ToolIo) => Promise<number>,
): Promise<void> {
  const { stdout, stderr } = processOutput(`${program}: `, () => {})
  const code = await run(process.argv.slice(2), {
    stdout: stdout.write,
    stderr: stderr.write,
    overwrite: (line) => stdout.write(`\r${line}`),
    stdoutIsTty: isTerminal(1),
    columns: isTerminal(1) ? process.stdout.columns : undefined,
    env: process.env,
    cwd: workingDirectory(),
  })
  process.exitCode = code === Exit.ok && stdout.isLost() ? Exit.error : code
  if (stdout.isLost() || stderr.isLost()) closeStandardStreams()
}
