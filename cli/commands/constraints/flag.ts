import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

/** `flag (-m|-M) PATTERN...`; the last of the two options counts. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const last = given.given.at(-1)
  if (last === undefined) return context.misuse('One of -m or -M must be provided.')
  if (given.operands.length === 0) return context.misuse('At least one package to update must be provided.')
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  return await withImage(context, 'write', async (image) => {
    const count = await image.flag(given.operands, last === 'manual')
    if (!count.ok) return count
    io.stdout(`${count.value} ${count.value === 1 ? 'package' : 'packages'} updated.\n`)
    return ok(Exit.ok)
  })
}
