import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'

/** Prints the avoid list, with the packages that group what is on it. Source: cli §8. */
export async function listAvoided(context: CommandContext): Promise<number> {
  const { io } = context
  const opened = await context.open('read', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const avoided = await opened.value.avoided()
  if (!avoided.ok) return await context.fail(avoided.error)
  for (const { stem, groupedBy } of avoided.value)
    io.stdout(
      `    ${stem}${groupedBy.length === 0 ? '' : ` (group dependency of '${groupedBy.join(' ')}')`}\n`,
    )
  return Exit.ok
}
