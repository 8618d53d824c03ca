import type { CommandContext } from '../../command.ts'
import { editProperties } from './edit-properties.ts'

/** `unset-property NAME...`; ends with the first that is not set. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const names = context.arguments.operands
  if (names.length === 0) return context.misuse('requires at least one property name')
  return await editProperties(context, { kind: 'unset', names })
}
