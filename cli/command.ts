import type { Cancellation, Image, ImageHost, ImageLocation, OperationProblem } from '#image'
import type { EventSink, Result } from '#model'
import type { Arguments, OptionTable } from './getopt.ts'
import type { CleanOutput, TextOutput } from './output.ts'
import type { CommandProblem } from './problems.ts'

/** All that a command takes from its process: output, signals and environment. */
export interface CommandIo extends TextOutput {
  /** Requested by SIGINT, SIGTERM and SIGHUP. */
  readonly cancellation: Cancellation
  readonly stderrIsTty: boolean
  /** Columns of the terminal; undefined without a terminal. */
  readonly columns: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  /** Name that the program was started as, without extension; the first word of every message. */
  readonly programName: string
  /** The whole command line, for the history. */
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

/** The input of a running command, and its ways to report problems. */
export interface CommandContext {
  readonly io: CommandIo & CleanOutput
  readonly globals: GlobalOptions
  readonly spec: CommandSpec
  readonly arguments: Arguments
  /** Implementations of all ports of an image; `events` receives its events. */
  readonly host: (events: EventSink) => Promise<ImageHost>
  /** The image of the command line; throws for a command that needs no image. */
  readonly location: () => ImageLocation
  /** Opens that image; it is closed when the command ends. */
  readonly open: (mode: 'read' | 'write', events: EventSink) => Promise<Result<Image, OperationProblem>>
  /** Prints `PROGRAM COMMAND: text` on standard error. */
  readonly complain: (text: string) => void
  /** Prints a problem with its help line and returns its exit code. */
  readonly fail: (problem: CommandProblem) => Promise<number>
  /** Prints the text, then the usage of the command; returns 2. */
  readonly misuse: (text: string) => number
}

/** A command: the table for its parser and usage, and its body, which is loaded when the command runs. */
export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Line of the overview that lists the command; undefined: not listed. */
  readonly group?: string
  readonly level: 'basic' | 'advanced'
  /** Lines of the usage after the name. */
  readonly synopsis: readonly string[]
  readonly table: OptionTable
  /** False: the command works without an image. */
  readonly needsImage?: false
  /** True: the command has no options, and every argument is an operand, even `--`. */
  readonly rawOperands?: boolean
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>
}
