import type { Image, InstallOutcome, OperationProblem, PreparedPlan, UnsolvedOptions } from '#image'
import { formatFmri, ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { emptyParsable, parsableLine } from '../../render/parsable.ts'
import { planSummary } from '../../render/plan.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { settingsView } from '../../render/settings-view.ts'
import { reportLostTargets } from '../plan/lost-targets.ts'
import { planMediators } from '../plan/plan-mediators.ts'
import { unsupportedOption } from '../plan/plan-options.ts'
import { failPlan, reportOutcome } from '../plan/run-plan.ts'

/** An operation that solves nothing: what it does with the image, and what it says when there is nothing to do. */
export interface UnsolvedOperation {
  readonly carryOut: (
    image: Image,
    options: UnsolvedOptions,
  ) => Promise<Result<InstallOutcome, OperationProblem>>
  readonly nothingToDo: string
}

/**
 * The way `revert`, `set-mediator` and `unset-mediator` go: plan, show, apply unless `-n` was given. Exit codes: 0 changed or would
 * change, 3 done but a fixed link lost its target, 4 nothing to do, and those of the problems. Source: cli §5.
 */
export async function runUnsolved(context: CommandContext, operation: UnsolvedOperation): Promise<number> {
  const { arguments: given, io } = context
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const parsable = given.has('parsable')
  const quiet = given.has('quiet') || parsable
  const verbose = given.count('verbose')
  const dryRun = given.has('dryRun')
  const progress = createProgress(io, {
    mode: progressMode(io, quiet),
    phases: true,
    verbose: verbose > 0,
  })
  const opened = await context.open(dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const image = opened.value
  const show = async (prepared: PreparedPlan): Promise<void> => {
    progress.end()
    const mediators = await planMediators(image, prepared)
    if (parsable)
      io.stdout(
        parsableLine({
          ...emptyParsable(prepared.spaceAvailable, prepared.spaceRequired),
          prepared,
          mediators,
          affected: prepared.affected.map((fmri) => formatFmri(fmri, 'full')),
        }),
      )
    else if (!quiet)
      io.stdout(
        planSummary({
          prepared,
          editables: undefined,
          mediators,
          ...settingsView(image, prepared),
          verbose,
        }),
      )
  }
  const outcome = await operation.carryOut(image, {
    dryRun,
    acceptLicenses: false,
    decide: async (prepared) => {
      await show(prepared)
      return ok('apply')
    },
  })
  progress.end()
  if (!quiet) for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  if (!outcome.ok) return await failPlan(context, outcome.error)
  const { prepared } = outcome.value
  if (prepared.nothingToDo) {
    if (parsable) await show(prepared)
    else if (!quiet) io.stdout(`${operation.nothingToDo}\n`)
    return Exit.nothingToDo
  }
  if (dryRun) await show(prepared)
  reportOutcome(context, outcome.value)
  return reportLostTargets(context, outcome.value, image)
}
