import { readFileSync, writeSync } from 'node:fs'
import { workingDirectory } from './working-directory.ts'

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

/** Writes all of a text before it returns; a reader that went away ends the program. */
function writer(descriptor: number): (text: string) => void {
  return (text) => {
    let bytes = Buffer.from(text, 'utf8')
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(descriptor, bytes))
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') continue
        const errno = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
        if (errno !== 'EPIPE' && descriptor === 1) writer(2)(`the output cannot be written: ${errno}\n`)
        process.exit(1)
      }
    }
  }
}
