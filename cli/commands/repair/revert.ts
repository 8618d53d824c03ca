import type { CommandContext } from '../../command.ts'
import { runUnsolved } from './run-unsolved.ts'

/** `revert (--tagged TAG... | PATH...)`. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given } = context
  if (given.operands.length === 0) return context.misuse('at least one file path or tag name required')
  const tagged = given.has('tagged')
  return await runUnsolved(context, {
    nothingToDo: 'No updates necessary for this image.',
    carryOut: (image, options) =>
      image.revert({
        ...options,
        paths: tagged ? [] : given.operands,
        tags: tagged ? given.operands : [],
      }),
  })
}
