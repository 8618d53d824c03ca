import type { PublisherName } from '#model'
import {
  append,
  formatAction,
  formatFmri,
  formatVersion,
  isActionType,
  matchesPattern,
  type Pattern,
  parseManifest,
} from '#model'
import type { CatalogListing, PublishedBy, RepositorySource } from '#repo'
import { fetchRepositoryCatalog } from '#repo'
import type { Column, TableFormat } from '../render/table.ts'
import { renderTable } from '../render/table.ts'
import type { ToolContext } from './pkg6repo-context.ts'
import {
  listPackages,
  openSource,
  openStore,
  operandPatterns,
  selectPublishers,
  toolExit,
} from './pkg6repo-context.ts'

/** `get`: properties of the repository, or with `-p` of publishers. */
export async function get(context: ToolContext): Promise<number> {
  const wanted = context.arguments.operands
  const names = context.arguments.publishers
  const rows: string[][] = []
  if (names.length === 0) {
    const repository = await openStore(context)
    if (typeof repository === 'number') return repository
    for (const [section, options] of repository.config) {
      if (section === 'CONFIGURATION') continue
      for (const [name, value] of options) rows.push([section, name, value])
    }
  } else {
    const code = await reading(context, async (_, publishers) => {
      append(rows, publishers.flatMap(publisherProperties))
      return toolExit.ok
    })
    if (code !== toolExit.ok) return code
  }
  const keyOf = (row: readonly string[]) => row.slice(-3, -1).join('/')
  const shown = rows.filter((row) => wanted.length === 0 || wanted.includes(keyOf(row)))
  const known = new Set(rows.map(keyOf))
  const unknown = wanted.filter((property) => !known.has(property))
  const columns = [
    ...(names.length === 0 ? [] : [{ key: 'publisher', heading: 'PUBLISHER' }]),
    { key: 'section', heading: 'SECTION' },
    { key: 'property', heading: 'PROPERTY' },
    { key: 'value', heading: 'VALUE' },
  ]
  if (shown.length > 0) print(context, columns, shown)
  for (const property of unknown) context.complain(`there is no property ${property}`)
  if (unknown.length === 0) return toolExit.ok
  return unknown.length === wanted.length ? toolExit.error : toolExit.partial
}

function publisherProperties(one: PublishedBy): readonly string[][] {
  return [
    [one.name, 'publisher', 'alias', one.alias ?? ''],
    [one.name, 'publisher', 'prefix', one.name],
    [one.name, 'repository', 'mirrors', one.mirrors.join(' ')],
    [one.name, 'repository', 'origins', one.origins.join(' ')],
    [one.name, 'repository', 'refresh-seconds', String(one.refreshSeconds)],
  ]
}

/** `info`: publishers with the number of their packages and the time of the last change. */
export async function info(context: ToolContext): Promise<number> {
  return reading(context, async (source, publishers) => {
    const rows: string[][] = []
    for (const { name } of publishers) {
      const catalog = await fetchRepositoryCatalog(source, name)
      if (!catalog.ok) return context.fail(catalog.error)
      const { packageCount, lastModified } = catalog.value.attributes
      rows.push([name, String(packageCount), 'online', isoTime(lastModified ?? '')])
    }
    const columns = [
      { key: 'publisher', heading: 'PUBLISHER' },
      { key: 'packages', heading: 'PACKAGES' },
      { key: 'status', heading: 'STATUS', width: 16 },
      { key: 'updated', heading: 'UPDATED' },
    ]
    print(context, columns, rows)
    return toolExit.ok
  })
}

/** `20240102T030500.000123Z` -> `2024-01-02T03:05:00.000123Z`. */
function isoTime(stamp: string): string {
  return stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:$6')
}

/** `list`: package versions, newest first. */
export async function list(context: ToolContext): Promise<number> {
  return matching(context, async (_source, found) => {
    const flags = { offered: '', obsolete: 'o', renamed: 'r', legacy: 'l' } as const
    const { format } = style(context)
    const rows = found.map(({ fmri, state, summary }) => {
      const version = fmri.version === undefined ? '' : formatVersion(fmri.version)
      const start = [fmri.publisher ?? '', fmri.stem, flags[state], version]
      if (format === 'default') return start
      if (format === 'tsv') return [...start, summary.replaceAll('\n', ' ')]
      const { release = '', build = '', branch = '', timestamp = '' } = fmri.version ?? {}
      return [...start, summary, release, build, branch, timestamp, formatFmri(fmri)]
    })
    const columns = [
      { key: 'publisher', heading: 'PUBLISHER' },
      { key: 'name', heading: 'NAME', width: 45 },
      { key: 'pkg-states', heading: 'O' },
      { key: 'version', heading: 'VERSION' },
      { key: 'pkg.summary', heading: 'SUMMARY' },
      { key: 'release', heading: '' },
      { key: 'build-release', heading: '' },
      { key: 'branch', heading: '' },
      { key: 'timestamp', heading: '' },
      { key: 'pkg.fmri', heading: '' },
    ]
    print(context, columns.slice(0, rows[0]?.length ?? 4), rows)
    return toolExit.ok
  })
}

/** `contents`: the actions of packages, or with `-m` their manifests as stored. */
export async function contents(context: ToolContext): Promise<number> {
  const types = context.arguments.types.flatMap((text) => text.split(','))
  const unknown = types.find((type) => !isActionType(type))
  if (unknown !== undefined) {
    context.complain(`there are no actions of type ${unknown}`)
    return toolExit.usage
  }
  return matching(context, async (source, found) => {
    for (const { fmri, manifestSha1 } of found) {
      const publisher = fmri.publisher as PublisherName
      const text = await source.fetchManifest(publisher, fmri, manifestSha1)
      if (!text.ok) return context.fail(text.error)
      if (context.arguments.raw) {
        context.io.data(text.value.endsWith('\n') ? text.value : `${text.value}\n`)
        continue
      }
      const manifest = parseManifest(text.value)
      if (!manifest.ok) return context.fail(manifest.error)
      for (const action of manifest.value.actions) {
        if (types.length === 0 || types.includes(action.type)) context.io.data(`${formatAction(action)}\n`)
      }
    }
    return toolExit.ok
  })
}

async function reading(
  context: ToolContext,
  body: (source: RepositorySource, publishers: readonly PublishedBy[]) => Promise<number>,
): Promise<number> {
  const source = openSource(context)
  if (typeof source === 'number') return source
  try {
    const known = await source.fetchPublishers()
    if (!known.ok) return context.fail(known.error)
    const publishers = selectPublishers(context, source.uri, known.value, ({ name }) => name)
    return typeof publishers === 'number' ? publishers : await body(source, publishers)
  } finally {
    await source.close()
  }
}

/** Runs a body with the package versions that match the operands; 1 when none, 3 when not every pattern matched. */
async function matching(
  context: ToolContext,
  body: (source: RepositorySource, found: readonly CatalogListing[]) => Promise<number>,
): Promise<number> {
  const patterns = operandPatterns(context)
  if (typeof patterns === 'number') return patterns
  return reading(context, async (source, publishers) => {
    const names = publishers.map(({ name }) => name)
    const all = await listPackages(context, source, names)
    if (typeof all === 'number') return all
    const { found, unmatched } = selectListings(all, patterns)
    for (const pattern of unmatched) {
      context.fail({ code: 'ips::repository_error::unknown_package', uri: source.uri, pattern: pattern.text })
    }
    if (found.length === 0) {
      if (patterns.length === 0) context.complain('the repository has no packages')
      return toolExit.error
    }
    const code = await body(source, found)
    return code === toolExit.ok && unmatched.length > 0 ? toolExit.partial : code
  })
}

/** Versions that match any of the patterns (`@latest`: the newest that matches), and patterns without any. */
export function selectListings(
  all: readonly CatalogListing[],
  patterns: readonly Pattern[],
): { readonly found: readonly CatalogListing[]; readonly unmatched: readonly Pattern[] } {
  if (patterns.length === 0) return { found: all, unmatched: [] }
  const chosen = new Set<CatalogListing>()
  const unmatched: Pattern[] = []
  for (const pattern of patterns) {
    const stems = new Set<string>()
    let any = false
    for (const listing of all) {
      if (!matchesPattern(pattern, listing.fmri)) continue
      any = true
      const stem = `${listing.fmri.publisher}/${listing.fmri.stem}`
      // The list has the newest version of a stem first.
      if (!pattern.latest || !stems.has(stem)) chosen.add(listing)
      stems.add(stem)
    }
    if (!any) unmatched.push(pattern)
  }
  return { found: all.filter((listing) => chosen.has(listing)), unmatched }
}

function style(context: ToolContext): { readonly format: TableFormat; readonly header: boolean } {
  const { format, noHeader } = context.arguments
  return { format, header: !noHeader }
}

function print(context: ToolContext, columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  context.io.stdout(renderTable(columns, rows, style(context)))
}
