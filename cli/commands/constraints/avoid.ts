import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

/** Body of a command that changes the avoid list; without patterns it prints the list. */
function changeAvoided(change: 'avoid' | 'unavoid') {
  return {
    async run(context: CommandContext): Promise<number> {
      const { operands } = context.arguments
      if (operands.length === 0) return await listAvoided(context)
      const illegal = illegalPatterns(operands)
      if (illegal !== undefined) return await context.fail(illegal)
      return await withImage(context, 'write', async (image) => {
        const changed = await image[change](operands)
        return changed.ok ? ok(Exit.ok) : changed
      })
    },
  }
}

/** `avoid [PATTERN...]`. Source: cli §8. */
export const avoid = changeAvoided('avoid')

/** `unavoid [PATTERN...]`. Source: cli §8. */
export const unavoid = changeAvoided('unavoid')

/** The avoid list, with the installed packages that group each entry. */
async function listAvoided(context: CommandContext): Promise<number> {
  return await withImage(context, 'read', async (image) => {
    const avoided = await image.avoided()
    if (!avoided.ok) return avoided
    for (const { stem, groupedBy } of avoided.value)
      context.io.stdout(
        `    ${stem}${groupedBy.length === 0 ? '' : ` (group dependency of '${groupedBy.join(' ')}')`}\n`,
      )
    return ok(Exit.ok)
  })
}
