import { formatFmri } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { parsableLine } from '../../render/parsable.ts'
import { createProgress } from '../../render/progress.ts'
import { runPlan } from './run-plan.ts'

/**
 * `autoremove`: uninstalls what `list -rM` shows, once; what its removal sets free is for the next time. A package that
 * something came to need in between is refused by uninstall. Source: cli §5.
 */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  if (given.operands.length > 0) return context.misuse('No packages can be specified.')
  const mode = given.has('dryRun') ? 'read' : 'write'
  const events = createProgress(io, { mode: 'none', phases: false })
  const opened = await context.open(mode, events)
  if (!opened.ok) return await context.fail(opened.error)
  const listed = await opened.value.listPackages({
    patterns: [],
    scope: 'installed',
    removable: 'unneeded',
    manual: false,
    refresh: false,
  })
  if (!listed.ok) return await context.fail(listed.error)
  const patterns = listed.value.packages.map(({ fmri }) => formatFmri(fmri, 'full'))
  if (patterns.length > 0) return await runPlan(context, 'uninstall', patterns)
  if (given.has('parsable')) {
    const { filesystem } = await context.host(events)
    io.stdout(parsableLine({ spaceAvailable: filesystem.freeSpace(opened.value.root) }))
  } else if (!given.has('quiet')) io.stdout('No removable packages for this image.\n')
  return Exit.nothingToDo
}
