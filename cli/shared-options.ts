import type { OptionSpec, OptionTable } from './getopt.ts'

/** `-n -q -v`. */
export const planOutput: readonly OptionSpec[] = [
  { key: 'dryRun', short: 'n', kind: 'flag', help: 'Show what would be done and change nothing.' },
  { key: 'verbose', short: 'v', kind: 'count', help: 'More detail; twice: every action.' },
  { key: 'quiet', short: 'q', kind: 'flag', help: 'No progress and no plan; errors are still shown.' },
]

export const parsable: OptionSpec = {
  key: 'parsable',
  long: ['parsable'],
  kind: 'text',
  argument: 'version',
  hidden: true,
  help: 'One line of JSON on standard output; 0 is the only version.',
}

export const licenses: readonly OptionSpec[] = [
  { key: 'accept', long: ['accept'], kind: 'flag', help: 'Accept all licences that have to be accepted.' },
  {
    key: 'licenses',
    long: ['licenses'],
    kind: 'flag',
    help: 'Show the licences of all packages that change.',
  },
]

export const noIndex: OptionSpec = {
  key: 'noIndex',
  long: ['no-index'],
  kind: 'flag',
  help: 'Do not update the search index (this client keeps none, so nothing is left out).',
}

export const noRefresh: OptionSpec = {
  key: 'noRefresh',
  long: ['no-refresh'],
  kind: 'flag',
  help: 'Work with the catalogs as they are; contact no repository for newer ones.',
}

export const temporarySources: OptionSpec = {
  key: 'source',
  short: 'g',
  kind: 'list',
  argument: 'path_or_uri',
  help: 'Temporary package source; refused, there are none yet.',
}

const reject: OptionSpec = {
  key: 'reject',
  long: ['reject'],
  kind: 'list',
  argument: 'pkg_fmri_pattern',
  help: 'Keep matching packages out, and remove them where they are installed.',
}

/** Ours: what to wait for. */
const fsync: OptionSpec = {
  key: 'fsync',
  long: ['fsync'],
  kind: 'text',
  argument: 'full|none',
  hidden: true,
  help: 'full: on disk before it ends; none: faster, and safe only while the system does not stop.',
}

/** Boot environments. Source: cli §5, group BE. */
const bootEnvironment: readonly OptionSpec[] = [
  {
    key: 'noBeActivate',
    long: ['no-be-activate'],
    kind: 'flag',
    help: 'Do not make a new boot environment the next one.',
  },
  {
    key: 'tempBeActivate',
    short: 't',
    long: ['temp-be-activate'],
    kind: 'flag',
    help: 'Activate a new boot environment for the next boot only.',
  },
  { key: 'noBackupBe', long: ['no-backup-be'], kind: 'flag', help: 'Make no backup boot environment.' },
  {
    key: 'requireBackupBe',
    long: ['require-backup-be'],
    kind: 'flag',
    help: 'Always make a backup boot environment.',
  },
  {
    key: 'backupBeName',
    long: ['backup-be-name'],
    kind: 'text',
    argument: 'name',
    help: 'Name of the backup boot environment; refused, images have none yet.',
  },
  {
    key: 'denyNewBe',
    long: ['deny-new-be'],
    kind: 'flag',
    help: 'Fail when the change would need a new boot environment.',
  },
  {
    key: 'requireNewBe',
    long: ['require-new-be'],
    kind: 'flag',
    help: 'Always work in a new boot environment.',
  },
  {
    key: 'beName',
    long: ['be-name'],
    kind: 'text',
    argument: 'name',
    help: 'Name of the new boot environment; refused, images have none yet.',
  },
]

/** Children of a linked image. */
export const recursion: readonly OptionSpec[] = [
  {
    key: 'recurse',
    short: 'r',
    long: ['recurse'],
    kind: 'flag',
    help: 'Do the same in linked child images.',
  },
  {
    key: 'recurseInto',
    short: 'z',
    kind: 'list',
    argument: 'zonename',
    help: 'Only in these child images.',
  },
  {
    key: 'recurseNotInto',
    short: 'Z',
    kind: 'list',
    argument: 'zonename',
    help: 'In all child images but these.',
  },
]

export const noRecurse: OptionSpec = {
  key: 'noRecurse',
  short: 'R',
  long: ['norecurse'],
  kind: 'flag',
  help: 'Not in linked child images.',
}

/** Where only some words of the reference name it. */
export const hiddenNoRecurse: OptionSpec = { ...noRecurse, hidden: true }

const linkedImages: readonly OptionSpec[] = [
  { key: 'ignoreChildren', short: 'I', kind: 'flag', hidden: true, help: 'Ignore all linked child images.' },
  {
    key: 'ignoreChild',
    short: 'i',
    kind: 'list',
    argument: 'name',
    hidden: true,
    help: 'Ignore this child.',
  },
  {
    key: 'noParentSync',
    long: ['no-parent-sync'],
    kind: 'flag',
    hidden: true,
    help: 'Do not read the state of the parent image first.',
  },
]

export const stage: OptionSpec = {
  key: 'stage',
  long: ['stage'],
  kind: 'text',
  argument: 'stage',
  hidden: true,
  help: 'Part of the operation to do.',
}

const concurrency: OptionSpec = {
  key: 'concurrency',
  short: 'C',
  long: ['concurrency'],
  kind: 'text',
  argument: 'n',
  integer: true,
  help: 'Child images at a time.',
}

const actuators: readonly OptionSpec[] = [
  {
    key: 'syncActuators',
    long: ['sync-actuators'],
    kind: 'flag',
    help: 'Wait for the services that are restarted.',
  },
  {
    key: 'syncActuatorsTimeout',
    long: ['sync-actuators-timeout'],
    kind: 'text',
    argument: 'timeout',
    integer: true,
    help: 'Wait for services at most so many seconds.',
  },
]

export const ignoreMissing: OptionSpec = {
  key: 'ignoreMissing',
  long: ['ignore-missing'],
  kind: 'flag',
  help: 'Skip operands that match nothing installed.',
}

/** How a change is made; every command that plans one has these. */
export const changeControl: readonly OptionSpec[] = [...bootEnvironment, fsync]

/** What all commands have that change packages. */
export const packageChange: readonly OptionSpec[] = [
  ...planOutput,
  concurrency,
  noIndex,
  ...changeControl,
  parsable,
  ...linkedImages,
]

/** What those have that bring packages. */
export const fetching: readonly OptionSpec[] = [temporarySources, noRefresh, ...licenses, reject]

/** What those have that reach into child images and services. */
export const reaching: readonly OptionSpec[] = [...recursion, ...actuators]

export const noHeader: OptionSpec = { key: 'noHeader', short: 'H', kind: 'flag', help: 'No headings.' }

/** Of commands that print a table; goes with `formatChoice`. */
export const outputFormat: OptionSpec = {
  key: 'format',
  short: 'F',
  long: ['output-format'],
  kind: 'text',
  argument: 'format',
  help: 'default, tsv, json or json-formatted.',
}

export const formatChoice = {
  key: 'format',
  values: ['default', 'tsv', 'json', 'json-formatted'],
  shown: 'default, tsv, json, json-formatted',
} as const

/** Lines of a synopsis that several commands share. */
export const bootEnvironmentSynopsis = [
  '[--no-be-activate] [-t | --temp-be-activate]',
  '[--no-backup-be | --require-backup-be] [--backup-be-name name]',
  '[--deny-new-be | --require-new-be] [--be-name name]',
] as const

/** Rules of the shared options, in the order their texts are looked for. */
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
