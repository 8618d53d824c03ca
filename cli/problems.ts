import type { OperationProblem } from '#image'
import type { ProblemWords } from '#model'

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

/** Whatever a command can run into. */
export type CommandProblem = OperationProblem | CliProblem

/** Message and help of every code of this room. */
export const cliWords: ProblemWords<CliProblem> = {
  describe: {
    'ips::cli_error::unsupported_option': (p) => `The option '${p.option}' cannot be honoured: ${p.why}`,
    'ips::cli_error::bad_argument': (p) => p.text,
    'ips::cli_error::no_such_child': (p) => `This image has no linked child image named '${p.name}'.`,
  },
  help: {
    'ips::cli_error::unsupported_option': (p) => p.instead,
    'ips::cli_error::bad_argument': () => undefined,
    'ips::cli_error::no_such_child': () => 'Run the command without -z, -Z and -i.',
  },
}
