import type { CommandSpec } from '../../command.ts'
import { type OptionSpec, option } from '../../getopt.ts'
import { licenses } from '../../shared-options.ts'

const container: readonly OptionSpec[] = [
  option('tag', '--tag <name>', 'oci: name of the image in the index.'),
  option(
    'architecture',
    '--architecture <name>',
    'oci: processor, by its name in Go; derived from variant.arch by default.',
  ),
  option('os', '--os <name>', 'oci: operating system; illumos by default.'),
  option('entrypoint', '--entrypoint <word>...', 'oci: one word of the entrypoint.'),
  option('command', '--cmd <word>...', 'oci: one word of the default command or default arguments.'),
  option('environment', '--env <name=value>...', 'oci: an environment variable.'),
  option('workingDirectory', '--workdir <path>', 'oci: working directory, an absolute path.'),
  option('user', '--user <name>', 'oci: user of the process.'),
  option('label', '--label <name=value>...', 'oci: a label.'),
  option('compression', '--compression <name>', 'oci: compression, gzip (the default) or none.'),
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
      option('quiet', '-q', 'Print only errors.', { repeatable: true }),
      option(
        'format',
        '--format <name>',
        'Output format: oci for an OCI image layout, tar for a tar archive.',
      ),
      option(
        'output',
        '-o, --output <path>',
        'Path of the new folder (oci) or file (tar); it must not exist.',
      ),
      option(
        'publisher',
        '-p, --publisher <[name=]repo_uri>...',
        'Package source: one publisher, or all publishers of a repository.',
      ),
      ...licenses,
      option('noMetadata', '--no-metadata', 'Omit the metadata that pkg6 needs to manage the tree later.'),
      option('variant', '--variant <name=value>...', 'Set a variant.'),
      option('facet', '--facet <name=value>...', 'Set a facet.'),
      option('reject', '--reject <pkg_fmri_pattern>...', 'Do not install matching packages.'),
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
