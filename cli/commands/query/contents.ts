import type { Image, PackageDescription } from '#image'
import {
  type Action,
  type ActionType,
  actionKey,
  attributes,
  compileGlob,
  type Fmri,
  formatAction,
  formatFmri,
  formatManifest,
  isActionType,
  keyAttribute,
  ok,
} from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { notFound } from '../../render/not-found.ts'
import { illegalPatterns, noTemporarySources } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

const packageColumns: ReadonlyMap<string, (fmri: Fmri) => string> = new Map([
  ['pkg.fmri', (fmri: Fmri) => formatFmri(fmri, 'no-build')],
  ['pkg.name', (fmri: Fmri) => fmri.stem as string],
  ['pkg.publisher', (fmri: Fmri) => fmri.publisher ?? ''],
  ['pkg.shortfmri', (fmri: Fmri) => formatFmri(fmri, 'short')],
])

const actionColumns: ReadonlyMap<string, (action: Action) => string> = new Map([
  ['action.hash', (action: Action) => action.payload ?? ''],
  ['action.key', (action: Action) => actionKey(action) ?? ''],
  ['action.name', (action: Action) => action.type as string],
  ['action.raw', (action: Action) => formatAction(action)],
])

/** Columns of a type where no `-o` is given: the key attribute, and what else tells its actions apart. */
function typeColumns(type: ActionType): readonly string[] {
  if (type === 'depend') return ['type', 'fmri']
  if (type === 'set') return ['name', 'value']
  const key = keyAttribute(type)
  return key === undefined ? [] : [key]
}

/** `contents [PATTERN...]`. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const mistake = usageMistake(context)
  if (mistake !== undefined) return context.misuse(mistake)
  if (given.has('source')) return await context.fail(noTemporarySources)
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const remote = given.has('remote')
  return await withImage(context, 'read', async (image) => {
    const described = await image.describePackages({
      patterns: given.operands,
      scope: remote ? 'newest' : 'installed',
    })
    if (!described.ok) return described
    const { packages, misses } = described.value
    if (given.operands.length === 0 && packages.length === 0) {
      context.complain('no packages installed')
      return ok(Exit.error)
    }
    const code = packages.length > 0 ? show(context, image, packages) : Exit.ok
    if (misses.length === 0) return ok(code)
    io.stderr(notFound(io, 'contents', misses, { remote, afterOutput: packages.length > 0 }))
    return ok(Exit.error)
  })
}

function commaList(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '')
}

function usageMistake(context: CommandContext): string | undefined {
  const { arguments: given } = context
  if (given.has('manifest'))
    for (const [key, option] of [
      ['noHeader', '-H'],
      ['match', '-a'],
      ['columns', '-o'],
      ['sort', '-s'],
      ['types', '-t'],
    ] as const)
      if (given.has(key)) return `-m and ${option} may not be specified at the same time`
  if ((given.has('remote') || given.has('source')) && given.operands.length === 0)
    return 'must request remote contents for specific packages'
  if (given.list('match').some((text) => !/^[^=]+=/.test(text)))
    return '-a takes an argument of the form <attribute>=<pattern>'
  for (const name of [...commaList(given.list('columns')), given.text('sort') ?? ''])
    if (
      (name.startsWith('action.') && !actionColumns.has(name)) ||
      (/^pkg\.(?:fmri|name|publisher|shortfmri)./.test(name) && !packageColumns.has(name))
    )
      return `Invalid attribute '${name}'`
  const types = commaList(given.list('types'))
  const unknown = types.filter((type) => !isActionType(type))
  if (types.length > 0 && unknown.length === types.length) return 'no valid action types specified'
  if (unknown.length > 0) context.complain(`WARNING: invalid action types specified: ${unknown.join(',')}`)
  return undefined
}

function show(context: CommandContext, image: Image, packages: readonly PackageDescription[]): number {
  const { arguments: given, io } = context
  if (given.has('manifest')) {
    for (const { manifest } of packages) io.data(formatManifest(manifest))
    return Exit.ok
  }
  const columns = chosenColumns(context)
  const { matched, rows } = gatherRows(context, image, packages, columns)
  if (given.has('match') && matched === 0) {
    io.stderr(`${io.programName}: contents: no matching actions found in the listed packages\n`)
    return Exit.error
  }
  if (rows.length === 0) {
    io.stderr(`${io.programName}: ${nothingToShow(context, packages.length)}\n`)
    return Exit.ok
  }
  io.stdout(table(columns, sortRows(context, columns, rows), !given.has('noHeader')))
  return Exit.ok
}

function chosenColumns(context: CommandContext): readonly string[] {
  const { arguments: given } = context
  const named = commaList(given.list('columns'))
  if (named.length > 0) return named
  const types = commaList(given.list('types'))
  const columns = types.flatMap((type) => (isActionType(type) ? typeColumns(type) : ['path']))
  return columns.length === 0 ? ['path'] : [...new Set(columns)]
}

/** Value of a column; several values in the form of a list. */
function cell(fmri: Fmri, action: Action, column: string): string {
  const special = packageColumns.get(column)?.(fmri) ?? actionColumns.get(column)?.(action)
  if (special !== undefined) return special
  const values = attributes(action, column)
  return values.length > 1 ? `[${values.map((value) => `'${value}'`).join(', ')}]` : (values[0] ?? '')
}

function gatherRows(
  context: CommandContext,
  image: Image,
  packages: readonly PackageDescription[],
  columns: readonly string[],
): { readonly matched: number; readonly rows: readonly (readonly string[])[] } {
  const { arguments: given } = context
  const types = new Set(commaList(given.list('types')))
  const tests = given.list('match').map((text) => {
    const equals = text.indexOf('=')
    return { name: text.slice(0, equals), matches: compileGlob(text.slice(equals + 1), { classes: true }) }
  })
  const filter = image.filter()
  const rows: string[][] = []
  let matched = 0
  for (const { fmri, manifest } of packages)
    for (const action of manifest.actions) {
      if (types.size > 0 && !types.has(action.type)) continue
      if (!filter.actionApplies(action)) continue
      const values = (name: string): readonly string[] => {
        const special = packageColumns.get(name)?.(fmri) ?? actionColumns.get(name)?.(action)
        return special === undefined ? attributes(action, name) : [special]
      }
      if (tests.length > 0 && !tests.some(({ name, matches }) => values(name).some(matches))) continue
      matched += 1
      const row = columns.map((column) => cell(fmri, action, column))
      if (row.some((value) => value !== '')) rows.push(row)
    }
  return { matched, rows }
}

/** By the `-s` column if it is shown, else by path, else by the first column; rows that are equal there keep their order. */
function sortRows(
  context: CommandContext,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const wanted = columns.indexOf(context.arguments.text('sort') ?? 'path')
  const path = columns.indexOf('path')
  const by = wanted >= 0 ? wanted : Math.max(path, 0)
  const key = (row: readonly string[]): string => row[by] ?? ''
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))))
}

function table(columns: readonly string[], rows: readonly (readonly string[])[], header: boolean): string {
  if (!header) return rows.map((row) => `${row.join('\t').replace(/\t+$/, '')}\n`).join('')
  const headings = columns.map((column) => column.toUpperCase())
  const widths = columns.map((_, index) =>
    rows.reduce((width, row) => Math.max(width, (row[index] ?? '').length), (headings[index] ?? '').length),
  )
  const number = columns.map((_, index) => rows.every((row) => /^(0|[1-9][0-9]*)?$/.test(row[index] ?? '')))
  const line = (row: readonly string[], right: boolean): string =>
    `${row
      .map((value, index) =>
        right && number[index] === true
          ? value.padStart(widths[index] ?? 0)
          : value.padEnd(widths[index] ?? 0),
      )
      .join(' ')
      .trimEnd()}\n`
  return line(headings, false) + rows.map((row) => line(row, true)).join('')
}

function nothingToShow(context: CommandContext, count: number): string {
  const { arguments: given } = context
  const one = count === 1
  if (given.has('types'))
    return one
      ? 'This package contains no actions specified using the -t option. Please\nspecify other fields, or use the -m option to show the raw package\nmanifests.'
      : 'These packages contain no actions specified using the -t option. Please\nspecify other fields, or use the -m option to show the raw package\nmanifests.'
  if (given.has('columns'))
    return one
      ? 'This package contains no actions with the fields specified using the -o\noption. Please specify other fields, or use the -m option to show the raw\npackage manifests.'
      : 'These packages contain no actions with the fields specified using the -o\noption. Please specify other fields, or use the -m option to show the raw\npackage manifests.'
  return one
    ? "This package delivers no filesystem content, but may contain metadata. Use\nthe -o option to specify fields other than 'path', or use the -m option to show\nthe raw package manifests."
    : "These packages deliver no filesystem content, but may contain metadata. Use\nthe -o option to specify fields other than 'path', or use the -m option to show\nthe raw package manifests."
}
