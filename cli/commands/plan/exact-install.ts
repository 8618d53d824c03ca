import type { CommandContext } from '../../command.ts'
import { runPlan } from './run-plan.ts'

/** `exact-install PATTERN...`: the image becomes what was named and its dependencies, and nothing else. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  if (context.arguments.operands.length === 0) return context.misuse('at least one package name required')
  return await runPlan(context, 'exact-install')
}
