import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { printable } from '../../render/message.ts'
import { createProgress } from '../../render/progress.ts'
import { renderTable } from '../../render/table.ts'

/** `property [NAME...]`: values in force; in the order of the operands, or all by name. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const opened = await context.open('read', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const all = opened.value.properties()
  const names = given.operands.length > 0 ? given.operands : [...all.keys()]
  const unknown = names.find((name) => !all.has(name))
  if (unknown !== undefined) {
    context.complain(`no such property: ${unknown}`)
    return Exit.error
  }
  const { propertyText } = await import('#image')
  const rows = names.map((name) => [printable(name), printable(propertyText(all.get(name) ?? ''))])
  const width = Math.max('PROPERTY'.length, ...names.map((name) => name.length))
  const columns = [
    { key: 'property', heading: 'PROPERTY', width },
    { key: 'value', heading: 'VALUE', width: 0 },
  ]
  io.stdout(renderTable(columns, rows, { format: 'default', header: !given.has('noHeader') }))
  return Exit.ok
}
