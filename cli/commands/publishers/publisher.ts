import type { ConfiguredPublisher, Image, OperationProblem } from '#image'
import { err, ok, type RepositoryLocation, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { renderTable } from '../../render/table.ts'
import { dateText } from '../../render/time.ts'
import { withImage } from '../shared/with-image.ts'

/** `publisher [NAME...]`: the table, or all about the named ones. Source: cli §6. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'read', async (image) => {
    const { publishers } = image.config()
    if (given.operands.length > 0) return describe(context, image, publishers)
    const shown = publishers
      .filter((_, index) => !given.has('first') || index === firstEnabled(publishers))
      .filter((one) => !given.has('enabled') || one.enabled)
    const header = !given.has('noHeader')
    io.stdout(given.text('format') === 'tsv' ? tsvTable(shown, header) : defaultTable(shown, header))
    return ok(Exit.ok)
  })
}

/** Index of the publisher that is asked first. */
function firstEnabled(publishers: readonly ConfiguredPublisher[]): number {
  const index = publishers.findIndex((one) => one.enabled)
  return Math.max(index, 0)
}

type Place = { readonly kind: 'origin' | 'mirror'; readonly location: RepositoryLocation }

/** Origins by URI, then mirrors as configured. */
function places(publisher: ConfiguredPublisher): readonly Place[] {
  const origins = [...publisher.origins].sort((a, b) => (a.uri < b.uri ? -1 : Number(a.uri > b.uri)))
  return [
    ...origins.map((location) => ({ kind: 'origin', location }) as const),
    ...publisher.mirrors.map((location) => ({ kind: 'mirror', location }) as const),
  ]
}

function tsvTable(publishers: readonly ConfiguredPublisher[], header: boolean): string {
  const columns = ['PUBLISHER', 'STICKY', 'SYSPUB', 'ENABLED', 'TYPE', 'STATUS', 'URI', 'PROXY']
  const rows = publishers.flatMap((publisher) => {
    const start = [publisher.name, String(publisher.sticky), 'false']
    const all = places(publisher)
    if (all.length === 0) return [[...start, String(publisher.enabled), '', '', '', '']]
    return all.map(({ kind, location }) => [
      ...start,
      String(location.enabled),
      kind,
      location.enabled ? 'online' : 'disabled',
      location.uri,
      '-',
    ])
  })
  return renderTable(
    columns.map((heading) => ({ key: heading, heading, width: 0 })),
    rows,
    { format: 'tsv', header },
  )
}

function defaultTable(publishers: readonly ConfiguredPublisher[], header: boolean): string {
  const rows = publishers.flatMap((publisher) => {
    const notes = [
      ...(publisher.sticky ? [] : ['non-sticky']),
      ...(publisher.enabled ? [] : ['disabled']),
    ].join(', ')
    const start = [publisher.name, notes === '' ? '' : `(${notes})`]
    const all = places(publisher)
    if (all.length === 0) return [[...start, '', '', '', '']]
    return all.map(({ kind, location }) => [
      ...start,
      kind,
      location.enabled ? 'online' : 'disabled',
      'F',
      location.uri,
    ])
  })
  const widths = [14, 12, 8, 6, 1, 0]
  const columns = ['PUBLISHER', '', 'TYPE', 'STATUS', 'P', 'LOCATION'].map((heading, index) => ({
    key: heading,
    heading,
    width: widths[index] ?? 0,
  }))
  return renderTable(columns, rows, { format: 'default', header })
}

async function describe(
  context: CommandContext,
  image: Image,
  publishers: readonly ConfiguredPublisher[],
): Promise<Result<number, OperationProblem>> {
  const wanted: ConfiguredPublisher[] = []
  for (const name of context.arguments.operands) {
    const found = publishers.find((one) => one.name === name || one.alias === name)
    if (found === undefined) return err({ code: 'ips::image_error::unknown_publisher', name })
    wanted.push(found)
  }
  for (const publisher of wanted) context.io.stdout(`\n${await details(context, image, publisher)}`)
  return ok(Exit.ok)
}

async function details(
  { io }: CommandContext,
  image: Image,
  publisher: ConfiguredPublisher,
): Promise<string> {
  const line = (label: string, value: string): string => `${label.padStart(21)}: ${value}\n`
  const updated = publisher.enabled ? await image.catalogUpdated(publisher) : undefined
  const where = places(publisher).map(
    ({ kind, location }) =>
      line(kind === 'origin' ? 'Origin URI' : 'Mirror URI', location.uri) +
      line(kind === 'origin' ? 'Origin Status' : 'Mirror Status', location.enabled ? 'Online' : 'Disabled') +
      line('SSL Key', 'None') +
      line('SSL Cert', 'None'),
  )
  const properties = [...publisher.properties].sort(([a], [b]) => (a < b ? -1 : 1))
  return (
    line('Publisher', publisher.name) +
    line('Alias', publisher.alias ?? '') +
    where.join('') +
    line('Client UUID', publisher.clientUuid ?? 'None') +
    line('Catalog Updated', updated === undefined ? 'None' : dateText(updated, io.env)) +
    line('Publisher enabled', publisher.enabled ? 'Yes' : 'No') +
    (properties.length === 0
      ? ''
      : `${'Properties'.padStart(21)}:\n` +
        properties
          .map(
            ([name, value]) =>
              `${''.padEnd(23)}${name} = ${Array.isArray(value) ? value.join(', ') : value}\n`,
          )
          .join(''))
  )
}
