import type { CommandSpec } from '../command.ts'
import {
  bootEnvironmentSynopsis,
  fetching,
  hiddenNoRecurse,
  ignoreMissing,
  noHeader,
  noRecurse,
  packageChange,
  parsable,
  planRules,
  reaching,
  stage,
} from './shared-options.ts'

/** `install`. Source: cli §5. */
export const install: CommandSpec = {
  name: 'install',
  group: 'Package Transitions',
  level: 'basic',
  synopsis: [
    '[-nvq] [-C n] [-g path_or_uri ...]',
    '[--no-index] [--no-refresh] [--licenses] [--accept]',
    ...bootEnvironmentSynopsis,
    '[-r [-z zonename... | -Z zonename...]]',
    '[--sync-actuators | --sync-actuators-timeout timeout]',
    '[--reject pkg_fmri_pattern ... ] pkg_fmri_pattern ...',
  ],
  table: {
    ...planRules,
    options: [...packageChange, ...fetching, ...reaching, hiddenNoRecurse, stage],
  },
  needsImage: true,
  load: () => import('../commands/install.ts'),
}

/** `uninstall`. Source: cli §5. */
export const uninstall: CommandSpec = {
  name: 'uninstall',
  group: 'Package Transitions',
  level: 'basic',
  synopsis: [
    '[-nvq] [-C n] [--ignore-missing] [--no-index]',
    ...bootEnvironmentSynopsis,
    '[-r [-z zonename... | -Z zonename...]]',
    '[--sync-actuators | --sync-actuators-timeout timeout]',
    'pkg_fmri_pattern ...',
  ],
  table: {
    ...planRules,
    options: [...packageChange, ignoreMissing, ...reaching, hiddenNoRecurse, stage],
  },
  needsImage: true,
  load: () => import('../commands/uninstall.ts'),
}

/** `update`, also called `image-update`. Source: cli §5. */
export const update: CommandSpec = {
  name: 'update',
  aliases: ['image-update'],
  group: 'Package Transitions',
  level: 'basic',
  synopsis: [
    '[-fnvq] [-C n] [-g path_or_uri ...] [--ignore-missing]',
    '[--no-index] [--no-refresh] [--licenses] [--accept]',
    ...bootEnvironmentSynopsis,
    '[-R | -r [-z zonename... | -Z zonename...]]',
    '[--sync-actuators | --sync-actuators-timeout timeout]',
    '[--reject pkg_fmri_pattern ...] [pkg_fmri_pattern ...]',
  ],
  table: {
    ...planRules,
    options: [
      {
        key: 'force',
        short: 'f',
        kind: 'flag',
        help: 'Do not check first that the package system itself is current.',
      },
      ...packageChange,
      ...fetching,
      ignoreMissing,
      noRecurse,
      ...reaching,
      stage,
    ],
  },
  needsImage: true,
  load: () => import('../commands/update.ts'),
}

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
  load: () => import('../commands/verify.ts'),
}
