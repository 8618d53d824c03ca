import type { CommandSpec } from '../../command.ts'
import { option } from '../../getopt.ts'
import { noHeader } from '../../shared-options.ts'

/** `avoid`. It has no options, not even `--`. Source: cli §8. */
export const avoid: CommandSpec = {
  name: 'avoid',
  group: 'Image Constraints',
  level: 'advanced',
  synopsis: ['[pkg_fmri_pattern] ...'],
  table: { options: [] },
  rawOperands: true,
  load: async () => (await import('./avoid.ts')).avoid,
}

/** `unavoid`. It has no options, not even `--`. Source: cli §8. */
export const unavoid: CommandSpec = {
  name: 'unavoid',
  group: 'Image Constraints',
  level: 'advanced',
  synopsis: ['[pkg_fmri_pattern] ...'],
  table: { options: [] },
  rawOperands: true,
  load: async () => (await import('./avoid.ts')).unavoid,
}

const dryRun = option('dryRun', '-n', 'Show the result and change nothing.')

const hiddenNoHeader = { ...noHeader, hidden: true }

/** `freeze`. Source: cli §8. */
export const freeze: CommandSpec = {
  name: 'freeze',
  group: 'Image Constraints',
  level: 'advanced',
  synopsis: ['[-n] [-c reason] [pkg_fmri_pattern] ...'],
  table: {
    options: [
      dryRun,
      option('reason', '-c <reason>', 'Reason, shown in the list of frozen packages.'),
      hiddenNoHeader,
    ],
  },
  load: async () => (await import('./freeze.ts')).freeze,
}

/** `unfreeze`. Source: cli §8. */
export const unfreeze: CommandSpec = {
  name: 'unfreeze',
  group: 'Image Constraints',
  level: 'advanced',
  synopsis: ['[-n] [pkg_name_pattern] ...'],
  table: { options: [dryRun, hiddenNoHeader] },
  load: async () => (await import('./freeze.ts')).unfreeze,
}

/** `flag`. Source: cli §8. */
export const flag: CommandSpec = {
  name: 'flag',
  group: 'Package Maintenance',
  level: 'advanced',
  synopsis: ['[-mM] [pkg_fmri_pattern ...]'],
  table: {
    options: [
      option('manual', '-m', 'Mark the packages as installed by request.', { repeatable: true }),
      option(
        'automatic',
        '-M',
        'Mark the packages as dependencies; autoremove removes them once no package needs them.',
        { repeatable: true },
      ),
    ],
  },
  load: () => import('./flag.ts'),
}
