import type { CommandContext } from '../../command.ts'
import { changeAvoided } from './change-avoided.ts'

/** `unavoid [PATTERN...]`; without patterns the list. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  return await changeAvoided(context, 'unavoid')
}
