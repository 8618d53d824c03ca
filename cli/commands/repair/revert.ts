import type { CommandContext } from '../../command.ts'
import { runOperation } from '../plan/run-operation.ts'

/** `revert (--tagged TAG... | PATH...)`. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given } = context
  if (given.operands.length === 0) return context.misuse('at least one file path or tag name required')
  const named = given.has('tagged')
    ? { paths: [], tags: given.operands }
    : { paths: given.operands, tags: [] }
  return await runOperation(context, {
    patterns: [],
    nothingToDo: 'No updates necessary for this image.\n',
    run: (image, options) => image.revert({ ...options, ...named }),
  })
}
