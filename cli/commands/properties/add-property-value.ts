import type { CommandContext } from '../../command.ts'
import { editProperties } from './edit-properties.ts'

/** `add-property-value NAME VALUE`: adds to a list. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const [name, value, ...more] = context.arguments.operands
  if (name === undefined || value === undefined || more.length > 0)
    return context.misuse('requires a property name and value')
  return await editProperties(context, { kind: 'add', name, value })
}
