import { readFileSync } from 'node:fs'
import { workingDirectory } from './working-directory.ts'
import { writer } from './writer.ts'

/** What the companion commands take from the process. */
export interface ToolIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  /** Whole standard input; that of the process unless given. */
  readonly readInput?: () => string
}

/** The surroundings of the running process; signals are left to the command. */
export function toolIo(): ToolIo {
  return { stdout: writer(1), stderr: writer(2), env: process.env, cwd: workingDirectory() }
}

/** Standard input as text. */
export function readToolInput(io: ToolIo): string {
  return io.readInput === undefined ? readFileSync(0, 'utf8') : io.readInput()
}
