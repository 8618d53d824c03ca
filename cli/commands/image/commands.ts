import type { CommandSpec } from '../../command.ts'
import type { OptionSpec } from '../../getopt.ts'
import { noHeader, noRecurse, planRules, recursion } from '../../shared-options.ts'

const certificate: readonly OptionSpec[] = [
  {
    key: 'sslKey',
    short: 'k',
    kind: 'text',
    argument: 'ssl_key',
    help: 'Not supported: client key for https.',
  },
  {
    key: 'sslCert',
    short: 'c',
    kind: 'text',
    argument: 'ssl_cert',
    help: 'Not supported: client certificate for https.',
  },
]

/** `image-create`. Source: cli §6. */
export const imageCreate: CommandSpec = {
  name: 'image-create',
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: [
    '[-FPUfz] [--force] [--full|--partial|--user] [--zone]',
    '[-k ssl_key] [-c ssl_cert] [--no-refresh]',
    '[--variant <variant_spec>=<instance> ...]',
    '[-g uri|--origin=uri ...] [-m uri|--mirror=uri ...]',
    '[--facet <facet_spec>=(True|False) ...]',
    '[(-p|--publisher) [<name>=]<repo_uri>] dir',
  ],
  table: {
    options: [
      {
        key: 'full',
        short: 'F',
        long: ['full'],
        kind: 'flag',
        repeatable: true,
        help: 'Create a full image: a whole system.',
      },
      {
        key: 'partial',
        short: 'P',
        long: ['partial'],
        kind: 'flag',
        repeatable: true,
        help: 'Create a partial image: part of an enclosing image.',
      },
      {
        key: 'user',
        short: 'U',
        long: ['user'],
        kind: 'flag',
        repeatable: true,
        help: 'Create a user image, owned by one user (the default).',
      },
      {
        key: 'force',
        short: 'f',
        long: ['force'],
        kind: 'flag',
        repeatable: true,
        help: 'Overwrite an existing image, or use a directory that is not empty.',
      },
      {
        key: 'zone',
        short: 'z',
        long: ['zone'],
        kind: 'flag',
        repeatable: true,
        help: 'Create a full image for a non-global zone.',
      },
      ...certificate,
      {
        key: 'noRefresh',
        long: ['no-refresh'],
        kind: 'flag',
        repeatable: true,
        help: 'Do not contact repositories.',
      },
      { key: 'variant', long: ['variant'], kind: 'list', argument: 'name=value', help: 'Set a variant.' },
      {
        key: 'origin',
        short: 'g',
        long: ['origin'],
        kind: 'list',
        argument: 'uri',
        help: 'Add an origin to the publisher.',
      },
      {
        key: 'mirror',
        short: 'm',
        long: ['mirror'],
        kind: 'list',
        argument: 'uri',
        help: 'Add a mirror to the publisher.',
      },
      { key: 'facet', long: ['facet'], kind: 'list', argument: 'name=value', help: 'Set a facet.' },
      {
        key: 'publisher',
        short: 'p',
        long: ['publisher'],
        kind: 'text',
        argument: '[name=]repo_uri',
        help: 'Add a publisher, or all publishers of a repository.',
      },
      {
        key: 'setProperty',
        long: ['set-property'],
        kind: 'list',
        argument: 'name=value',
        hidden: true,
        help: 'Set an image property.',
      },
    ],
  },
  needsImage: false,
  load: () => import('./image-create.ts'),
}

/** `image-import`: takes an image of pkg5 over. This client's own. */
export const imageImport: CommandSpec = {
  name: 'image-import',
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: ['[-q] [dir]'],
  table: {
    options: [{ key: 'quiet', short: 'q', kind: 'flag', repeatable: true, help: 'Print only errors.' }],
  },
  needsImage: false,
  load: () => import('./image-import.ts'),
}

/** `history`. Source: cli §7. */
export const history: CommandSpec = {
  name: 'history',
  group: 'Package Transitions',
  level: 'advanced',
  synopsis: ['[-HNl] [-t [time|time-time],...] [-n number] [-o column,...]'],
  table: {
    options: [
      noHeader,
      { key: 'notes', short: 'N', kind: 'flag', repeatable: true, help: 'Show release notes.' },
      {
        key: 'long',
        short: 'l',
        kind: 'flag',
        repeatable: true,
        help: 'Show all details of each operation.',
      },
      {
        key: 'times',
        short: 't',
        kind: 'list',
        argument: 'time',
        help: 'Show the operations that started at a time or between two times.',
      },
      {
        key: 'last',
        short: 'n',
        kind: 'text',
        repeatable: true,
        argument: 'number',
        help: 'Show only this number of operations, the newest.',
      },
      {
        key: 'columns',
        short: 'o',
        kind: 'text',
        repeatable: true,
        argument: 'column',
        help: 'Columns to show.',
      },
    ],
  },
  needsImage: true,
  load: () => import('./history.ts'),
}

/** `purge-history`. Source: cli §7. */
export const purgeHistory: CommandSpec = {
  name: 'purge-history',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: [],
  table: { options: [] },
  needsImage: true,
  rawOperands: true,
  load: () => import('./purge-history.ts'),
}

/** `rebuild-index`. It has no options, not even `--`. Source: cli §8. */
export const rebuildIndex: CommandSpec = {
  name: 'rebuild-index',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: [],
  table: { options: [] },
  needsImage: true,
  rawOperands: true,
  load: () => import('./rebuild-index.ts'),
}

/** `update-format`. Source: cli §8. */
export const updateFormat: CommandSpec = {
  name: 'update-format',
  level: 'advanced',
  synopsis: ['[-R | -r [-z zonename... | -Z zonename...]]'],
  table: {
    options: [noRecurse, ...recursion],
    conflicts: planRules.conflicts.filter(([key]) => /^recurse/.test(key)),
    requires: planRules.requires,
  },
  needsImage: true,
  load: () => import('./update-format.ts'),
}

/** `clean`, also called `cleanup`. Source: cli §8. */
export const clean: CommandSpec = {
  name: 'clean',
  aliases: ['cleanup'],
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: ['[-v]'],
  table: {
    options: [{ key: 'verbose', short: 'v', kind: 'count', help: 'Show the name of each removed folder.' }],
  },
  needsImage: true,
  load: () => import('./clean.ts'),
}

/** `version`. Source: cli §8. */
export const version: CommandSpec = {
  name: 'version',
  level: 'basic',
  synopsis: [],
  table: { options: [] },
  needsImage: false,
  rawOperands: true,
  load: () => import('./version.ts'),
}
