import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress, progressMode } from '../../render/progress.ts'

/** `rebuild-index`: makes the one index of this client, that of the catalogs, anew. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  if (given.operands.length > 0) return context.misuse('command does not take operands')
  const progress = createProgress(io, { mode: progressMode(io, false), phases: false })
  const opened = await context.open('write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const rebuilt = await opened.value.rebuildIndex()
  progress.end()
  return rebuilt.ok ? Exit.ok : await context.fail(rebuilt.error)
}
