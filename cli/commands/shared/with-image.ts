import type { Image, OperationProblem } from '#image'
import type { Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { createProgress } from '../../render/progress.ts'

/**
 * Body of a command without progress: opens the image, does `work` with it and returns the exit code that `work` gives. A problem of
 * opening or of `work` is printed instead, and its exit code is returned.
 */
export async function withImage(
  context: CommandContext,
  mode: 'read' | 'write',
  work: (image: Image) => Promise<Result<number, OperationProblem>>,
): Promise<number> {
  const progress = createProgress(context.io, { mode: 'none', phases: false })
  const opened = await context.open(mode, progress)
  const done = opened.ok ? await work(opened.value) : opened
  for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  return done.ok ? done.value : await context.fail(done.error)
}
