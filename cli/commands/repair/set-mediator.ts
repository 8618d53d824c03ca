import type { CommandContext } from '../../command.ts'
import { runUnsolved } from './run-unsolved.ts'

/** `set-mediator [-I IMPLEMENTATION] [-V VERSION] MEDIATOR...`. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given } = context
  if (given.operands.length === 0) return context.misuse('at least one mediator must be specified')
  const version = given.text('version')
  const implementation = given.text('implementation')
  if ((version ?? '') === '' && (implementation ?? '') === '')
    return context.misuse('a mediator version and/or implementation must be specified using -V and -I')
  return await runUnsolved(context, {
    nothingToDo: 'No changes required.',
    carryOut: (image, options) =>
      image.setMediators({ mediators: given.operands, version, implementation }, options),
  })
}
