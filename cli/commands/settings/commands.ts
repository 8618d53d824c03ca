import type { CommandSpec } from '../../command.ts'
import { type OptionTable, option } from '../../getopt.ts'
import { formatChoice, noHeader, outputFormat } from '../../shared-options.ts'

const installed = option('installed', '-i', 'List those of installed packages.')

const all = option('all', '-a', 'List those set in the image and those of installed packages.')

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
      option(
        'masked',
        '-m',
        'Accepted without effect: list facets that a parent image masks; this client has no parent images.',
      ),
      outputFormat,
    ],
  },
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
      option('verbose', '-v', 'List the values that installed packages use.'),
      outputFormat,
    ],
  },
  load: () => import('./variant.ts'),
}
