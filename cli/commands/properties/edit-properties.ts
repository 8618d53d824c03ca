import type { PropertyEdit } from '#image'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'

/** Carries out one of the commands that change image properties. */
export async function editProperties(context: CommandContext, edit: PropertyEdit): Promise<number> {
  const opened = await context.open('write', createProgress(context.io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const done = await opened.value.editProperties(edit)
  return done.ok ? Exit.ok : await context.fail(done.error)
}
