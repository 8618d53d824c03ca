import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'

/** An operand of the wrong form, in the shape that some commands of the reference client give it: no usage, but where to find one. */
export function operandMistake(context: CommandContext, text: string): number {
  const { io, spec } = context
  io.stderr(
    `${io.programName}: ${spec.name}: ${text}\nFor a full list of subcommands, run: ${io.programName} help\n`,
  )
  return Exit.usage
}
