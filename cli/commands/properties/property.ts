import { largest, ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { renderTable } from '../../render/table.ts'
import { withImage } from '../shared/with-image.ts'

/** `property [NAME...]`: values in force; in the order of the operands, or all by name. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'read', async (image) => {
    const all = image.properties()
    const names = given.operands.length > 0 ? given.operands : [...all.keys()]
    const unknown = names.find((name) => !all.has(name))
    if (unknown !== undefined) {
      context.complain(`no such property: ${unknown}`)
      return ok(Exit.error)
    }
    const { propertyText } = await import('#image')
    const rows = names.map((name) => [name, propertyText(all.get(name) ?? '')])
    const width = largest(['PROPERTY'.length, ...names.map((name) => name.length)])
    const columns = [
      { key: 'property', heading: 'PROPERTY', width },
      { key: 'value', heading: 'VALUE', width: 0 },
    ]
    io.stdout(renderTable(columns, rows, { format: 'default', header: !given.has('noHeader') }))
    return ok(Exit.ok)
  })
}
