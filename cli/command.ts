import type { Cancellation, Image, ImageHost, ImageLocation, OperationProblem } from '#image'
import type { EventSink, Result } from '#model'
import type { Arguments, OptionTable } from './getopt.ts'
import type { CommandProblem } from './problems.ts'

/** Where a command writes and what it may know of its surroundings; everything the commands take from the process. */
export interface CommandIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** What signals mean. */
  readonly cancellation: Cancellation
  readonly stdoutIsTty: boolean
  readonly stderrIsTty: boolean
  /** Columns of the terminal; undefined where it has none. */
  readonly columns: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  /** Name the program was started as, without extension: first word of every message. */
  readonly programName: string
  /** Full command line, for history. */
  readonly commandLine: readonly string[]
}

/** Options before the subcommand. */
export interface GlobalOptions {
  readonly root: string | undefined
  readonly debug: ReadonlyMap<string, string>
  readonly noNetworkCache: boolean
  /** Name of the SAT engine; undefined: the default. */
  readonly satBackend: string | undefined
}

/** What a running command works with. */
export interface CommandContext {
  readonly io: CommandIo
  readonly globals: GlobalOptions
  readonly spec: CommandSpec
  readonly arguments: Arguments
  /** All ports filled; events go to `events`. */
  readonly host: (events: EventSink) => Promise<ImageHost>
  /** The image that was found; throws when the command needs none. */
  readonly location: () => ImageLocation
  /** Opens the found image; it is closed when the command ends. */
  readonly open: (mode: 'read' | 'write', events: EventSink) => Promise<Result<Image, OperationProblem>>
  /** `PROGRAM COMMAND: text` on standard error. */
  readonly complain: (text: string) => void
  /** Prints a problem with its help and returns its exit code. */
  readonly fail: (problem: CommandProblem) => Promise<number>
  /** Prints the text, then the usage of the command; returns 2. */
  readonly misuse: (text: string) => number
}

/** A command: its table for parsing and usage, and its body, which is only loaded when it runs. */
export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Line of the overview it stands in; undefined: not listed. */
  readonly group?: string
  readonly level: 'basic' | 'advanced'
  /** Lines after the name. */
  readonly synopsis: readonly string[]
  readonly table: OptionTable
  /** False: the command works without an image. */
  readonly needsImage?: false
  /** No option at all, not even `--`, is looked for: every word is an operand. */
  readonly rawOperands?: boolean
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>
}
