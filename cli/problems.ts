import type { OperationProblem } from '#image'
import { errnoText, type ProblemMessages } from '#model'

/** Why a file could not be read: the errno name of the failed call, or `EFBIG` for more bytes than allowed. */
export interface InputFault {
  readonly errno: string
}

/** Problems of the command line. */
export type CliProblem =
  /** The option is known, but this client does not implement it. Options are never ignored silently. */
  | {
      readonly code: 'ips::cli_error::unsupported_option'
      readonly option: string
      readonly why: string
      readonly instead: string
    }
  /** The argument is well-formed but names nothing. */
  | {
      readonly code: 'ips::cli_error::bad_argument'
      readonly text: string
    }
  /** The named child image does not exist; this client has no linked images. */
  | { readonly code: 'ips::cli_error::no_such_child'; readonly name: string }
  /** The request file, or the image file it names, has an invalid structure. */
  | {
      readonly code: 'ips::cli_error::bad_request_file'
      readonly path: string
      /** JSON pointer to the invalid value; `/` is the whole file. */
      readonly at: string
      readonly wanted: string
    }
  /** A file that the command line or a request file names cannot be read. */
  | { readonly code: 'ips::cli_error::unreadable_file'; readonly path: string; readonly errno: string }
  /** The output file cannot be written. */
  | { readonly code: 'ips::cli_error::unwritable_file'; readonly path: string; readonly errno: string }
  /** The system gives the program no more memory. Changes of the image are rolled back now, or by the next command. */
  | { readonly code: 'ips::cli_error::out_of_memory'; readonly reason: string }
  /** The output path of an export exists already. */
  | { readonly code: 'ips::cli_error::output_exists'; readonly path: string }
  /** The file at the path of the catalog index is damaged or not a catalog index. */
  | { readonly code: 'ips::cli_error::not_an_index'; readonly path: string }

/** Every problem of a command. */
export type CommandProblem = OperationProblem | CliProblem

/** The messages of every problem of this package. */
export const cliMessages: ProblemMessages<CliProblem> = {
  describe: {
    'ips::cli_error::unsupported_option': (p) => `The option '${p.option}' cannot be honoured: ${p.why}`,
    'ips::cli_error::bad_argument': (p) => p.text,
    'ips::cli_error::no_such_child': (p) => `This image has no linked child image named '${p.name}'.`,
    'ips::cli_error::bad_request_file': (p) =>
      p.at === '/' ? `${p.path} is not ${p.wanted}.` : `${p.path}: ${p.at} is not ${p.wanted}.`,
    'ips::cli_error::unreadable_file': (p) => `${p.path} cannot be read: ${errnoText(p.errno)}`,
    'ips::cli_error::unwritable_file': (p) => `${p.path} cannot be written: ${errnoText(p.errno)}`,
    'ips::cli_error::out_of_memory': (p) => `There is not enough memory: ${p.reason}`,
    'ips::cli_error::output_exists': (p) => `${p.path} exists already; it was not changed.`,
    'ips::cli_error::not_an_index': (p) => `${p.path} is damaged or not a catalog index; it was not changed.`,
  },
  help: {
    'ips::cli_error::unsupported_option': (p) => p.instead,
    'ips::cli_error::bad_argument': () => undefined,
    'ips::cli_error::no_such_child': () => 'Run the command without -z, -Z and -i.',
    'ips::cli_error::bad_request_file': () => undefined,
    'ips::cli_error::unreadable_file': () => undefined,
    'ips::cli_error::unwritable_file': () => undefined,
    'ips::cli_error::out_of_memory': () =>
      'Allow the program more memory (see: ulimit -v), or end other programs, and run the command again.',
    'ips::cli_error::output_exists': (p) => `Remove ${p.path}, or name another path with --output.`,
    'ips::cli_error::not_an_index': (p) => `Remove ${p.path}, or name another file with --index.`,
  },
}
