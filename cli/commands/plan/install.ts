import type { CommandContext } from '../../command.ts'
import { runPlan } from './run-plan.ts'

/** `install PATTERN...`. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  if (context.arguments.operands.length === 0) return context.misuse('at least one package name required')
  return await runPlan(context, 'install')
}
