import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { prefixed } from '../../render/message.ts'
import { problemMessage } from '../../render/problem.ts'
import { createProgress, progressMode } from '../../render/progress.ts'

/** `unset-publisher NAME...`: 0 all, 3 some, 1 none removed. Source: cli §6. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  if (given.operands.length === 0) return context.misuse('at least one publisher must be specified')
  const progress = createProgress(io, { mode: progressMode(io, false), phases: true })
  const opened = await context.open('write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const removed = await opened.value.removePublishers(given.operands)
  progress.end()
  if (!removed.ok) return await context.fail(removed.error)
  const failures = removed.value.filter((one) => one.problem !== undefined)
  if (failures.length === 0) return Exit.ok
  let text = ''
  for (const { name, problem } of failures)
    if (problem !== undefined)
      text += `\nRemoval failed for '${name}': ${(await problemMessage('publisher', problem)).text.trim()}\n`
  io.stderr(`${prefixed(`${io.programName} unset-publisher`, text)}\n`)
  return failures.length === removed.value.length ? Exit.error : Exit.partial
}
