import type { CommandSpec } from '../../command.ts'
import { option } from '../../getopt.ts'
import {
  bootEnvironmentSynopsis,
  fetching,
  hiddenNoRecurse,
  ignoreMissing,
  noRecurse,
  packageChange,
  planRules,
  reaching,
  stage,
} from '../../shared-options.ts'

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
  load: async () => (await import('./change-packages.ts')).install,
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
  load: async () => (await import('./change-packages.ts')).uninstall,
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
      option('force', '-f', 'Do not check first whether the package client is current.'),
      ...packageChange,
      ...fetching,
      ignoreMissing,
      noRecurse,
      ...reaching,
      stage,
    ],
  },
  load: async () => (await import('./change-packages.ts')).update,
}

/** `exact-install`. Source: cli §5. */
export const exactInstall: CommandSpec = {
  name: 'exact-install',
  group: 'Package Transitions',
  level: 'advanced',
  synopsis: [
    '[-nvq] [-C n] [-g path_or_uri ...] [--accept]',
    '[--licenses] [--no-index] [--no-refresh]',
    ...bootEnvironmentSynopsis,
    '[--reject pkg_fmri_pattern ... ] pkg_fmri_pattern ...',
  ],
  table: {
    ...planRules,
    options: [...packageChange, ...fetching],
  },
  load: async () => (await import('./change-packages.ts')).exactInstall,
}

/** `autoremove`. Source: cli §5. */
export const autoremove: CommandSpec = {
  name: 'autoremove',
  group: 'Package Transitions',
  level: 'basic',
  synopsis: [
    '[-nvq] [-C n] [--ignore-missing] [--no-index]',
    ...bootEnvironmentSynopsis,
    '[-r [-z zonename... | -Z zonename...]]',
    '[--sync-actuators | --sync-actuators-timeout timeout]',
  ],
  table: {
    ...planRules,
    options: [...packageChange, ignoreMissing, ...reaching, hiddenNoRecurse, stage],
  },
  load: () => import('./autoremove.ts'),
}

const changeSynopsis = [
  '[-nvq] [-C n] [-g path_or_uri ...] [--accept]',
  '[--licenses] [--no-index] [--no-refresh]',
  ...bootEnvironmentSynopsis,
  '[-R | -r [-z zonename... | -Z zonename...]]',
  '[--sync-actuators | --sync-actuators-timeout timeout]',
  '[--reject pkg_fmri_pattern ... ]',
] as const

const changeTable: CommandSpec['table'] = {
  ...planRules,
  options: [...packageChange, ...fetching, noRecurse, ...reaching, stage],
}

/** `change-facet`. Source: cli §5. */
export const changeFacet: CommandSpec = {
  name: 'change-facet',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: [...changeSynopsis, '<facet_spec>=[True|False|None] ...'],
  table: changeTable,
  load: () => import('./change-facet.ts'),
}

/** `change-variant`. Source: cli §5. */
export const changeVariant: CommandSpec = {
  name: 'change-variant',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: [...changeSynopsis, '<variant_spec>=<instance> ...'],
  table: changeTable,
  load: () => import('./change-variant.ts'),
}
