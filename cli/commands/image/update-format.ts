import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { unsupportedOption } from '../plan/plan-options.ts'

/** `update-format`: there has been one format so far, and an image of another one does not open. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  if (given.operands.length > 0) return context.misuse('command does not take operands')
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const opened = await context.open('read', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  io.stdout('Image format already current.\n')
  return Exit.nothingToDo
}
