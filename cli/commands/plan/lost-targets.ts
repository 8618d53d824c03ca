import type { Image, PreparedPlan } from '#image'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'

/**
 * Names the mediators whose fixed links lost their targets by a plan that is done, or would lose them: a warning in a dry run and in
 * a zone, else an error beside a finished operation. Returns the exit code: 3 for the error. Source: image-plan §8.
 */
export function reportLostTargets(
  context: CommandContext,
  outcome: { readonly prepared: PreparedPlan; readonly applied: unknown },
  image: Image,
): number {
  const lost = outcome.prepared.actionPlan.lostTargets
  if (lost.length === 0) return Exit.ok
  const { io } = context
  const paths = new Map<string, string[]>()
  for (const { mediator, path } of lost) paths.set(mediator, [...(paths.get(mediator) ?? []), path])
  const rows = [
    ['MEDIATOR', 'REMOVED PATH(S)'] as const,
    ...Array.from(paths, ([mediator, all]) => [mediator, all.join(', ')] as const),
  ]
  const text = `The following mediated link targets do not exist, please reset the links via ${io.programName} set-mediator:
${rows.map(([mediator, all]) => `  ${mediator.padEnd(24)} ${all}\n`).join('')}
`
  const onlyWarn =
    outcome.applied === undefined || image.config().variants.get('variant.opensolaris.zone') === 'nonglobal'
  io.stderr(`${io.programName}: ${onlyWarn ? 'WARNING: ' : ''}${text}`)
  return onlyWarn ? Exit.ok : Exit.partial
}
