import type { CommandContext } from '../../command.ts'
import { runUnsolved } from './run-unsolved.ts'

/** `dehydrate [-p PUBLISHER]...` and `rehydrate`, told apart by their name. Source: cli §10. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, spec } = context
  const [operand] = given.operands
  if (operand !== undefined) return context.misuse(`command does not take operands ('${operand}')`)
  return await runUnsolved(context, {
    nothingToDo: 'No updates necessary for this image.',
    carryOut: (image, options) =>
      image.hydrate(
        {
          operation: spec.name === 'rehydrate' ? 'rehydrate' : 'dehydrate',
          publishers: [...new Set(given.list('publisher'))],
        },
        options,
      ),
  })
}
