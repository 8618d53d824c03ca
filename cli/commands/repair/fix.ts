import type { Image, PreparedPlan, Unpackaged, Verified } from '#image'
import { actionKey, formatFmri, ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { emptyParsable, parsableLine } from '../../render/parsable.ts'
import { planSummary } from '../../render/plan.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { settingsView } from '../../render/settings-view.ts'
import { verifyMessages, verifyText } from '../../render/verify-report.ts'
import { illegalPatterns } from '../plan/patterns.ts'
import { licenseRows, licenseTexts } from '../plan/plan-licenses.ts'
import { unsupportedOption } from '../plan/plan-options.ts'
import { failPlan, reportOutcome } from '../plan/run-plan.ts'
import { unpackagedContent } from './unpackaged.ts'

/**
 * `fix [PATTERN...]`. Exit codes: 0 everything that was wrong is right, 1 something is still wrong (always so with `-n`), 4 nothing was
 * wrong, and those of the problems. Source: cli §5.5.
 */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const dryRun = given.has('dryRun')
  const parsable = given.has('parsable')
  const quiet = given.has('quiet') || parsable
  const progress = createProgress(io, {
    mode: progressMode(io, quiet),
    phases: true,
    verbose: given.count('verbose') > 0,
  })
  const opened = await context.open(dryRun ? 'read' : 'write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const image = opened.value
  let verified: Verified = {
    report: { packages: [], misses: [], unknownPaths: [] },
    repaired: [],
    beyondRepair: [],
    hopeless: [],
  }
  // Asked for before anything is repaired, so that its failure changes nothing.
  const walked = given.has('unpackaged') ? await unpackagedContent(context, image) : ok(undefined)
  if (!walked.ok) return await context.fail(walked.error)
  const unpackaged = walked.value
  const show = async (prepared: PreparedPlan): Promise<void> => {
    progress.end()
    if (parsable) io.stdout(await parsableText(image, prepared, verified, unpackaged))
    else io.stdout(await humanText(context, image, prepared, { verified, unpackaged }))
  }
  const outcome = await image.fix({
    patterns: given.operands,
    dryRun,
    acceptLicenses: given.has('accept'),
    onVerified: (found) => {
      verified = found
    },
    decide: async (prepared) => {
      await show(prepared)
      return ok('apply')
    },
  })
  progress.end()
  if (!quiet) for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  if (!outcome.ok) return await failPlan(context, outcome.error)
  const { prepared } = outcome.value
  if (prepared.nothingToDo || dryRun) await show(prepared)
  reportOutcome(context, outcome.value)
  for (const { repair, reason } of verified.hopeless)
    context.complain(
      `${formatFmri(repair.fmri)}: cannot repair ${repair.action.type} ${actionKey(repair.action) ?? ''}: ${reason}`,
    )
  const damaged = verified.report.packages.some(({ status }) => status === 'error')
  if (!damaged) return Exit.nothingToDo
  return dryRun || verified.beyondRepair.length + verified.hopeless.length > 0 ? Exit.error : Exit.ok
}

/** Licences, the plan, then what was found; `Repairing:` stands before each package that will be right afterwards. */
async function humanText(
  context: CommandContext,
  image: Image,
  prepared: PreparedPlan,
  found: { readonly verified: Verified; readonly unpackaged: readonly Unpackaged[] | undefined },
): Promise<string> {
  const { arguments: given } = context
  const { verified, unpackaged } = found
  const verbose = given.count('verbose')
  const licenses = await licenseTexts(image, prepared, given.has('licenses'), false)
  if (given.has('quiet')) return licenses.display
  const repaired = new Set(verified.repaired.map(({ stem }) => stem))
  const beyond = new Set(verified.beyondRepair.map(({ stem }) => stem))
  const report = verifyText(verified.report, {
    verbose: verbose > 0,
    header: !given.has('noHeader'),
    unpackaged,
    before: (fmri) => {
      if (given.has('dryRun')) return ''
      if (repaired.has(fmri.stem)) return `Repairing: ${formatFmri(fmri, 'full')}\n`
      return beyond.has(fmri.stem) ? `Could not repair: ${formatFmri(fmri, 'full')}\n` : ''
    },
  })
  if (prepared.nothingToDo)
    return `${beyond.size === 0 ? 'No updates necessary for this image.\n' : ''}${report}`
  const summary = planSummary({
    prepared,
    editables: undefined,
    mediators: [],
    ...settingsView(image, prepared),
    verbose,
  })
  return `${licenses.display}${summary}${report}${report === '' ? '' : '\n'}`
}

async function parsableText(
  image: Image,
  prepared: PreparedPlan,
  { report }: Verified,
  unpackaged: readonly Unpackaged[] | undefined,
): Promise<string> {
  const { systemClock } = await import('../../platform/system-clock.ts')
  const texts = await licenseTexts(image, prepared, false, true)
  return parsableLine({
    ...emptyParsable(prepared.spaceAvailable, prepared.spaceRequired),
    prepared,
    affected: prepared.affected.map((fmri) => formatFmri(fmri, 'full')),
    licenses: licenseRows(prepared, texts.byLicense),
    messages: verifyMessages(report, unpackaged, systemClock.now()),
  })
}
