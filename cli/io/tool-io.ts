import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { workingDirectory } from './working-directory.ts'
import { writer } from './writer.ts'

/** All that `pkg6repo` and `pkg6depot` take from their process. */
export interface ToolIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  /** Columns of the terminal that standard output is, where progress is shown; undefined without a terminal. */
  readonly columns?: number | undefined
  /** Returns the whole standard input; by default that of the process. */
  readonly readInput?: () => string
}

/** Output and environment of the running process; the command handles signals itself. */
export function toolIo(): ToolIo {
  const columns = isatty(1) ? process.stdout.columns || 80 : undefined
  return { stdout: writer(1), stderr: writer(2), env: process.env, cwd: workingDirectory(), columns }
}

/** Standard input as text. */
export function readToolInput(io: ToolIo): string {
  return io.readInput === undefined ? readFileSync(0, 'utf8') : io.readInput()
}
