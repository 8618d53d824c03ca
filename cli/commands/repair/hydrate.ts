import type { CommandContext } from '../../command.ts'
import { runOperation } from '../plan/run-operation.ts'

/** `dehydrate [-p PUBLISHER]...` and `rehydrate`, told apart by their name. Source: cli §10. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, spec } = context
  const [operand] = given.operands
  if (operand !== undefined) return context.misuse(`command does not take operands ('${operand}')`)
  const operation = spec.name === 'rehydrate' ? 'rehydrate' : 'dehydrate'
  const publishers = [...new Set(given.list('publisher'))]
  return await runOperation(context, {
    patterns: [],
    nothingToDo: 'No updates necessary for this image.\n',
    run: (image, options) => image.hydrate({ operation, publishers }, options),
  })
}
