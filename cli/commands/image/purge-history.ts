import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'

/** `purge-history`. It has always taken, and ignored, any word after it. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  const { io } = context
  const opened = await context.open('write', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const purged = await opened.value.purgeHistory()
  if (!purged.ok) return await context.fail(purged.error)
  io.stdout('History purged.\n')
  return Exit.ok
}
