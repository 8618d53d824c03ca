import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { illegalPatterns } from '../plan/patterns.ts'
import { listFrozen } from './list-frozen.ts'

/** `freeze [PATTERN...]`; without patterns the list. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const { operands } = given
  if (operands.length === 0)
    return given.has('reason')
      ? context.misuse('At least one package to freeze must be given when -c is used.')
      : await listFrozen(context)
  if (given.has('noHeader')) return context.misuse('-H may only be used to list frozen packages.')
  const illegal = illegalPatterns(operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const dryRun = given.has('dryRun')
  const progress = createProgress(io, { mode: 'none', phases: false })
  const opened = await context.open(dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const frozen = await opened.value.freeze({ patterns: operands, reason: given.text('reason'), dryRun })
  if (!frozen.ok) return await context.fail(frozen.error)
  for (const { stem, version } of frozen.value) io.stdout(`${stem} was frozen at ${version}\n`)
  return Exit.ok
}
