import type { PreparedPlan, Unpackaged } from '#image'
import { actionKey, formatFmri, ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress } from '../../render/progress.ts'
import { verifyMessages, verifyText } from '../../render/verify-report.ts'
import { runOperation } from '../plan/run-operation.ts'
import { unpackagedContent } from './unpackaged.ts'

/**
 * `fix [PATTERN...]`. Exit codes: 0 everything that was wrong is right, 1 something is still wrong (always so with `-n`), 4 nothing was
 * wrong, and those of the problems. Source: cli §5.5.
 */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  let unpackaged: readonly Unpackaged[] | undefined
  return await runOperation(context, {
    patterns: given.operands,
    async run(image, options) {
      // Before the repair, so that its failure changes nothing.
      const walked = given.has('unpackaged') ? await unpackagedContent(context, image) : ok(undefined)
      if (!walked.ok) return walked
      unpackaged = walked.value
      return await image.fix({ ...options, patterns: given.operands })
    },
    nothingToDo: '',
    footer: (prepared) => footer(context, prepared, unpackaged),
    async messages({ verified }) {
      const { clock } = await context.host(createProgress(io, { mode: 'none', phases: false }))
      return verified === undefined ? new Map() : verifyMessages(verified.report, unpackaged, clock.now())
    },
    finish: (prepared) => finish(context, prepared),
  })
}

/** What was found; `Repairing:` stands before each package that is right afterwards. */
function footer(
  { arguments: given }: CommandContext,
  { verified, nothingToDo }: PreparedPlan,
  unpackaged: readonly Unpackaged[] | undefined,
): string {
  if (verified === undefined) return ''
  const repaired = new Set(verified.repaired.map(({ stem }) => stem))
  const beyond = new Set(verified.beyondRepair.map(({ stem }) => stem))
  const report = verifyText(verified.report, {
    verbose: given.count('verbose') > 0,
    header: !given.has('noHeader'),
    unpackaged,
    before: (fmri) => {
      if (given.has('dryRun')) return ''
      if (repaired.has(fmri.stem)) return `Repairing: ${formatFmri(fmri, 'full')}\n`
      return beyond.has(fmri.stem) ? `Could not repair: ${formatFmri(fmri, 'full')}\n` : ''
    },
  })
  if (nothingToDo) return `${beyond.size === 0 ? 'No updates necessary for this image.\n' : ''}${report}`
  return `${report}${report === '' ? '' : '\n'}`
}

/** Names the repairs that the image does not allow. */
function finish(context: CommandContext, { verified }: PreparedPlan): number {
  if (verified === undefined) return Exit.nothingToDo
  const { report, beyondRepair, hopeless } = verified
  for (const { repair, reason } of hopeless)
    context.complain(
      `${formatFmri(repair.fmri)}: cannot repair ${repair.action.type} ${actionKey(repair.action) ?? ''}: ${reason}`,
    )
  if (report.packages.every(({ status }) => status !== 'error')) return Exit.nothingToDo
  const isLeft = context.arguments.has('dryRun') || beyondRepair.length + hopeless.length > 0
  return isLeft ? Exit.error : Exit.ok
}
