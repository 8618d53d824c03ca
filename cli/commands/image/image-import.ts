import type { AbsolutePath } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { locateForeignImage } from '../../platform/wiring.ts'
import { createProgress, progressMode } from '../../render/progress.ts'

/** `image-import [DIRECTORY]`: manages an image that pkg5 made, whose own files stay as they are. Exit codes: 0 done, 1 problems. */
export async function run(context: CommandContext): Promise<number> {
  const { io, arguments: given, globals } = context
  const [directory] = given.operands
  if (given.operands.length > 1 || directory === '')
    return context.misuse('one image directory may be specified')
  const found = await locateForeignImage(io, { ...globals, root: directory })
  if (!found.ok) return await context.fail(found.error)
  const progress = createProgress(io, { mode: progressMode(io, given.has('quiet')), phases: false })
  const { importImage } = await import('#image')
  const imported = await importImage(await context.host(progress), found.value as AbsolutePath)
  progress.end()
  if (!imported.ok) return await context.fail(imported.error)
  const { packages, publishers, warnings } = imported.value
  for (const warning of warnings) context.complain(`WARNING: ${warning}`)
  if (!given.has('quiet'))
    io.stdout(
      `${found.value}: ${packages} packages of ${publishers} configured publishers, now managed by pkg6\n`,
    )
  return Exit.ok
}
