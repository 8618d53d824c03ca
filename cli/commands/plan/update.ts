import type { CommandContext } from '../../command.ts'
import { runPlan } from './run-plan.ts'

/** `update [PATTERN...]`. `-f` skips a check of the package system that this client, being no package itself, has no use for. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  return await runPlan(context, 'update')
}
