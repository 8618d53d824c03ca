import type { MediatorRequest } from '#image'
import type { CommandContext } from '../../command.ts'
import { runOperation } from '../plan/run-operation.ts'

async function setMediators(context: CommandContext, request: MediatorRequest): Promise<number> {
  return await runOperation(context, {
    patterns: [],
    nothingToDo: 'No changes required.\n',
    run: (image, options) => image.setMediators(request, options),
  })
}

/** `set-mediator [-I IMPLEMENTATION] [-V VERSION] MEDIATOR...`. Source: cli §5. */
export const set = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given } = context
    const mediators = given.operands
    if (mediators.length === 0) return context.misuse('at least one mediator must be specified')
    const version = given.text('version')
    const implementation = given.text('implementation')
    if ((version ?? '') === '' && (implementation ?? '') === '')
      return context.misuse('a mediator version and/or implementation must be specified using -V and -I')
    return await setMediators(context, { mediators, version, implementation })
  },
}

/** `unset-mediator [-IV] MEDIATOR...`; neither letter means both halves. Source: cli §5. */
export const unset = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given } = context
    const mediators = given.operands
    if (mediators.length === 0) return context.misuse('at least one mediator must be specified')
    const both = !given.has('version') && !given.has('implementation')
    const half = (key: 'version' | 'implementation') => (both || given.has(key) ? '' : undefined)
    return await setMediators(context, {
      mediators,
      version: half('version'),
      implementation: half('implementation'),
    })
  },
}
