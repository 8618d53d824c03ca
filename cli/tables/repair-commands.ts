import type { CommandSpec } from '../command.ts'
import type { OptionSpec } from '../getopt.ts'
import {
  bootEnvironment,
  bootEnvironmentSynopsis,
  noIndex,
  parsable,
  planOutput,
  planRules,
} from './shared-options.ts'

const hiddenNoIndex: OptionSpec = { ...noIndex, hidden: true }

/** `set-mediator`. Source: cli §5. */
export const setMediator: CommandSpec = {
  name: 'set-mediator',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: ['[-nv] [-I <implementation>]', '[-V <version>]', ...bootEnvironmentSynopsis, '<mediator> ...'],
  table: {
    ...planRules,
    options: [
      ...planOutput.map((option) => (option.key === 'quiet' ? { ...option, hidden: true } : option)),
      {
        key: 'implementation',
        short: 'I',
        long: ['implementation'],
        kind: 'text',
        argument: 'implementation',
        help: 'name, name@version, name@ (without version); None for none; empty to let the system choose.',
      },
      {
        key: 'version',
        short: 'V',
        long: ['version'],
        kind: 'text',
        argument: 'version',
        help: 'Version; None for none; empty to let the system choose.',
      },
      ...bootEnvironment,
      hiddenNoIndex,
      parsable,
    ],
  },
  needsImage: true,
  load: () => import('../commands/set-mediator.ts'),
}

/** `unset-mediator`. Source: cli §5. */
export const unsetMediator: CommandSpec = {
  name: 'unset-mediator',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: ['[-nvIV]', ...bootEnvironmentSynopsis, '<mediator> ...'],
  table: {
    ...planRules,
    options: [
      ...planOutput.map((option) => (option.key === 'quiet' ? { ...option, hidden: true } : option)),
      {
        key: 'implementation',
        short: 'I',
        long: ['implementation'],
        kind: 'flag',
        help: 'Only the implementation is left to the system again.',
      },
      {
        key: 'version',
        short: 'V',
        long: ['version'],
        kind: 'flag',
        help: 'Only the version is left to the system again.',
      },
      ...bootEnvironment,
      hiddenNoIndex,
      parsable,
    ],
  },
  needsImage: true,
  load: () => import('../commands/unset-mediator.ts'),
}

/** `mediator`. Source: cli §8. */
export const mediator: CommandSpec = {
  name: 'mediator',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: ['[-aH] [-F format] [<mediator> ...]'],
  table: {
    options: [
      {
        key: 'available',
        short: 'a',
        kind: 'flag',
        help: 'Everything that installed packages offer, not what holds.',
      },
      { key: 'noHeader', short: 'H', kind: 'flag', help: 'No headings.' },
      {
        key: 'format',
        short: 'F',
        long: ['output-format'],
        kind: 'text',
        argument: 'format',
        help: 'default, tsv, json or json-formatted.',
      },
    ],
    choices: [
      {
        key: 'format',
        values: ['default', 'tsv', 'json', 'json-formatted'],
        shown: 'default, tsv, json, json-formatted',
      },
    ],
  },
  needsImage: true,
  load: () => import('../commands/mediator.ts'),
}
