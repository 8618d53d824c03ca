import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { withImage } from '../shared/with-image.ts'

/** `purge-history`. It has always taken, and ignored, any word after it. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  return await withImage(context, 'write', async (image) => {
    const purged = await image.purgeHistory()
    if (!purged.ok) return purged
    context.io.stdout('History purged.\n')
    return ok(Exit.ok)
  })
}
