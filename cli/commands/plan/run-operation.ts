import type { Image, InstallOutcome, OperationOptions, OperationProblem, PreparedPlan } from '#image'
import { ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { mediatorChanges } from '../../render/mediator-change.ts'
import { type ParsableInput, parsableLine } from '../../render/parsable.ts'
import { planSummary } from '../../render/plan.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { refreshWarnings } from '../../render/refresh.ts'
import { settingsView } from '../../render/settings-view.ts'
import { isTerse } from '../../render/terse.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { reportLostTargets } from './lost-targets.ts'
import { licenseRows, licenseTexts } from './plan-licenses.ts'
import { unsupportedOption } from './plan-options.ts'

/** An operation that has a plan, and what its command prints beside the plan. */
export interface Operation {
  /** Package patterns; checked before the image is opened. */
  readonly patterns: readonly string[]
  /** Plans, calls `decide`, applies. */
  readonly run: (image: Image, options: OperationOptions) => Promise<Result<InstallOutcome, OperationProblem>>
  /** Printed instead of a plan that has nothing to do. */
  readonly nothingToDo: string
  /** True: the plan shows release notes. */
  readonly releaseNotes?: boolean
  /** Printed after the plan, or after `nothingToDo`. */
  readonly footer?: (prepared: PreparedPlan) => string
  /** Messages of the parsable form. */
  readonly messages?: (prepared: PreparedPlan) => Promise<ParsableInput['messages']>
  /** Prints what is left to say and returns the exit code. Without it: 4 where nothing is to do, else 0, or 3 for lost link targets. */
  readonly finish?: (prepared: PreparedPlan) => number
}

/**
 * Runs a command that has a plan: checks options and patterns, plans, shows the plan, and applies it unless `-n` was given. Exit codes:
 * those of `finish` and of the problems. Source: cli §5.
 */
export async function runOperation(context: CommandContext, operation: Operation): Promise<number> {
  const { arguments: given, io } = context
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const illegal = illegalPatterns([...operation.patterns, ...given.list('reject')])
  if (illegal !== undefined) return await context.fail(illegal)
  const parsable = given.has('parsable')
  const quiet = given.has('quiet') || parsable
  const dryRun = given.has('dryRun')
  const progress = createProgress(io, {
    mode: progressMode(io, quiet),
    phases: true,
    verbose: given.count('verbose') > 0,
  })
  const opened = await context.open(dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const image = opened.value
  const show = parsable ? showParsable : showText
  const outcome = await operation.run(image, {
    dryRun,
    acceptLicenses: given.has('accept'),
    ...(given.has('replaceConfigs') ? { preserveConfigs: false } : {}),
    ...(given.has('discardReplaced') ? { noBackup: true } : {}),
    decide: async (prepared) => {
      progress.end()
      const shown = await show(context, image, operation, prepared)
      return shown.ok ? ok('apply') : shown
    },
  })
  progress.end()
  if (!quiet) for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  if (!outcome.ok) {
    const { planProblem } = await import('../../render/plan-problem.ts')
    return await planProblem(context, outcome.error)
  }
  const { prepared } = outcome.value
  if (!prepared.nothingToDo) reportApplied(context, outcome.value)
  else if (parsable) {
    const shown = await showParsable(context, image, operation, prepared)
    if (!shown.ok) return await context.fail(shown.error)
  } else if (!quiet) io.stdout(operation.nothingToDo + (operation.footer?.(prepared) ?? ''))
  if (!quiet) io.stdout(await refreshWarnings(prepared.refreshed))
  if (operation.finish !== undefined) return operation.finish(prepared)
  return prepared.nothingToDo ? Exit.nothingToDo : reportLostTargets(context, outcome.value, image)
}

async function showParsable(
  { arguments: given, io }: CommandContext,
  image: Image,
  operation: Operation,
  prepared: PreparedPlan,
): Promise<Result<void, OperationProblem>> {
  const editables = prepared.editables()
  if (!editables.ok) return editables
  const losses = prepared.losses()
  if (!losses.ok) return losses
  const texts = await licenseTexts(image, prepared, given.has('licenses'), true)
  const notes = await releaseNotes(image, operation, prepared)
  const messages = await operation.messages?.(prepared)
  io.stdout(
    parsableLine({
      prepared,
      editables: editables.value,
      ...(prepared.actionPlan.policy === undefined ? {} : { losses: losses.value }),
      spaceAvailable: prepared.spaceAvailable,
      mediators: mediatorChanges(prepared.actionPlan.mediators),
      settings: settingsView(image, prepared).settings,
      affected: prepared.affected,
      licenses: licenseRows(prepared, texts.byLicense),
      releaseNotes: notes.lines,
      ...(messages === undefined ? {} : { messages }),
    }),
  )
  return ok(undefined)
}

async function showText(
  { arguments: given, io }: CommandContext,
  image: Image,
  operation: Operation,
  prepared: PreparedPlan,
): Promise<Result<void, OperationProblem>> {
  const verbose = given.count('verbose')
  io.stdout((await licenseTexts(image, prepared, given.has('licenses'), false)).display)
  if (given.has('quiet')) return ok(undefined)
  const editables = verbose > 0 ? prepared.editables() : ok(undefined)
  if (!editables.ok) return editables
  const losses = prepared.losses()
  if (!losses.ok) return losses
  const notes = await releaseNotes(image, operation, prepared)
  const summary = planSummary({
    prepared,
    editables: editables.value,
    losses: losses.value,
    mediators: mediatorChanges(prepared.actionPlan.mediators),
    ...settingsView(image, prepared),
    verbose,
    terse: isTerse(io, image.kind),
    notes: {
      lines: notes.lines,
      shown: verbose > 0 || given.has('dryRun') || notes.mustDisplay,
      programName: io.programName,
    },
  })
  io.stdout(summary + (operation.footer?.(prepared) ?? ''))
  return ok(undefined)
}

/** Notes that cannot be fetched do not keep a plan from being shown: applying it needs the same files and reports the problem. */
async function releaseNotes(
  image: Image,
  operation: Operation,
  prepared: PreparedPlan,
): Promise<{ readonly lines: readonly string[]; readonly mustDisplay: boolean }> {
  const notes = operation.releaseNotes === true ? await image.releaseNotes(prepared) : undefined
  return notes?.ok === true ? notes.value : { lines: [], mustDisplay: false }
}

/** Prints warnings, and content that was moved out of the way, on standard error. Source: cli §3. */
function reportApplied(context: CommandContext, { applied }: InstallOutcome): void {
  if (applied === undefined) return
  const { warnings, salvaged } = applied.report
  for (const warning of warnings) context.complain(`WARNING: ${warning}`)
  if (salvaged.length > 0)
    context.io.stderr(
      `\nContent that no package delivers any more, or that had been edited, was moved out of the way:\n\n${salvaged
        .map(({ from, to }) => `  ${from} -> ${to}\n`)
        .join('')}`,
    )
}
