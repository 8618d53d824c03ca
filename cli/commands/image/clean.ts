import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { withImage } from '../shared/with-image.ts'

/** `clean`: empties the content caches. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'write', async (image) => {
    const cleaned = await image.cleanCache()
    if (!cleaned.ok) return cleaned
    if (given.count('verbose') > 0)
      for (const { publisher, path } of cleaned.value)
        io.stdout(`Checking cache directory ${path} (${publisher})\n`)
    return ok(Exit.ok)
  })
}
