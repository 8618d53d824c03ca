import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { illegalPatterns } from '../plan/patterns.ts'
import { listFrozen } from './list-frozen.ts'

/** `unfreeze [PATTERN...]`; without patterns the list. Nothing matched: nothing to do. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const { operands } = given
  if (operands.length === 0) return await listFrozen(context)
  if (given.has('noHeader')) return context.misuse('-H may only be used to list frozen packages.')
  const illegal = illegalPatterns(operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const dryRun = given.has('dryRun')
  const progress = createProgress(io, { mode: 'none', phases: false })
  const opened = await context.open(dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const unfrozen = await opened.value.unfreeze({ patterns: operands, dryRun })
  if (!unfrozen.ok) return await context.fail(unfrozen.error)
  for (const stem of unfrozen.value) io.stdout(`${stem} was unfrozen.\n`)
  return unfrozen.value.length === 0 ? Exit.nothingToDo : Exit.ok
}
