import type { ListedMediator } from '#image'
import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { renderTable, type TableFormat } from '../../render/table.ts'
import { withImage } from '../shared/with-image.ts'

/** `mediator [-aH] [-F FORMAT] [MEDIATOR...]`. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'read', async (image) => {
    const listed = await image.mediators(given.has('available'))
    if (!listed.ok) return listed
    if ((image.property('dehydrated') ?? []).length > 0) io.stdout(`${dehydratedWarning}\n`)
    const wanted = new Set(given.operands)
    const rows = listed.value.filter(({ mediator }) => wanted.size === 0 || wanted.has(mediator))
    const found = new Set(rows.map(({ mediator }) => mediator))
    const format = (given.text('format') ?? 'default') as TableFormat
    if (rows.length > 0 || (wanted.size === 0 && format === 'default'))
      io.stdout(mediatorTable(rows, format, !given.has('noHeader')))
    if (wanted.size === 0 || found.size === wanted.size) return ok(Exit.ok)
    if (found.size > 0) return ok(Exit.partial)
    if (format === 'default') context.complain('no matching mediators found')
    return ok(Exit.error)
  })
}

const dehydratedWarning =
  'WARNING: pkg mediators may not be accurately shown when one or more publishers have been dehydrated. The correct mediation will be applied when the publishers are rehydrated.'

/** The default form shows a version that follows the choice behind its implementation; the others give it a column. */
function mediatorTable(rows: readonly ListedMediator[], format: TableFormat, header: boolean): string {
  const json = format === 'json' || format === 'json-formatted'
  // pkg prints Python's None where there is no value; scripts know it.
  const text = (value: string): string => (json && value === '' ? 'None' : value)
  const cells = rows.map((one) => [
    one.mediator,
    one.versionSource,
    text(one.version),
    one.implementationSource,
    format === 'default' && one.implementationVersion !== ''
      ? `${one.implementation}(@${one.implementationVersion})`
      : text(one.implementation),
    text(one.implementationVersion),
  ])
  const headings = ['MEDIATOR', 'VER. SRC.', 'VERSION', 'IMPL. SRC.', 'IMPLEMENTATION', 'IMPL. VER.']
  const keys = [
    'mediator',
    'version-source',
    'version',
    'implementation-source',
    'implementation',
    'implementation-version',
  ]
  const shown = format === 'default' ? 5 : 6
  const columns = headings.slice(0, shown).map((heading, index) => ({
    key: keys[index] ?? '',
    heading,
  }))
  return renderTable(
    columns,
    cells.map((row) => row.slice(0, shown)),
    { format, header },
  )
}
