import type { OperationProblem } from '#image'
import { errnoText, type ProblemMessages } from '#model'

/** Why a file could not be read: name of a failed call's error, `EFBIG` for more bytes than allowed. */
export interface InputFault {
  readonly errno: string
}

/** Why a file that the user named could not be read, in words. */
export function inputFaultText({ errno }: InputFault): string {
  return errno === 'EPIPE' ? 'nobody writes into this pipe (EPIPE)' : errnoText(errno)
}

/** Problems that only the command line knows. */
export type CliProblem =
  /** The option is known, but what it asks for is not there. Never ignored in silence. */
  | {
      readonly code: 'ips::cli_error::unsupported_option'
      readonly option: string
      readonly why: string
      readonly instead: string
    }
  /** An argument that is read, but means nothing. */
  | {
      readonly code: 'ips::cli_error::bad_argument'
      readonly text: string
    }
  /** A child image was named, and there are none. */
  | { readonly code: 'ips::cli_error::no_such_child'; readonly name: string }
  /** A request file, or the image file it names, is not what such files are. */
  | {
      readonly code: 'ips::cli_error::bad_request_file'
      readonly path: string
      /** Where, as a JSON pointer; `/` is the whole file. */
      readonly at: string
      readonly wanted: string
    }
  /** A file named on the command line, or in a request file, cannot be read. */
  | { readonly code: 'ips::cli_error::unreadable_file'; readonly path: string; readonly errno: string }
  /** A file that was asked for cannot be written. */
  | { readonly code: 'ips::cli_error::unwritable_file'; readonly path: string; readonly errno: string }
  /** Something is where an export should be made. */
  | { readonly code: 'ips::cli_error::output_exists'; readonly path: string }
  /** A file stands where the catalog index should go, and it is no catalog index or a damaged one. */
  | { readonly code: 'ips::cli_error::not_an_index'; readonly path: string }

/** Whatever a command can run into. */
export type CommandProblem = OperationProblem | CliProblem

/** The messages of every problem of this package. */
export const cliMessages: ProblemMessages<CliProblem> = {
  describe: {
    'ips::cli_error::unsupported_option': (p) => `The option '${p.option}' cannot be honoured: ${p.why}`,
    'ips::cli_error::bad_argument': (p) => p.text,
    'ips::cli_error::no_such_child': (p) => `This image has no linked child image named '${p.name}'.`,
    'ips::cli_error::bad_request_file': (p) =>
      p.at === '/' ? `${p.path} is not ${p.wanted}.` : `${p.path}: ${p.at} is not ${p.wanted}.`,
    'ips::cli_error::unreadable_file': (p) => `${p.path} cannot be read: ${inputFaultText(p)}`,
    'ips::cli_error::unwritable_file': (p) => `${p.path} cannot be written: ${errnoText(p.errno)}`,
    'ips::cli_error::output_exists': (p) => `${p.path} exists already; it was left as it is.`,
    'ips::cli_error::not_an_index': (p) =>
      `${p.path} is no catalog index, or a damaged one; it was left as it is.`,
  },
  help: {
    'ips::cli_error::unsupported_option': (p) => p.instead,
    'ips::cli_error::bad_argument': () => undefined,
    'ips::cli_error::no_such_child': () => 'Run the command without -z, -Z and -i.',
    'ips::cli_error::bad_request_file': () => undefined,
    'ips::cli_error::unreadable_file': () => undefined,
    'ips::cli_error::unwritable_file': () => undefined,
    'ips::cli_error::output_exists': (p) => `Remove ${p.path}, or name another place with --output.`,
    'ips::cli_error::not_an_index': (p) => `Remove ${p.path}, or name another file with --index.`,
  },
}
