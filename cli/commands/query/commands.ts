import type { CommandSpec } from '../../command.ts'
import { option } from '../../getopt.ts'
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
      option('all', '-a', 'Also list installable packages.'),
      option('allVersions', '-f', 'With -a: list every version, including those that the image excludes.'),
      option('notInstalled', '-i', 'List only packages that are not installed.'),
      option('automatic', '-M', 'List only packages that were installed as dependencies.'),
      option('manual', '-m', 'List only packages that were installed by request.'),
      option('newest', '-n', 'List the newest known versions.'),
      option('quiet', '-q', 'Print nothing; only set the exit code.'),
      option('removableOptional', '-R', 'Like -r, and packages that only optional dependencies name.'),
      option('removable', '-r', 'List only packages that no installed package requires.'),
      option('summary', '-s', 'Show names and summaries.'),
      option('upgradable', '-u', 'List only packages with a newer version.'),
      option('verbose', '-v +', 'Show whole FMRIs.'),
      temporarySources,
      noRefresh,
      outputFormat,
      option('columns', '-o <column>...', 'Columns to show.'),
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
      option('local', '-l', 'Show installed packages (the default).'),
      option('quiet', '-q', 'Print nothing; only set the exit code.'),
      option('remote', '-r', 'Show the newest available versions.'),
      temporarySources,
      option('license', '--license', 'Show only the licence texts.'),
    ],
    conflicts: [
      ['local', 'remote'],
      ['local', 'source'],
    ],
  },
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
      option('manifest', '-m', 'Show the unchanged manifest.'),
      option('remote', '-r', 'Show the newest available versions.'),
      option('match', '-a <attribute=pattern>...', 'Show only actions with a matching attribute.'),
      temporarySources,
      option('columns', '-o <attribute>...', 'Columns to show.'),
      option('sort', '-s <sort_key>', 'Column to sort by.'),
      option('types', '-t <action_name>...', 'Show only actions of this type.'),
    ],
  },
  load: () => import('./contents.ts'),
}
