import type { CommandContext } from '../../command.ts'
import { editProperties } from './edit-properties.ts'

/** `set-property NAME VALUE...`; `signature-policy require-names NAME...` sets the names too. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const [name, ...values] = context.arguments.operands
  if (name === undefined || values.length === 0)
    return context.misuse('requires a property name and at least one value')
  if (name === 'signature-policy' && values[0] !== 'require-names' && values.length > 1)
    return context.misuse(`the signature-policy '${values[0]}' takes no names`)
  return await editProperties(context, { kind: 'set', name, values })
}
