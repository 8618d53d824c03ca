import type { CommandContext } from '../../command.ts'
import { clientVersion } from '../../version.ts'

/** `version`: one line, nothing else. */
export async function run(context: CommandContext): Promise<number> {
  const [operand] = context.arguments.operands
  if (operand !== undefined)
    return context.misuse(
      `version: command does not take operands ('${context.arguments.operands.join(' ')}')`,
    )
  context.io.stdout(`${clientVersion}\n`)
  return 0
}
