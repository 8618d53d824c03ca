import type { CommandSpec } from '../../command.ts'
import type { OptionTable } from '../../getopt.ts'
import { formatChoice, noHeader, outputFormat } from '../../shared-options.ts'

const installed = {
  key: 'installed',
  short: 'i',
  kind: 'flag',
  help: 'List those of installed packages.',
} as const

const all = {
  key: 'all',
  short: 'a',
  kind: 'flag',
  help: 'List those set in the image and those of installed packages.',
} as const

const rules: Omit<OptionTable, 'options'> = {
  conflicts: [['all', 'installed']],
  choices: [formatChoice],
}

/** `facet`. Source: cli §8. */
export const facet: CommandSpec = {
  name: 'facet',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: ['[-Haim] [-F format] [<facet_pattern> ...]'],
  table: {
    ...rules,
    options: [
      noHeader,
      all,
      installed,
      {
        key: 'masked',
        short: 'm',
        kind: 'flag',
        help: 'Accepted without effect: list facets that a parent image masks; this client has no parent images.',
      },
      outputFormat,
    ],
  },
  needsImage: true,
  load: () => import('./facet.ts'),
}

/** `variant`. Source: cli §8. */
export const variant: CommandSpec = {
  name: 'variant',
  group: 'Package Configuration',
  level: 'advanced',
  synopsis: ['[-Haiv] [-F format] [<variant_pattern> ...]'],
  table: {
    ...rules,
    options: [
      noHeader,
      all,
      installed,
      { key: 'verbose', short: 'v', kind: 'flag', help: 'List the values that installed packages use.' },
      outputFormat,
    ],
  },
  needsImage: true,
  load: () => import('./variant.ts'),
}
