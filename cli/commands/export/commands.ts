import type { CommandSpec } from '../../command.ts'
import type { OptionSpec } from '../../getopt.ts'
import { licenses } from '../../shared-options.ts'

const container: readonly OptionSpec[] = [
  { key: 'tag', long: ['tag'], kind: 'text', argument: 'name', help: 'oci: name of the image in the index.' },
  {
    key: 'architecture',
    long: ['architecture'],
    kind: 'text',
    argument: 'name',
    help: 'oci: processor, by its name in Go; derived from variant.arch by default.',
  },
  {
    key: 'os',
    long: ['os'],
    kind: 'text',
    argument: 'name',
    help: 'oci: operating system; illumos by default.',
  },
  {
    key: 'entrypoint',
    long: ['entrypoint'],
    kind: 'list',
    argument: 'word',
    help: 'oci: one word of the entrypoint.',
  },
  {
    key: 'command',
    long: ['cmd'],
    kind: 'list',
    argument: 'word',
    help: 'oci: one word of the default command or default arguments.',
  },
  {
    key: 'environment',
    long: ['env'],
    kind: 'list',
    argument: 'name=value',
    help: 'oci: an environment variable.',
  },
  {
    key: 'workingDirectory',
    long: ['workdir'],
    kind: 'text',
    argument: 'path',
    help: 'oci: working directory, an absolute path.',
  },
  { key: 'user', long: ['user'], kind: 'text', argument: 'name', help: 'oci: user of the process.' },
  { key: 'label', long: ['label'], kind: 'list', argument: 'name=value', help: 'oci: a label.' },
  {
    key: 'compression',
    long: ['compression'],
    kind: 'text',
    argument: 'name',
    help: 'oci: compression, gzip (the default) or none.',
  },
]

/** `image-export`: packages as the root file system of a container. This client's own. */
export const imageExport: CommandSpec = {
  name: 'image-export',
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: [
    '[-q] --format (oci|tar) (-o|--output) path',
    '(-p|--publisher) [name=]repo_uri ... [--accept] [--licenses]',
    '[--no-metadata] [--variant name=value ...] [--facet name=(True|False) ...]',
    '[--reject pkg_fmri_pattern ...]',
    '[--tag name] [--architecture name] [--os name] [--user name]',
    '[--entrypoint word ...] [--cmd word ...] [--env name=value ...]',
    '[--workdir path] [--label name=value ...] [--compression (gzip|none)]',
    'pkg_fmri_pattern ...',
  ],
  table: {
    options: [
      { key: 'quiet', short: 'q', kind: 'flag', repeatable: true, help: 'Print only errors.' },
      {
        key: 'format',
        long: ['format'],
        kind: 'text',
        argument: 'name',
        help: 'Output format: oci for an OCI image layout, tar for a tar archive.',
      },
      {
        key: 'output',
        short: 'o',
        long: ['output'],
        kind: 'text',
        argument: 'path',
        help: 'Path of the new folder (oci) or file (tar); it must not exist.',
      },
      {
        key: 'publisher',
        short: 'p',
        long: ['publisher'],
        kind: 'list',
        argument: '[name=]repo_uri',
        help: 'Package source: one publisher, or all publishers of a repository.',
      },
      ...licenses,
      {
        key: 'noMetadata',
        long: ['no-metadata'],
        kind: 'flag',
        help: 'Omit the metadata that pkg6 needs to manage the tree later.',
      },
      { key: 'variant', long: ['variant'], kind: 'list', argument: 'name=value', help: 'Set a variant.' },
      { key: 'facet', long: ['facet'], kind: 'list', argument: 'name=value', help: 'Set a facet.' },
      {
        key: 'reject',
        long: ['reject'],
        kind: 'list',
        argument: 'pkg_fmri_pattern',
        help: 'Do not install matching packages.',
      },
      ...container,
    ],
    choices: [
      { key: 'format', values: ['oci', 'tar'], shown: 'oci, tar' },
      { key: 'compression', values: ['gzip', 'none'], shown: 'gzip, none' },
    ],
  },
  needsImage: false,
  load: () => import('./image-export.ts'),
}
