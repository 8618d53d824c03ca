import type { CommandSpec } from '../../command.ts'
import { type OptionSpec, option } from '../../getopt.ts'
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
      option('quiet', '-q', 'Print nothing; only set the exit code.'),
      option('verbose', '-v +', 'Also show notes and packages without errors.'),
      option('path', '-p <path>...', 'Check only the action that delivers this path.'),
      { ...parsable, hidden: false },
      option('unpackaged', '--unpackaged', 'Also list files that no package delivers.'),
      option('unpackagedOnly', '--unpackaged-only', 'List only files that no package delivers.'),
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
      option('unpackaged', '--unpackaged', 'Also list files that no package delivers.'),
    ],
  },
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
      option('tagged', '--tagged', 'Revert all files with one of these tags.'),
      parsable,
    ],
  },
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
      option('available', '-a', 'List all choices that installed packages offer.'),
      noHeader,
      outputFormat,
    ],
    choices: [formatChoice],
  },
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
      option(
        'implementation',
        '-I, --implementation <implementation>',
        'Implementation: name, name@version, name@ (without version), None (no implementation), or empty (chosen by the client).',
      ),
      option(
        'version',
        '-V, --version <version>',
        'Version, None (no version), or empty (chosen by the client).',
      ),
      ...changeControl,
      hiddenNoIndex,
      parsable,
    ],
  },
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
      option('implementation', '-I, --implementation', 'Unset only the implementation.'),
      option('version', '-V, --version', 'Unset only the version.'),
      ...changeControl,
      hiddenNoIndex,
      parsable,
    ],
  },
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
      option(
        'publisher',
        '-p <publisher>...',
        'Work on only this publisher; by default, on all publishers with a repository.',
      ),
      parsable,
    ],
  },
  load: () => import('./hydrate.ts'),
})

/** `dehydrate`. Source: cli §10. */
export const dehydrate: CommandSpec = hydration('dehydrate')

/** `rehydrate`. Source: cli §10. */
export const rehydrate: CommandSpec = hydration('rehydrate')
