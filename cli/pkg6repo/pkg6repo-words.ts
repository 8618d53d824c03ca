import type { Argv, Options } from 'yargs'
import {
  flagOption,
  listOption,
  type ParsedWords,
  parseWords,
  textOption,
  toolParser,
  withCompletion,
} from '../io/tool-parser.ts'
import type { TableFormat } from '../render/table.ts'

/** A subcommand of pkg6repo as a user calls it. */
export interface ToolCommand {
  readonly name: string
  readonly summary: string
  /** After the name. */
  readonly synopsis: string
  readonly options: readonly (keyof typeof options)[]
  /** Names of two options that exclude each other. */
  readonly conflict?: readonly [string, string]
  /** Least and greatest number of operands. */
  readonly operands: readonly [number, number]
  /** Whether it must be told a repository. */
  readonly needsRepository: boolean
}

/** The words of a subcommand, read. */
export interface ToolArguments {
  readonly operands: readonly string[]
  readonly store: string | undefined
  readonly publishers: readonly string[]
  readonly folders: readonly string[]
  readonly types: readonly string[]
  readonly format: TableFormat
  readonly dryRun: boolean
  readonly strict: boolean
  readonly noHeader: boolean
  readonly raw: boolean
}

const formats: readonly TableFormat[] = ['default', 'tsv', 'json', 'json-formatted']

const options = {
  store: textOption('store', 'folder or URI of the repository', { alias: 's' }),
  publisher: listOption('only this publisher; may be repeated', 'p'),
  'output-format': textOption('output-format', 'form of the output', { alias: 'F', values: formats }),
  version: textOption('version', 'repository version', { values: ['4'] }),
  d: listOption('folder with the files that the manifest names; may be repeated'),
  H: flagOption('no column headings'),
  m: flagOption('manifests as they are stored'),
  n: flagOption('change nothing'),
  strict: flagOption('publish nothing when there are warnings'),
  t: listOption('only actions of these types'),
} satisfies Record<string, Options>

const many = Number.MAX_SAFE_INTEGER
const listing = ['publisher', 'output-format', 'H'] as const

/** All subcommands, in the order of the usage. Source: cli §11. */
export const toolCommands: readonly ToolCommand[] = [
  {
    name: 'create',
    summary: 'make an empty repository',
    synopsis: '[--version 4] folder',
    options: ['version'],
    operands: [1, 1],
    needsRepository: false,
  },
  {
    name: 'add-publisher',
    summary: 'add publishers',
    synopsis: '-s repository publisher ...',
    options: [],
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'remove-publisher',
    summary: 'remove publishers with all their packages',
    synopsis: '[-n] -s repository publisher ...',
    options: ['n'],
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'publish',
    summary: 'publish packages from manifests or standard input',
    synopsis: '[--strict] -s repository [-d folder ...] [manifest ...]',
    options: ['d', 'strict'],
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'get',
    summary: 'print properties of the repository or, with -p, of publishers',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository [section/property ...]',
    options: listing,
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'set',
    summary: 'set properties of the repository',
    synopsis: '-s repository section/property=value ...',
    options: [],
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'info',
    summary: 'print publishers and their number of packages',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository',
    options: listing,
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'list',
    summary: 'list packages',
    synopsis: '[-H] [-F format] [-p publisher ...] -s repository [pattern ...]',
    options: listing,
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'contents',
    summary: 'print the actions of packages',
    synopsis: '[-m] [-t types] -s repository [pattern ...]',
    options: ['m', 't'],
    conflict: ['m', 't'],
    operands: [0, many],
    needsRepository: true,
  },
  {
    name: 'rebuild',
    summary: 'make the catalog anew from the manifests',
    synopsis: '[-p publisher ...] -s repository',
    options: ['publisher'],
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'refresh',
    summary: 'add packages that the catalog lacks',
    synopsis: '[-p publisher ...] -s repository',
    options: ['publisher'],
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'remove',
    summary: 'remove packages',
    synopsis: '[-n] [-p publisher ...] -s repository pattern ...',
    options: ['publisher', 'n'],
    operands: [1, many],
    needsRepository: true,
  },
  {
    name: 'verify',
    summary: 'check manifests, payloads and catalogs',
    synopsis: '[-p publisher ...] -s repository',
    options: ['publisher'],
    operands: [0, 0],
    needsRepository: true,
  },
  {
    name: 'version',
    summary: 'print the version of this program',
    synopsis: '',
    options: [],
    operands: [0, 0],
    needsRepository: false,
  },
  {
    name: 'help',
    summary: 'print the usage of a subcommand, or of all',
    synopsis: '[subcommand]',
    options: [],
    operands: [0, 1],
    needsRepository: false,
  },
]

function parser(program: string, words: readonly string[] = []): Argv {
  // Before the subcommand, too.
  const root = toolParser(program, words)
    .usage(`Usage:\n        $0 subcommand`)
    .option('store', options.store)
  const tree = toolCommands.reduce(
    (parser, command) =>
      parser.command(command.name, command.summary, (one) => {
        for (const name of command.options) one.option(name, options[name])
        if (!command.needsRepository) one.hide('store')
        if (command.conflict !== undefined) one.conflicts(...command.conflict)
        return one.usage(`Usage:\n        $0 ${command.name} ${command.synopsis}`.trimEnd())
      }),
    root,
  )
  return withCompletion(tree)
}

/** Parses the words after the program's name. */
export async function parseToolWords(program: string, argv: readonly string[]): Promise<ParsedWords> {
  return await parseWords(parser(program), options, argv)
}

/** Usage of a subcommand; undefined: of all. */
export async function toolUsage(program: string, command: ToolCommand | undefined): Promise<string> {
  return `${await parser(program, command === undefined ? [] : [command.name]).getHelp()}\n`
}

/** What the subcommand of these words has to know. */
export function toolArguments({ values, operands }: ParsedWords): ToolArguments {
  const text = (name: string): string | undefined => values[name] as string | undefined
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? []
  return {
    operands: operands.slice(1),
    store: text('store'),
    publishers: list('publisher'),
    folders: list('d'),
    types: list('t'),
    format: (text('output-format') ?? 'default') as TableFormat,
    dryRun: values.n === true,
    strict: values.strict === true,
    noHeader: values.H === true,
    raw: values.m === true,
  }
}
