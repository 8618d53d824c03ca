import type { CommandSpec } from '../../command.ts'
import { formatChoice, noHeader, noRefresh, outputFormat, temporarySources } from '../../shared-options.ts'

/** `list`. Source: cli §7. */
export const list: CommandSpec = {
  name: 'list',
  group: 'Package Information',
  level: 'basic',
  synopsis: [
    '[-HafiMmnqRrsuv] [-g path_or_uri ...] [--no-refresh]',
    '[-F format] [-o column[,column]]',
    '[pkg_fmri_pattern ...]',
  ],
  table: {
    options: [
      noHeader,
      { key: 'all', short: 'a', kind: 'flag', help: 'Also list installable packages.' },
      {
        key: 'allVersions',
        short: 'f',
        kind: 'flag',
        help: 'With -a: list every version, including those that the image excludes.',
      },
      { key: 'notInstalled', short: 'i', kind: 'flag', help: 'List only packages that are not installed.' },
      {
        key: 'automatic',
        short: 'M',
        kind: 'flag',
        help: 'List only packages that were installed as dependencies.',
      },
      { key: 'manual', short: 'm', kind: 'flag', help: 'List only packages that were installed by request.' },
      { key: 'newest', short: 'n', kind: 'flag', help: 'List the newest known versions.' },
      { key: 'quiet', short: 'q', kind: 'flag', help: 'Print nothing; only set the exit code.' },
      {
        key: 'removableOptional',
        short: 'R',
        kind: 'flag',
        help: 'Like -r, and packages that only optional dependencies name.',
      },
      {
        key: 'removable',
        short: 'r',
        kind: 'flag',
        help: 'List only packages that no installed package requires.',
      },
      { key: 'summary', short: 's', kind: 'flag', help: 'Show names and summaries.' },
      { key: 'upgradable', short: 'u', kind: 'flag', help: 'List only packages with a newer version.' },
      { key: 'verbose', short: 'v', kind: 'count', help: 'Show whole FMRIs.' },
      temporarySources,
      noRefresh,
      outputFormat,
      { key: 'columns', short: 'o', kind: 'list', argument: 'column', help: 'Columns to show.' },
    ],
    choices: [formatChoice],
    conflicts: [
      ['source', 'upgradable'],
      ['source', 'removable'],
      ['source', 'removableOptional'],
      ['all', 'newest'],
      ['all', 'upgradable'],
      ['all', 'removable'],
      ['all', 'removableOptional'],
      ['upgradable', 'removable'],
      ['upgradable', 'removableOptional'],
      ['manual', 'automatic'],
      ['notInstalled', 'manual'],
      ['notInstalled', 'automatic'],
      ['notInstalled', 'removable'],
      ['notInstalled', 'removableOptional'],
      ['notInstalled', 'upgradable'],
      ['summary', 'verbose'],
      ['quiet', 'verbose'],
      ['columns', 'verbose'],
      ['columns', 'summary'],
    ],
  },
  needsImage: true,
  load: () => import('./list.ts'),
}

/** `info`. Source: cli §7. */
export const info: CommandSpec = {
  name: 'info',
  group: 'Package Information',
  level: 'advanced',
  synopsis: ['[-lqr] [-g path_or_uri ...] [--license] [pkg_fmri_pattern ...]'],
  table: {
    options: [
      { key: 'local', short: 'l', kind: 'flag', help: 'Show installed packages (the default).' },
      { key: 'quiet', short: 'q', kind: 'flag', help: 'Print nothing; only set the exit code.' },
      { key: 'remote', short: 'r', kind: 'flag', help: 'Show the newest available versions.' },
      temporarySources,
      { key: 'license', long: ['license'], kind: 'flag', help: 'Show only the licence texts.' },
    ],
    conflicts: [
      ['local', 'remote'],
      ['local', 'source'],
    ],
  },
  needsImage: true,
  load: () => import('./info.ts'),
}

/** `contents`. Source: cli §7. */
export const contents: CommandSpec = {
  name: 'contents',
  group: 'Package Information',
  level: 'advanced',
  synopsis: [
    '[-Hmr] [-a attribute=pattern]... [-g path_or_uri]...',
    '[-o attribute[,attribute]...]... [-s sort_key]',
    '[-t action_name[,action_name]...]...',
    '[pkg_fmri_pattern ...]',
  ],
  table: {
    options: [
      noHeader,
      { key: 'manifest', short: 'm', kind: 'flag', help: 'Show the unchanged manifest.' },
      { key: 'remote', short: 'r', kind: 'flag', help: 'Show the newest available versions.' },
      {
        key: 'match',
        short: 'a',
        kind: 'list',
        argument: 'attribute=pattern',
        help: 'Show only actions with a matching attribute.',
      },
      temporarySources,
      { key: 'columns', short: 'o', kind: 'list', argument: 'attribute', help: 'Columns to show.' },
      { key: 'sort', short: 's', kind: 'text', argument: 'sort_key', help: 'Column to sort by.' },
      {
        key: 'types',
        short: 't',
        kind: 'list',
        argument: 'action_name',
        help: 'Show only actions of this type.',
      },
    ],
  },
  needsImage: true,
  load: () => import('./contents.ts'),
}
