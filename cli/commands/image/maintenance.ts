import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { unsupportedOption } from '../plan/plan-options.ts'
import { withImage } from '../shared/with-image.ts'

/** `clean`: empties the content caches. Source: cli §8. */
export const clean = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given, io } = context
    return await withImage(context, 'write', async (image) => {
      const cleaned = await image.cleanCache()
      if (!cleaned.ok) return cleaned
      if (given.count('verbose') > 0)
        for (const { publisher, path } of cleaned.value)
          io.stdout(`Checking cache directory ${path} (${publisher})\n`)
      return ok(Exit.ok)
    })
  },
}

/** `purge-history`. It has always taken, and ignored, any word after it. Source: cli §7. */
export const purgeHistory = {
  async run(context: CommandContext): Promise<number> {
    return await withImage(context, 'write', async (image) => {
      const purged = await image.purgeHistory()
      if (!purged.ok) return purged
      context.io.stdout('History purged.\n')
      return ok(Exit.ok)
    })
  },
}

/** `rebuild-index`: rebuilds the one index of this client, that of the catalogs. Source: cli §8. */
export const rebuildIndex = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given, io } = context
    if (given.operands.length > 0) return context.misuse('command does not take operands')
    const progress = createProgress(io, { mode: progressMode(io, false), phases: false })
    const opened = await context.open('write', progress)
    if (!opened.ok) return await context.fail(opened.error)
    const rebuilt = await opened.value.rebuildIndex()
    progress.end()
    return rebuilt.ok ? Exit.ok : await context.fail(rebuilt.error)
  },
}

/** `update-format`: only one format exists so far, and an image of another one does not open. Source: cli §8. */
export const updateFormat = {
  async run(context: CommandContext): Promise<number> {
    if (context.arguments.operands.length > 0) return context.misuse('command does not take operands')
    const unsupported = unsupportedOption(context)
    if (unsupported !== undefined) return await context.fail(unsupported)
    return await withImage(context, 'read', async () => {
      context.io.stdout('Image format already current.\n')
      return ok(Exit.nothingToDo)
    })
  },
}
