import type { OptionSpec, OptionTable } from './getopt.ts'

/** `-n -q -v`. */
export const planOutput: readonly OptionSpec[] = [
  { key: 'dryRun', short: 'n', kind: 'flag', help: 'Show the plan and change nothing.' },
  { key: 'verbose', short: 'v', kind: 'count', help: 'Show more detail; given twice, show every action.' },
  { key: 'quiet', short: 'q', kind: 'flag', help: 'Show neither progress nor the plan, only errors.' },
]

export const parsable: OptionSpec = {
  key: 'parsable',
  long: ['parsable'],
  kind: 'text',
  argument: 'version',
  hidden: true,
  help: 'Print the plan as one line of JSON; the only version is 0.',
}

export const licenses: readonly OptionSpec[] = [
  { key: 'accept', long: ['accept'], kind: 'flag', help: 'Accept all licences that must be accepted.' },
  {
    key: 'licenses',
    long: ['licenses'],
    kind: 'flag',
    help: 'Show the licences of all changed packages.',
  },
]

export const noIndex: OptionSpec = {
  key: 'noIndex',
  long: ['no-index'],
  kind: 'flag',
  help: 'Accepted without effect: this client has no search index.',
}

export const noRefresh: OptionSpec = {
  key: 'noRefresh',
  long: ['no-refresh'],
  kind: 'flag',
  help: 'Use the stored catalogs; do not contact repositories for newer ones.',
}

export const temporarySources: OptionSpec = {
  key: 'source',
  short: 'g',
  kind: 'list',
  argument: 'path_or_uri',
  help: 'Not supported: temporary package source.',
}

const reject: OptionSpec = {
  key: 'reject',
  long: ['reject'],
  kind: 'list',
  argument: 'pkg_fmri_pattern',
  help: 'Do not install matching packages; remove installed ones.',
}

/** An option of this client only: how far changes are flushed to disk. */
const fsync: OptionSpec = {
  key: 'fsync',
  long: ['fsync'],
  kind: 'text',
  argument: 'full|none',
  hidden: true,
  help: 'full: flush everything to disk; none: faster, but a system crash can damage the image.',
}

/** Boot environments. Source: cli §5, group BE. */
const bootEnvironment: readonly OptionSpec[] = [
  {
    key: 'noBeActivate',
    long: ['no-be-activate'],
    kind: 'flag',
    help: 'Do not activate the new boot environment.',
  },
  {
    key: 'tempBeActivate',
    short: 't',
    long: ['temp-be-activate'],
    kind: 'flag',
    help: 'Activate the new boot environment for the next boot only.',
  },
  {
    key: 'noBackupBe',
    long: ['no-backup-be'],
    kind: 'flag',
    help: 'Do not create a backup boot environment.',
  },
  {
    key: 'requireBackupBe',
    long: ['require-backup-be'],
    kind: 'flag',
    help: 'Always create a backup boot environment.',
  },
  {
    key: 'backupBeName',
    long: ['backup-be-name'],
    kind: 'text',
    argument: 'name',
    help: 'Not supported: name of the backup boot environment.',
  },
  {
    key: 'denyNewBe',
    long: ['deny-new-be'],
    kind: 'flag',
    help: 'Fail if the change needs a new boot environment.',
  },
  {
    key: 'requireNewBe',
    long: ['require-new-be'],
    kind: 'flag',
    help: 'Always create a new boot environment.',
  },
  {
    key: 'beName',
    long: ['be-name'],
    kind: 'text',
    argument: 'name',
    help: 'Not supported: name of the new boot environment.',
  },
]

/** Linked child images. */
export const recursion: readonly OptionSpec[] = [
  {
    key: 'recurse',
    short: 'r',
    long: ['recurse'],
    kind: 'flag',
    help: 'Include linked child images.',
  },
  {
    key: 'recurseInto',
    short: 'z',
    kind: 'list',
    argument: 'zonename',
    help: 'Include only this linked child image.',
  },
  {
    key: 'recurseNotInto',
    short: 'Z',
    kind: 'list',
    argument: 'zonename',
    help: 'Exclude this linked child image.',
  },
]

export const noRecurse: OptionSpec = {
  key: 'noRecurse',
  short: 'R',
  long: ['norecurse'],
  kind: 'flag',
  help: 'Exclude linked child images.',
}

/** For commands whose usage does not show the option. */
export const hiddenNoRecurse: OptionSpec = { ...noRecurse, hidden: true }

const linkedImages: readonly OptionSpec[] = [
  { key: 'ignoreChildren', short: 'I', kind: 'flag', hidden: true, help: 'Ignore all linked child images.' },
  {
    key: 'ignoreChild',
    short: 'i',
    kind: 'list',
    argument: 'name',
    hidden: true,
    help: 'Ignore this linked child image.',
  },
  {
    key: 'noParentSync',
    long: ['no-parent-sync'],
    kind: 'flag',
    hidden: true,
    help: 'Do not synchronize with the parent image.',
  },
]

export const stage: OptionSpec = {
  key: 'stage',
  long: ['stage'],
  kind: 'text',
  argument: 'stage',
  hidden: true,
  help: 'Not supported: stage of the operation; the only value is default.',
}

const concurrency: OptionSpec = {
  key: 'concurrency',
  short: 'C',
  long: ['concurrency'],
  kind: 'text',
  argument: 'n',
  integer: true,
  help: 'Number of child images to work on at the same time.',
}

const actuators: readonly OptionSpec[] = [
  {
    key: 'syncActuators',
    long: ['sync-actuators'],
    kind: 'flag',
    help: 'Wait for restarted services.',
  },
  {
    key: 'syncActuatorsTimeout',
    long: ['sync-actuators-timeout'],
    kind: 'text',
    argument: 'timeout',
    integer: true,
    help: 'Wait for restarted services, at most this number of seconds.',
  },
]

export const ignoreMissing: OptionSpec = {
  key: 'ignoreMissing',
  long: ['ignore-missing'],
  kind: 'flag',
  help: 'Skip operands that match no installed package.',
}

/** How a change is made; options of every command that has a plan. */
export const changeControl: readonly OptionSpec[] = [...bootEnvironment, fsync]

/** Options of every command that changes packages. */
export const packageChange: readonly OptionSpec[] = [
  ...planOutput,
  concurrency,
  noIndex,
  ...changeControl,
  parsable,
  ...linkedImages,
]

/** Options of commands that may install packages. */
export const fetching: readonly OptionSpec[] = [temporarySources, noRefresh, ...licenses, reject]

/** Options of commands that act on child images and services. */
export const reaching: readonly OptionSpec[] = [...recursion, ...actuators]

export const noHeader: OptionSpec = { key: 'noHeader', short: 'H', kind: 'flag', help: 'Omit the headings.' }

/** Option of commands that print a table; its rule is `formatChoice`. */
export const outputFormat: OptionSpec = {
  key: 'format',
  short: 'F',
  long: ['output-format'],
  kind: 'text',
  argument: 'format',
  help: 'Output format: default, tsv, json or json-formatted.',
}

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
