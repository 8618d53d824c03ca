import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { unsupportedOption } from '../plan/plan-options.ts'
import { withImage } from '../shared/with-image.ts'

/** `update-format`: only one format exists so far, and an image of another one does not open. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  if (context.arguments.operands.length > 0) return context.misuse('command does not take operands')
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  return await withImage(context, 'read', async () => {
    context.io.stdout('Image format already current.\n')
    return ok(Exit.nothingToDo)
  })
}
