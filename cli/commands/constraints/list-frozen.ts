import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { renderTable } from '../../render/table.ts'
import { dayText } from '../../render/time.ts'

const columns = [
  { key: 'name', heading: 'NAME', width: 18 },
  { key: 'version', heading: 'VERSION', width: 27 },
  { key: 'date', heading: 'DATE', width: 24 },
  { key: 'comment', heading: 'COMMENT', width: 0 },
]

/** Prints the freezes; nothing where there are none. Source: cli §8. */
export async function listFrozen(context: CommandContext): Promise<number> {
  const { io } = context
  const opened = await context.open('read', createProgress(io, { mode: 'none', phases: false }))
  if (!opened.ok) return await context.fail(opened.error)
  const snapshot = await opened.value.snapshot()
  if (!snapshot.ok) return await context.fail(snapshot.error)
  const rows = snapshot.value.frozen.map(({ stem, version, since, reason }) => [
    stem,
    version,
    dayText(since),
    reason ?? 'None',
  ])
  const header = !context.arguments.has('noHeader')
  if (rows.length > 0) io.stdout(renderTable(columns, rows, { format: 'default', header }))
  return Exit.ok
}
