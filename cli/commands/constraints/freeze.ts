import type { Image, OperationProblem } from '#image'
import { ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { renderTable } from '../../render/table.ts'
import { dayText } from '../../render/time.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

/** `freeze [PATTERN...]`; without patterns the list. Source: cli §8. */
export const freeze = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given, io } = context
    const patterns = given.operands
    const reason = given.text('reason')
    if (patterns.length === 0)
      return reason === undefined
        ? await listFrozen(context)
        : context.misuse('At least one package to freeze must be given when -c is used.')
    return await changeFrozen(context, async (image, dryRun) => {
      const frozen = await image.freeze({ patterns, reason, dryRun })
      if (!frozen.ok) return frozen
      for (const { stem, version } of frozen.value) io.stdout(`${stem} was frozen at ${version}\n`)
      return ok(Exit.ok)
    })
  },
}

/** `unfreeze [PATTERN...]`; without patterns the list. Without a match there is nothing to do. Source: cli §8. */
export const unfreeze = {
  async run(context: CommandContext): Promise<number> {
    const { arguments: given, io } = context
    const patterns = given.operands
    if (patterns.length === 0) return await listFrozen(context)
    return await changeFrozen(context, async (image, dryRun) => {
      const unfrozen = await image.unfreeze({ patterns, dryRun })
      if (!unfrozen.ok) return unfrozen
      for (const stem of unfrozen.value) io.stdout(`${stem} was unfrozen.\n`)
      return ok(unfrozen.value.length === 0 ? Exit.nothingToDo : Exit.ok)
    })
  },
}

async function changeFrozen(
  context: CommandContext,
  change: (image: Image, dryRun: boolean) => Promise<Result<number, OperationProblem>>,
): Promise<number> {
  const { arguments: given } = context
  if (given.has('noHeader')) return context.misuse('-H may only be used to list frozen packages.')
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const dryRun = given.has('dryRun')
  return await withImage(context, dryRun ? 'read' : 'write', (image) => change(image, dryRun))
}

const columns = [
  { key: 'name', heading: 'NAME', width: 18 },
  { key: 'version', heading: 'VERSION', width: 27 },
  { key: 'date', heading: 'DATE', width: 24 },
  { key: 'comment', heading: 'COMMENT', width: 0 },
]

/** Prints the freezes; nothing where there are none. */
async function listFrozen(context: CommandContext): Promise<number> {
  return await withImage(context, 'read', async (image) => {
    const snapshot = await image.snapshot()
    if (!snapshot.ok) return snapshot
    const rows = snapshot.value.frozen.map(({ stem, version, since, reason }) => [
      stem,
      version,
      dayText(since),
      reason ?? 'None',
    ])
    const header = !context.arguments.has('noHeader')
    if (rows.length > 0) context.io.stdout(renderTable(columns, rows, { format: 'default', header }))
    return ok(Exit.ok)
  })
}
