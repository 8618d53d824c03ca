import type { OptionSpec, OptionTable } from '../getopt.ts'

/** A subcommand of pkg6repo: how it is called. */
export interface ToolCommand {
  readonly name: string
  /** After the name. */
  readonly synopsis: string
  readonly table: OptionTable
  /** Least and greatest number of operands. */
  readonly operands: readonly [number, number]
  /** Whether it must be told a repository. */
  readonly needsRepository: boolean
}

const store: OptionSpec = {
  key: 'store',
  short: 's',
  long: ['store'],
  kind: 'text',
  argument: 'repository',
  help: 'folder or URI of the repository',
}
const publishers: OptionSpec = {
  key: 'publisher',
  short: 'p',
  long: ['publisher'],
  kind: 'list',
  argument: 'publisher',
  help: 'only this publisher; may be repeated',
}
const dryRun: OptionSpec = { key: 'dry-run', short: 'n', kind: 'flag', help: 'change nothing' }
const format: OptionSpec = {
  key: 'format',
  short: 'F',
  long: ['output-format'],
  kind: 'text',
  argument: 'format',
  help: 'default, tsv, json or json-formatted',
}
const noHeader: OptionSpec = { key: 'no-header', short: 'H', kind: 'flag', help: 'no column headings' }
const formats = {
  key: 'format',
  values: ['default', 'tsv', 'json', 'json-formatted'],
  shown: 'default, tsv, json, json-formatted',
}

/** Options in front of the subcommand. */
export const globalTable: OptionTable = { options: [store] }

const many = Number.MAX_SAFE_INTEGER

/** All subcommands, in the order of the usage. Source: cli §11. */
export const toolCommands: readonly ToolCommand[] = [
  {
    name: 'create',
    synopsis: '[--version 4] folder',
    table: {
      options: [
        { key: 'version', long: ['version'], kind: 'text', argument: 'version', help: 'repository version' },
      ],
      choices: [{ key: 'version', values: ['4'], shown: '4' }],
    },
    operands: [1, 1],
    needsRepository: false,
  },
  {
    name: 'add-publisher',
    synopsis: '-s repository publisher ...',
    table: { options: [store] },
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'remove-publisher',
    synopsis: '[-n] -s repository publisher ...',
    table: { options: [store, dryRun] },
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'publish',
    synopsis: '-s repository [-d folder ...] [manifest ...]',
    table: {
      options: [
        store,
        {
          key: 'folder',
          short: 'd',
          kind: 'list',
          argument: 'folder',
          help: 'where the files are that the manifest names; may be repeated',
        },
      ],
    },
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'get',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository [section/property ...]',
    table: { options: [store, publishers, format, noHeader], choices: [formats] },
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'set',
    synopsis: '-s repository section/property=value ...',
    table: { options: [store] },
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'info',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository',
    table: { options: [store, publishers, format, noHeader], choices: [formats] },
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'list',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository [pattern ...]',
    table: { options: [store, publishers, format, noHeader], choices: [formats] },
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'contents',
    synopsis: '[-m] [-t types] -s repository [pattern ...]',
    table: {
      options: [
        store,
        { key: 'raw', short: 'm', kind: 'flag', help: 'manifests as they are stored' },
        { key: 'types', short: 't', kind: 'list', argument: 'types', help: 'only actions of these types' },
      ],
      conflicts: [['raw', 'types']],
    },
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'rebuild',
    synopsis: '[-p publisher ...] -s repository',
    table: { options: [store, publishers] },
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'refresh',
    synopsis: '[-p publisher ...] -s repository',
    table: { options: [store, publishers] },
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'remove',
    synopsis: '[-n] [-p publisher ...] -s repository pattern ...',
    table: { options: [store, publishers, dryRun] },
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'verify',
    synopsis: '[-p publisher ...] -s repository',
    table: { options: [store, publishers] },
    operands: [0, 0],
    needsRepository: true,
  },
  { name: 'version', synopsis: '', table: { options: [] }, operands: [0, 0], needsRepository: false },
  {
    name: 'help',
    synopsis: '[subcommand]',
    table: { options: [] },
    operands: [0, 1],
    needsRepository: false,
  },
]
