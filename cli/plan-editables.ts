import type { Image, PreparedPlan } from '#image'
import type { CommandContext } from './command.ts'
import type { EditableChanges } from './plan-facts.ts'

/** Editable files a plan touches. */
export async function planEditables(
  _context: CommandContext,
  _image: Image,
  _prepared: PreparedPlan,
): Promise<EditableChanges> {
  return { moved: [], removed: [], installed: [], updated: [] }
}
