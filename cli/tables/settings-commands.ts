import type { CommandSpec } from '../command.ts'
import type { OptionTable } from '../getopt.ts'

const noHeader = { key: 'noHeader', short: 'H', kind: 'flag', help: 'No headings.' } as const
const format = {
  key: 'format',
  short: 'F',
  long: ['output-format'],
  kind: 'text',
  argument: 'format',
  help: 'default, tsv, json or json-formatted.',
} as const
const installed = {
  key: 'installed',
  short: 'i',
  kind: 'flag',
  help: 'Those of installed packages.',
} as const
const all = {
  key: 'all',
  short: 'a',
  kind: 'flag',
  help: 'Those set in the image and those of installed packages.',
} as const

const rules: Omit<OptionTable, 'options'> = {
  conflicts: [['all', 'installed']],
  choices: [
    {
      key: 'format',
      values: ['default', 'tsv', 'json', 'json-formatted'],
      shown: 'default, tsv, json, json-formatted',
    },
  ],
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
        help: 'Also facets that a parent image overrules; there are no parent images, so none is.',
      },
      format,
    ],
  },
  needsImage: true,
  load: () => import('../commands/facet.ts'),
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
      { key: 'verbose', short: 'v', kind: 'flag', help: 'The values that installed packages know.' },
      format,
    ],
  },
  needsImage: true,
  load: () => import('../commands/variant.ts'),
}
