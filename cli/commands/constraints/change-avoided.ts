import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { illegalPatterns } from '../plan/patterns.ts'
import { listAvoided } from './list-avoided.ts'

/** `avoid` and `unavoid`; without patterns the list. Source: cli §8. */
export async function changeAvoided(context: CommandContext, change: 'avoid' | 'unavoid'): Promise<number> {
  const { operands } = context.arguments
  if (operands.length === 0) return await listAvoided(context)
  const illegal = illegalPatterns(operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const opened = await context.open('write', createProgress(context.io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const done = await opened.value[change](operands)
  return done.ok ? Exit.ok : await context.fail(done.error)
}
