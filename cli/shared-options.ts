import { type OptionSpec, type OptionTable, option } from './getopt.ts'

/** `-n -q -v`. */
export const planOutput: readonly OptionSpec[] = [
  option('dryRun', '-n', 'Show the plan and change nothing.'),
  option('verbose', '-v +', 'Show more detail; given twice, show every action.'),
  option('quiet', '-q', 'Show neither progress nor the plan, only errors.'),
]

export const parsable: OptionSpec = option(
  'parsable',
  '--parsable <version>',
  'Print the plan as one line of JSON; the only version is 0.',
  { hidden: true },
)

export const licenses: readonly OptionSpec[] = [
  option('accept', '--accept', 'Accept all licences that must be accepted.'),
  option('licenses', '--licenses', 'Show the licences of all changed packages.'),
]

export const noIndex: OptionSpec = option(
  'noIndex',
  '--no-index',
  'Accepted without effect: this client has no search index.',
)

export const noRefresh: OptionSpec = option(
  'noRefresh',
  '--no-refresh',
  'Use the stored catalogs; do not contact repositories for newer ones.',
)

export const temporarySources: OptionSpec = option(
  'source',
  '-g <path_or_uri>...',
  'Not supported: temporary package source.',
)

const reject: OptionSpec = option(
  'reject',
  '--reject <pkg_fmri_pattern>...',
  'Do not install matching packages; remove installed ones.',
)

/** An option of this client only: how far changes are flushed to disk. */
const fsync: OptionSpec = option(
  'fsync',
  '--fsync <full|none>',
  'full: flush everything to disk; none: faster, but a system crash can damage the image.',
  { hidden: true, own: true },
)

/** Options of this client only: the policy for edited and unpackaged content. */
const contentPolicy: readonly OptionSpec[] = [
  option(
    'replaceConfigs',
    '--replace-configs',
    'Put the content of packages in the place of edited configuration, which goes to lost+found.',
    { hidden: true, own: true },
  ),
  option(
    'discardReplaced',
    '--discard-replaced',
    'Remove what would go to lost+found or stay under another name such as .old.',
    { hidden: true, own: true },
  ),
]

/** Boot environments. Source: cli §5, group BE. */
const bootEnvironment: readonly OptionSpec[] = [
  option('noBeActivate', '--no-be-activate', 'Do not activate the new boot environment.'),
  option(
    'tempBeActivate',
    '-t, --temp-be-activate',
    'Activate the new boot environment for the next boot only.',
  ),
  option('noBackupBe', '--no-backup-be', 'Do not create a backup boot environment.'),
  option('requireBackupBe', '--require-backup-be', 'Always create a backup boot environment.'),
  option('backupBeName', '--backup-be-name <name>', 'Not supported: name of the backup boot environment.'),
  option('denyNewBe', '--deny-new-be', 'Fail if the change needs a new boot environment.'),
  option('requireNewBe', '--require-new-be', 'Always create a new boot environment.'),
  option('beName', '--be-name <name>', 'Not supported: name of the new boot environment.'),
]

/** Linked child images. */
export const recursion: readonly OptionSpec[] = [
  option('recurse', '-r, --recurse', 'Include linked child images.'),
  option('recurseInto', '-z <zonename>...', 'Include only this linked child image.'),
  option('recurseNotInto', '-Z <zonename>...', 'Exclude this linked child image.'),
]

export const noRecurse: OptionSpec = option('noRecurse', '-R, --norecurse', 'Exclude linked child images.')

/** For commands whose usage does not show the option. */
export const hiddenNoRecurse: OptionSpec = { ...noRecurse, hidden: true }

const linkedImages: readonly OptionSpec[] = [
  option('ignoreChildren', '-I', 'Ignore all linked child images.', { hidden: true }),
  option('ignoreChild', '-i <name>...', 'Ignore this linked child image.', { hidden: true }),
  option('noParentSync', '--no-parent-sync', 'Do not synchronize with the parent image.', { hidden: true }),
]

export const stage: OptionSpec = option(
  'stage',
  '--stage <stage>',
  'Not supported: stage of the operation; the only value is default.',
  { hidden: true },
)

const concurrency: OptionSpec = option(
  'concurrency',
  '-C, --concurrency <n>',
  'Number of child images to work on at the same time.',
  { integer: true },
)

const actuators: readonly OptionSpec[] = [
  option('syncActuators', '--sync-actuators', 'Wait for restarted services.'),
  option(
    'syncActuatorsTimeout',
    '--sync-actuators-timeout <timeout>',
    'Wait for restarted services, at most this number of seconds.',
    { integer: true },
  ),
]

export const ignoreMissing: OptionSpec = option(
  'ignoreMissing',
  '--ignore-missing',
  'Skip operands that match no installed package.',
)

/** How a change is made; options of every command that has a plan. */
export const changeControl: readonly OptionSpec[] = [...bootEnvironment, fsync]

/** Options of every command that changes packages. */
export const packageChange: readonly OptionSpec[] = [
  ...planOutput,
  concurrency,
  noIndex,
  ...changeControl,
  ...contentPolicy,
  parsable,
  ...linkedImages,
]

/** Options of commands that may install packages. */
export const fetching: readonly OptionSpec[] = [temporarySources, noRefresh, ...licenses, reject]

/** Options of commands that act on child images and services. */
export const reaching: readonly OptionSpec[] = [...recursion, ...actuators]

export const noHeader: OptionSpec = option('noHeader', '-H', 'Omit the headings.')

/** Of commands that print a table; goes with `formatChoice`. */
export const outputFormat: OptionSpec = option(
  'format',
  '-F, --output-format <format>',
  'Output format: default, tsv, json or json-formatted.',
)

export const formatChoice = {
  key: 'format',
  values: ['default', 'tsv', 'json', 'json-formatted'],
  shown: 'default, tsv, json, json-formatted',
} as const

/** Synopsis lines of several commands. */
export const bootEnvironmentSynopsis = [
  '[--no-be-activate] [-t | --temp-be-activate]',
  '[--no-backup-be | --require-backup-be] [--backup-be-name name]',
  '[--deny-new-be | --require-new-be] [--be-name name]',
] as const

/** Rules of the shared options, in the order of the checks. */
export const planRules: Required<Omit<OptionTable, 'options'>> = {
  implies: [
    ['beName', 'requireNewBe'],
    ['backupBeName', 'requireBackupBe'],
  ],
  conflicts: [
    ['verbose', 'quiet'],
    ['verbose', 'parsable'],
    ['noHeader', 'parsable'],
    ['requireNewBe', 'denyNewBe'],
    ['requireBackupBe', 'noBackupBe'],
    ['requireBackupBe', 'requireNewBe'],
    ['tempBeActivate', 'noBeActivate'],
    ['recurseInto', 'recurseNotInto'],
    ['recurse', 'noRecurse'],
    ['ignoreChildren', 'ignoreChild'],
  ],
  requires: [
    { key: 'recurseInto', anyOf: ['recurse'] },
    { key: 'recurseNotInto', anyOf: ['recurse'] },
  ],
  choices: [
    { key: 'parsable', values: ['0'], shown: 'None, 0' },
    { key: 'fsync', values: ['full', 'none'], shown: 'full, none' },
    {
      key: 'stage',
      values: ['default', 'plan', 'prepare', 'execute'],
      shown: 'default, plan, prepare, execute',
    },
  ],
}
