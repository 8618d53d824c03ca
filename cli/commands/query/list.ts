import type { Image, ListedPackage, ListQuery } from '#image'
import { formatFmri, formatVersion, largest, ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { prefixed } from '../../render/message.ts'
import { refreshSummary } from '../../render/refresh.ts'
import { type Column, renderTable, type TableFormat } from '../../render/table.ts'
import { illegalPatterns, noTemporarySources } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

/** Every column `-o` knows. */
const knownColumns = [
  'branch',
  'flags',
  'fmri',
  'name',
  'namepub',
  'osrelease',
  'publisher',
  'release',
  'summary',
  'timestamp',
  'version',
] as const
type ColumnName = (typeof knownColumns)[number]

const headings: { readonly [Name in ColumnName]?: string } = {
  flags: 'IFO',
  namepub: 'NAME (PUBLISHER)',
  osrelease: 'OS RELEASE',
}

/** `list`. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const wrong = usageMistake(context)
  if (wrong !== undefined) return wrong
  if (given.has('source')) return await context.fail(noTemporarySources)
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  return await withImage(context, 'read', async (image) => {
    const query = listQuery(context)
    const listed = await image.listPackages(query)
    if (!listed.ok) return listed
    const { packages, found, misses, refreshed } = listed.value
    if (refreshed?.publishers.some(({ outcome }) => outcome === 'failed' || outcome === 'partial') === true) {
      const summary = await refreshSummary(refreshed.publishers, image.config().publishers)
      io.stderr(`${prefixed(io.programName, summary)}\n`)
      if (refreshed.publishers.some(({ outcome }) => outcome === 'failed')) return ok(Exit.error)
    }
    if (packages.length > 0 && !given.has('quiet')) io.stdout(render(context, packages))
    if (misses.length > 0) {
      if (!given.has('quiet')) io.stderr(await missText(context, image, query, misses))
      return ok(packages.length > 0 ? Exit.partial : Exit.error)
    }
    // A package that -i, -m or -M filters out was still found.
    if (found) return ok(Exit.ok)
    if (!given.has('quiet')) io.stderr(`${emptyText(query)}\n`)
    return ok(Exit.error)
  })
}

function usageMistake(context: CommandContext): number | undefined {
  const { arguments: given, io } = context
  if (given.has('allVersions') && !given.has('all') && !given.has('source'))
    return context.misuse("'-f' may only be used with '-a'.")
  if (given.has('quiet') && (given.text('format') ?? 'default') !== 'default')
    return context.misuse("The '-q' and '-F/--output-format' options may not be combined.")
  const unknown = columnNames(context).filter((name) => !(knownColumns as readonly string[]).includes(name))
  if (unknown.length === 0) return undefined
  io.stderr(
    `${io.programName}: Unknown output field(s): ${unknown.join(', ')}\nKnown fields are: ${knownColumns.join(', ')}\nFor a full list of subcommands, run: ${io.programName} help\n`,
  )
  return Exit.usage
}

function columnNames({ arguments: given }: CommandContext): readonly string[] {
  return given.list('columns').flatMap((list) => list.split(','))
}

function listQuery(context: CommandContext): ListQuery {
  const { arguments: given } = context
  const newest = given.has('newest') || (given.has('notInstalled') && !given.has('all'))
  const scope = given.has('all')
    ? given.has('allVersions')
      ? 'all'
      : 'installable'
    : newest
      ? 'newest'
      : 'installed'
  return {
    patterns: given.operands,
    scope,
    ...(given.has('upgradable') ? { upgradable: true } : {}),
    ...(given.has('removable')
      ? { removable: 'unneeded' as const }
      : given.has('removableOptional')
        ? { removable: 'or-optional' as const }
        : {}),
    ...(given.has('manual') ? { manual: true } : given.has('automatic') ? { manual: false } : {}),
    ...(given.has('notInstalled') ? { notInstalled: true } : {}),
    ...(given.has('summary') || columnNames(context).includes('summary') ? { summaries: true } : {}),
    refresh: (scope !== 'installed' || given.has('upgradable')) && !given.has('noRefresh'),
  }
}

function emptyText(query: ListQuery): string {
  if (query.upgradable === true) return 'no packages have newer versions available'
  if (query.removable !== undefined) return 'no installed packages are removable'
  return query.scope === 'installed' ? 'no packages installed' : 'no packages known'
}

async function missText(
  context: CommandContext,
  image: Image,
  query: ListQuery,
  misses: readonly string[],
): Promise<string> {
  const name = `${context.io.programName} list`
  const block = (head: string, patterns: readonly string[], tail = ''): string =>
    patterns.length === 0
      ? ''
      : ` \n${name}: ${head}\n${patterns.map((pattern) => `  ${pattern}\n`).join('')}${tail}`
  if (query.upgradable === true) {
    const installed = await image.listPackages({ patterns: misses, scope: 'installed', refresh: false })
    const absent = installed.ok ? installed.value.misses : misses
    return (
      block(
        'no updates are available for the following packages:',
        misses.filter((one) => !absent.includes(one)),
      ) + block('the following packages are not installed:', absent)
    )
  }
  if (query.scope === 'installable')
    return block(
      'no packages matching the following patterns are allowed by installed incorporations, or image variants that are known or installed',
      misses,
      'Use -af to allow all versions.\n',
    )
  const state = query.scope === 'installed' ? 'installed' : 'known or installed'
  return block(`no packages matching the following patterns are ${state}:`, misses)
}

/** Three characters: installed; frozen, optional or manual; obsolete, renamed or legacy. */
function flags(listed: ListedPackage): string {
  const second = listed.frozen ? 'f' : listed.optional ? 'S' : listed.manual ? 'm' : '-'
  const third = listed.obsolete ? 'o' : listed.renamed ? 'r' : listed.legacy ? 'l' : '-'
  return `${listed.installed ? 'i' : '-'}${second}${third}`
}

function cell(listed: ListedPackage, column: ColumnName): string {
  const { fmri } = listed
  const { version } = fmri
  switch (column) {
    case 'branch':
      return version?.branch ?? ''
    case 'flags':
      return flags(listed)
    case 'fmri':
      return formatFmri(fmri, 'no-build')
    case 'name':
      return fmri.stem
    case 'namepub':
      return listed.topPublisher ? fmri.stem : `${fmri.stem} (${fmri.publisher ?? ''})`
    case 'osrelease':
      return version?.build ?? ''
    case 'publisher':
      return fmri.publisher ?? ''
    case 'release':
      return version?.release ?? ''
    case 'summary':
      return listed.summary ?? ''
    case 'timestamp':
      return version?.timestamp ?? ''
    case 'version':
      return version === undefined ? '' : formatVersion(version, 'short')
  }
}

function render(context: CommandContext, packages: readonly ListedPackage[]): string {
  const { arguments: given } = context
  const format = (given.text('format') ?? 'default') as TableFormat
  const chosen = columnNames(context) as readonly ColumnName[]
  const form: readonly (readonly [ColumnName, number])[] =
    chosen.length > 0
      ? chosen.map((name) => [name, 0])
      : given.has('verbose')
        ? [
            ['fmri', 76],
            ['flags', 3],
          ]
        : given.has('summary')
          ? [
              ['namepub', 55],
              ['summary', 0],
            ]
          : [
              ['namepub', 49],
              ['version', 26],
              ['flags', 3],
            ]
  const rows = packages.map((listed) => form.map(([name]) => cell(listed, name)))
  const columns: readonly Column[] = form.map(([name, width], index) => {
    const heading = headings[name] ?? name.toUpperCase()
    const longest = largest([heading.length, ...rows.map((row) => (row[index] ?? '').length)])
    return { key: name, heading, width: chosen.length > 0 ? longest : width }
  })
  return renderTable(columns, rows, { format, header: !given.has('noHeader') })
}
