import type { CommandSpec } from '../../command.ts'
import { type OptionSpec, option } from '../../getopt.ts'
import { noHeader, noRecurse, planRules, recursion } from '../../shared-options.ts'

/** `publisher`. Source: cli §6. */
export const publisher: CommandSpec = {
  name: 'publisher',
  group: 'Publishers',
  level: 'advanced',
  synopsis: ['[-HPn] [-F format] [publisher ...]'],
  table: {
    options: [
      noHeader,
      option('first', '-P', 'Show only the first publisher in the search order.'),
      option('enabled', '-n', 'Show only enabled publishers.'),
      option('format', '-F, --output-format <format>', 'Output format: default or tsv.'),
    ],
    choices: [{ key: 'format', values: ['default', 'tsv'], shown: 'default, tsv' }],
  },
  load: () => import('./publisher.ts'),
}

const certificate: readonly OptionSpec[] = [
  option('sslKey', '-k <ssl_key>', 'Not supported: client key for https.'),
  option('sslCert', '-c <ssl_cert>', 'Not supported: client certificate for https.'),
]

/** `set-publisher`. Source: cli §6. */
export const setPublisher: CommandSpec = {
  name: 'set-publisher',
  group: 'Publishers',
  level: 'advanced',
  synopsis: [
    '[-Pedv] [-k ssl_key] [-c ssl_cert]',
    '[-O origin_to_set|--origin-uri=origin_to_set ...]',
    '[-g origin_to_add|--add-origin=origin_to_add ...]',
    '[-G origin_to_remove|--remove-origin=origin_to_remove ...]',
    '[-m mirror_to_add|--add-mirror=mirror_to_add ...]',
    '[-M mirror_to_remove|--remove-mirror=mirror_to_remove ...]',
    '[-p repo_uri] [--enable] [--disable] [--no-refresh]',
    '[-R | -r [-z zonename... | -Z zonename...]]',
    '[--reset-uuid] [--non-sticky] [--sticky]',
    '[--search-after=publisher]',
    '[--search-before=publisher]',
    '[--search-first]',
    '[--approve-ca-cert=path_to_CA]',
    '[--revoke-ca-cert=hash_of_CA_to_revoke]',
    '[--unset-ca-cert=hash_of_CA_to_unset]',
    '[--set-property name_of_property=value]',
    '[--add-property-value name_of_property=value_to_add]',
    '[--remove-property-value name_of_property=value_to_remove]',
    '[--unset-property name_of_property_to_delete]',
    '[--proxy proxy to use]',
    '[publisher]',
  ],
  table: {
    options: [
      option('searchFirst', '-P, --search-first', 'Place the publisher first in the search order.'),
      option('enable', '-e, --enable', 'Enable the publisher, or the origins given with -g.'),
      option('disable', '-d, --disable', 'Disable the publisher, or the origins given with -g.'),
      option('verbose', '-v +', 'Show more detail about child images.'),
      ...certificate,
      option('setOrigin', '-O, --origin-uri <uri>', 'Replace all origins by this one.'),
      option('addOrigin', '-g, --add-origin <uri>...', 'Add an origin.'),
      option('removeOrigin', '-G, --remove-origin <uri>...', 'Remove an origin; * removes all.'),
      option('addMirror', '-m, --add-mirror <uri>...', 'Add a mirror.'),
      option('removeMirror', '-M, --remove-mirror <uri>...', 'Remove a mirror; * removes all.'),
      option(
        'repository',
        '-p <repo_uri>',
        'Add or update the publishers, origins and mirrors that this repository offers.',
      ),
      option('noRefresh', '--no-refresh', 'Save the change without fetching the catalog first.'),
      noRecurse,
      ...recursion,
      option('resetUuid', '--reset-uuid', 'Choose a new client UUID.'),
      option('nonSticky', '--non-sticky', 'Allow updates from other publishers to its packages.'),
      option('sticky', '--sticky', 'Allow updates to its packages only from this publisher.'),
      option(
        'searchAfter',
        '--search-after <publisher>',
        'Place the publisher after this one in the search order.',
      ),
      option(
        'searchBefore',
        '--search-before <publisher>',
        'Place the publisher before this one in the search order.',
      ),
      option(
        'approveCa',
        '--approve-ca-cert <path_to_CA>...',
        'Not supported: trust a certificate authority.',
      ),
      option('revokeCa', '--revoke-ca-cert <hash>...', 'Not supported: never trust a certificate authority.'),
      option('unsetCa', '--unset-ca-cert <hash>...', 'Not supported: forget a certificate authority.'),
      option('setProperty', '--set-property <name=value>...', 'Set a property of the publisher.'),
      option(
        'addPropertyValue',
        '--add-property-value <name=value>...',
        'Add a value to a property of the publisher.',
      ),
      option(
        'removePropertyValue',
        '--remove-property-value <name=value>...',
        'Remove a value from a property of the publisher.',
      ),
      option('unsetProperty', '--unset-property <name>...', 'Remove a property of the publisher.'),
      option('proxy', '--proxy <uri>', 'Not supported: proxy for added origins; set http_proxy instead.'),
    ],
    conflicts: [
      ['setOrigin', 'addOrigin'],
      ['setOrigin', 'removeOrigin'],
      ['disable', 'enable'],
      ['sticky', 'nonSticky'],
      ['searchAfter', 'searchFirst'],
      ['searchBefore', 'searchFirst'],
      ['searchAfter', 'searchBefore'],
      ['repository', 'addOrigin'],
      ['repository', 'removeOrigin'],
      ['repository', 'addMirror'],
      ['repository', 'removeMirror'],
      ['repository', 'setOrigin'],
      ['repository', 'disable'],
      ['repository', 'enable'],
      ['repository', 'noRefresh'],
      ['repository', 'resetUuid'],
      ['recurseInto', 'recurseNotInto'],
      ['recurse', 'noRecurse'],
    ],
    requires: [
      ...planRules.requires,
      { key: 'proxy', anyOf: ['addOrigin', 'addMirror', 'setOrigin', 'repository'] },
    ],
  },
  load: () => import('./set-publisher.ts'),
}

/** `unset-publisher`. Source: cli §6. */
export const unsetPublisher: CommandSpec = {
  name: 'unset-publisher',
  group: 'Publishers',
  level: 'advanced',
  synopsis: ['publisher ...'],
  table: { options: [] },
  load: () => import('./unset-publisher.ts'),
}

/** `refresh`. Source: cli §6. */
export const refresh: CommandSpec = {
  name: 'refresh',
  group: 'Image Configuration',
  level: 'basic',
  synopsis: ['[-q] [--full] [publisher ...]'],
  table: {
    options: [
      option('quiet', '-q', 'Do not show progress.', { repeatable: true }),
      option('full', '--full', 'Fetch whole catalogs instead of updates.', { repeatable: true }),
    ],
  },
  load: () => import('./refresh.ts'),
}
