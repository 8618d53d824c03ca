import type { Image, OperationProblem, Unpackaged } from '#image'
import { ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'

/** What no package among the operands of a command delivers; directories that cannot be read are named as warnings. */
export async function unpackagedContent(
  context: CommandContext,
  image: Image,
): Promise<Result<readonly Unpackaged[], OperationProblem>> {
  const content = await image.unpackaged(context.arguments.operands)
  if (!content.ok) return content
  for (const path of content.value.unreadable) context.complain(`WARNING: ${path} cannot be read`)
  return ok(content.value.found)
}
