import type { EditableChanges } from '#executor'
import type { Image, InstallOutcome, OperationProblem, PreparedPlan, SettingsChange } from '#image'
import { formatFmri, ok, type Result, type SolveRequest } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { emptyParsable, parsableLine } from '../../render/parsable.ts'
import { planSummary, removedPackages } from '../../render/plan.ts'
import { createProgress, type Progress, progressMode } from '../../render/progress.ts'
import { refreshWarnings } from '../../render/refresh.ts'
import { settingsView } from '../../render/settings-view.ts'
import { reportLostTargets } from './lost-targets.ts'
import { illegalPatterns } from './patterns.ts'
import { licenseRows, licenseTexts } from './plan-licenses.ts'
import { planMediators } from './plan-mediators.ts'
import { unsupportedOption } from './plan-options.ts'

type Operation = SolveRequest['operation']

/** What a command wishes for. */
interface Wish {
  readonly patterns: readonly string[]
  readonly settings?: SettingsChange
}

/** How much a plan command prints. */
interface Output {
  readonly parsable: boolean
  readonly quiet: boolean
  readonly verbose: number
  readonly dryRun: boolean
}

/**
 * The way all plan commands go: checks the options that cannot be honoured, plans, shows the plan, applies it unless `-n`
 * was given. Exit codes: 0 changed or would change, 4 nothing to do, and those of the problems. Source: cli §5.
 */
export async function runPlan(
  context: CommandContext,
  operation: Operation,
  wish: Wish = { patterns: context.arguments.operands },
): Promise<number> {
  const given = context.arguments
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const output: Output = {
    parsable: given.has('parsable'),
    quiet: given.has('quiet') || given.has('parsable'),
    verbose: given.count('verbose'),
    dryRun: given.has('dryRun'),
  }
  const progress = createProgress(context.io, {
    mode: progressMode(context.io, output.quiet),
    phases: true,
    verbose: output.verbose > 0,
  })
  const illegal = illegalPatterns([...wish.patterns, ...given.list('reject')])
  if (illegal !== undefined) return await context.fail(illegal)
  const opened = await context.open(output.dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const outcome = await carryOut(context, opened.value, { operation, wish }, output, progress)
  progress.end()
  if (!output.quiet) for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  if (!outcome.ok) return await failPlan(context, outcome.error)
  const { prepared } = outcome.value
  if (prepared.nothingToDo) {
    if (!output.quiet)
      context.io.stdout(
        operation === 'update'
          ? 'No updates available for this image.\n'
          : 'No updates necessary for this image.\n',
      )
    if (output.parsable)
      context.io.stdout(parsableLine(emptyParsable(prepared.spaceAvailable, prepared.spaceRequired)))
  } else reportOutcome(context, outcome.value)
  if (!output.quiet) context.io.stdout(await refreshWarnings(prepared.refreshed))
  return prepared.nothingToDo ? Exit.nothingToDo : reportLostTargets(context, outcome.value, opened.value)
}

async function carryOut(
  context: CommandContext,
  image: Image,
  { operation, wish }: { readonly operation: Operation; readonly wish: Wish },
  output: Output,
  progress: Progress,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const given = context.arguments
  const everything = operation === 'update' && wish.patterns.some((pattern) => pattern === '*')
  const request: SolveRequest = {
    operation,
    patterns: everything ? [] : wish.patterns,
    reject: given.list('reject'),
    ignoreMissing: given.has('ignoreMissing'),
  }
  const planOptions = {
    refresh: operation !== 'uninstall' && !given.has('noRefresh'),
    dryRun: output.dryRun,
    ...(wish.settings === undefined ? {} : { settings: wish.settings }),
  }
  const show = async (prepared: PreparedPlan): Promise<void> => {
    progress.end()
    await showPlan(context, image, operation, output, prepared)
  }
  if (output.dryRun) {
    const planned = await image.planInstall(request, planOptions)
    if (!planned.ok) return planned
    if (!planned.value.nothingToDo) await show(planned.value)
    return ok({ prepared: planned.value, applied: undefined })
  }
  return await image.install(request, {
    ...planOptions,
    acceptLicenses: given.has('accept'),
    decide: async (prepared) => {
      await show(prepared)
      return ok('apply')
    },
  })
}

async function showPlan(
  context: CommandContext,
  image: Image,
  operation: Operation,
  output: Output,
  prepared: PreparedPlan,
): Promise<void> {
  const { io } = context
  const view = settingsView(image, prepared)
  const showAll = context.arguments.has('licenses')
  const texts = await licenseTexts(image, prepared, showAll, output.parsable)
  const told = await image.releaseNotes(prepared)
  // Notes that cannot be had stop no plan from being shown; carrying it out needs the same files and says what is wrong.
  const notes = told.ok ? told.value : { lines: [], mustDisplay: false }
  if (output.parsable) {
    io.stdout(
      parsableLine({
        ...emptyParsable(prepared.spaceAvailable, prepared.spaceRequired),
        prepared,
        editables: await editablesOf(image, prepared),
        mediators: await planMediators(image, prepared),
        settings: view.settings,
        affected: prepared.affected.map((fmri) => formatFmri(fmri, 'full')),
        licenses: licenseRows(prepared, texts.byLicense),
        releaseNotes: notes.lines,
      }),
    )
    return
  }
  io.stdout(texts.display)
  if (output.quiet) return
  io.stdout(
    planSummary({
      prepared,
      editables: await editablesOf(image, prepared),
      mediators: await planMediators(image, prepared),
      ...view,
      verbose: output.verbose,
      notes: {
        lines: notes.lines,
        shown: output.verbose > 0 || output.dryRun || notes.mustDisplay,
        programName: io.programName,
      },
    }),
  )
  if ((operation === 'update' || operation === 'install') && output.verbose === 0)
    io.stdout(removedPackages(prepared))
}

async function editablesOf(image: Image, prepared: PreparedPlan): Promise<EditableChanges> {
  const { editableChanges } = await import('#executor')
  const { createNodeFilesystem } = await import('../../platform/node-filesystem.ts')
  return editableChanges(prepared.actionPlan, { filesystem: createNodeFilesystem(), root: image.root })
}

/** Warnings, and content that was moved out of the way, on standard error (cli §3). */
export function reportOutcome(context: CommandContext, outcome: Pick<InstallOutcome, 'applied'>): void {
  const report = outcome.applied?.report
  if (report === undefined) return
  for (const warning of report.warnings) context.complain(`WARNING: ${warning}`)
  if (report.salvaged.length > 0)
    context.io.stderr(
      `\nContent that no package delivers any more, or that had been edited, was moved out of the way:\n\n${report.salvaged
        .map(({ from, to }) => `  ${from} -> ${to}\n`)
        .join('')}`,
    )
}

/** Prints why a plan could not be made or carried out; returns the exit code. */
export async function failPlan(context: CommandContext, problem: OperationProblem): Promise<number> {
  const { planProblem } = await import('../../render/plan-problem.ts')
  return await planProblem(context, problem)
}
