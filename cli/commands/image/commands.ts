import type { CommandSpec } from '../../command.ts'
import { type OptionSpec, option } from '../../getopt.ts'
import { noHeader, noRecurse, planRules, recursion } from '../../shared-options.ts'

const certificate: readonly OptionSpec[] = [
  option('sslKey', '-k <ssl_key>', 'Not supported: client key for https.'),
  option('sslCert', '-c <ssl_cert>', 'Not supported: client certificate for https.'),
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
      option('full', '-F, --full', 'Create a full image: a whole system.', { repeatable: true }),
      option('partial', '-P, --partial', 'Create a partial image: part of an enclosing image.', {
        repeatable: true,
      }),
      option('user', '-U, --user', 'Create a user image, owned by one user (the default).', {
        repeatable: true,
      }),
      option('force', '-f, --force', 'Overwrite an existing image, or use a directory that is not empty.', {
        repeatable: true,
      }),
      option('zone', '-z, --zone', 'Create a full image for a non-global zone.', { repeatable: true }),
      ...certificate,
      option('noRefresh', '--no-refresh', 'Do not contact repositories.', { repeatable: true }),
      option('variant', '--variant <name=value>...', 'Set a variant.'),
      option('origin', '-g, --origin <uri>...', 'Add an origin to the publisher.'),
      option('mirror', '-m, --mirror <uri>...', 'Add a mirror to the publisher.'),
      option('facet', '--facet <name=value>...', 'Set a facet.'),
      option(
        'publisher',
        '-p, --publisher <[name=]repo_uri>',
        'Add a publisher, or all publishers of a repository.',
      ),
      option('setProperty', '--set-property <name=value>...', 'Set an image property.', { hidden: true }),
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
    options: [option('quiet', '-q', 'Print only errors.', { repeatable: true })],
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
      option('notes', '-N', 'Show release notes.', { repeatable: true }),
      option('long', '-l', 'Show all details of each operation.', { repeatable: true }),
      option('times', '-t <time>...', 'Show the operations that started at a time or between two times.'),
      option('last', '-n <number>', 'Show only this number of operations, the newest.', { repeatable: true }),
      option('columns', '-o <column>', 'Columns to show.', { repeatable: true }),
    ],
  },
  load: () => import('./history.ts'),
}

/** `purge-history`. Source: cli §7. */
export const purgeHistory: CommandSpec = {
  name: 'purge-history',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: [],
  table: { options: [] },
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
    options: [option('verbose', '-v +', 'Show the name of each removed folder.')],
  },
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
