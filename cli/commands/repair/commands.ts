import type { CommandSpec } from '../../command.ts'
import type { OptionSpec } from '../../getopt.ts'
import {
  bootEnvironmentSynopsis,
  changeControl,
  formatChoice,
  licenses,
  noHeader,
  noIndex,
  outputFormat,
  parsable,
  planOutput,
  planRules,
} from '../../shared-options.ts'

/** `verify`. Source: cli §5.5. */
export const verify: CommandSpec = {
  name: 'verify',
  group: 'Package Maintenance',
  level: 'advanced',
  synopsis: [
    '[-Hqv] [-p path]... [--parsable version]',
    '[--unpackaged] [--unpackaged-only] [pkg_fmri_pattern ...]',
  ],
  table: {
    options: [
      noHeader,
      { key: 'quiet', short: 'q', kind: 'flag', help: 'Print nothing, only set the exit code.' },
      { key: 'verbose', short: 'v', kind: 'count', help: 'Show packages without errors too, and notes.' },
      { key: 'path', short: 'p', kind: 'list', argument: 'path', help: 'Only what delivers this path.' },
      { ...parsable, hidden: false },
      {
        key: 'unpackaged',
        long: ['unpackaged'],
        kind: 'flag',
        help: 'Also list what no package delivers.',
      },
      {
        key: 'unpackagedOnly',
        long: ['unpackaged-only'],
        kind: 'flag',
        help: 'Only list what no package delivers.',
      },
    ],
    choices: planRules.choices,
    conflicts: [
      ['verbose', 'quiet'],
      ['verbose', 'parsable'],
      ['noHeader', 'parsable'],
      ['path', 'unpackaged'],
      ['path', 'unpackagedOnly'],
      ['unpackaged', 'unpackagedOnly'],
    ],
  },
  needsImage: true,
  load: () => import('./verify.ts'),
}

/** `fix`. Source: cli §5.5. */
export const fix: CommandSpec = {
  name: 'fix',
  group: 'Package Maintenance',
  level: 'advanced',
  synopsis: [
    '[-nvq]',
    ...bootEnvironmentSynopsis,
    '[--accept] [--licenses] [--parsable version] [--unpackaged]',
    '[pkg_fmri_pattern ...]',
  ],
  table: {
    ...planRules,
    options: [
      ...planOutput,
      { ...noHeader, hidden: true },
      ...changeControl,
      ...licenses,
      { ...parsable, hidden: false },
      {
        key: 'unpackaged',
        long: ['unpackaged'],
        kind: 'flag',
        help: 'Also list what no package delivers.',
      },
    ],
  },
  needsImage: true,
  load: () => import('./fix.ts'),
}

const quietUndocumented: readonly OptionSpec[] = planOutput.map((option) =>
  option.key === 'quiet' ? { ...option, hidden: true } : option,
)

/** `revert`. Source: cli §5. */
export const revert: CommandSpec = {
  name: 'revert',
  group: 'Package Maintenance',
  level: 'advanced',
  synopsis: ['[-nv]', ...bootEnvironmentSynopsis, '(--tagged tag-name ... | path-to-file ...)'],
  table: {
    ...planRules,
    options: [
      ...quietUndocumented,
      ...changeControl,
      {
        key: 'tagged',
        long: ['tagged'],
        kind: 'flag',
        help: 'The operands are tags: everything that is tagged so.',
      },
      parsable,
    ],
  },
  needsImage: true,
  load: () => import('./revert.ts'),
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
      noHeader,
      outputFormat,
    ],
    choices: [formatChoice],
  },
  needsImage: true,
  load: () => import('./mediator.ts'),
}

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
      ...quietUndocumented,
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
      ...changeControl,
      hiddenNoIndex,
      parsable,
    ],
  },
  needsImage: true,
  load: async () => (await import('./set-mediator.ts')).set,
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
      ...quietUndocumented,
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
      ...changeControl,
      hiddenNoIndex,
      parsable,
    ],
  },
  needsImage: true,
  load: async () => (await import('./set-mediator.ts')).unset,
}

const hydration = (name: string): CommandSpec => ({
  name,
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: ['[-nvq] [-p publisher ...]'],
  table: {
    ...planRules,
    options: [
      ...planOutput,
      {
        key: 'publisher',
        short: 'p',
        kind: 'list',
        argument: 'publisher',
        help: 'Only this publisher; by default all that have a repository.',
      },
      parsable,
    ],
  },
  needsImage: true,
  load: () => import('./hydrate.ts'),
})

/** `dehydrate`. Source: cli §10. */
export const dehydrate: CommandSpec = hydration('dehydrate')

/** `rehydrate`. Source: cli §10. */
export const rehydrate: CommandSpec = hydration('rehydrate')
