import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'

/** `clean`: empties the content caches. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const opened = await context.open('write', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const cleaned = await opened.value.cleanCache()
  if (!cleaned.ok) return await context.fail(cleaned.error)
  if (given.count('verbose') > 0)
    for (const { publisher, path } of cleaned.value)
      io.stdout(`Checking cache directory ${path} (${publisher})\n`)
  return Exit.ok
}
