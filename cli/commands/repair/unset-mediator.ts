import type { CommandContext } from '../../command.ts'
import { runUnsolved } from './run-unsolved.ts'

/** `unset-mediator [-IV] MEDIATOR...`; neither letter means both halves. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given } = context
  if (given.operands.length === 0) return context.misuse('at least one mediator must be specified')
  const both = !given.has('version') && !given.has('implementation')
  return await runUnsolved(context, {
    nothingToDo: 'No changes required.',
    carryOut: (image, options) =>
      image.unsetMediators(
        {
          mediators: given.operands,
          version: both || given.has('version'),
          implementation: both || given.has('implementation'),
        },
        options,
      ),
  })
}
