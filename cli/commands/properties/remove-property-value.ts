import type { CommandContext } from '../../command.ts'
import { editProperties } from './edit-properties.ts'

/** `remove-property-value NAME VALUE`: takes a value out of a list. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const [name, value, ...more] = context.arguments.operands
  if (name === undefined || value === undefined || more.length > 0)
    return context.misuse('requires a property name and value')
  return await editProperties(context, { kind: 'remove', name, value })
}
