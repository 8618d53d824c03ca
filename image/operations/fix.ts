import { planRepair, possibleRepairs, type Repair } from '#executor'
import { ok, type Pattern, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { ImageManifests } from '../manifests/manifest-reader.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type InstalledPlan, type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { attempt } from '../storage.ts'
import type { Verified, VerifyReport } from '../verify-report.ts'
import { requireInstalled } from './describe-packages.ts'
import { inspectImage } from './inspect.ts'
import { parsePatterns } from './list-packages.ts'
import { verifyPackages } from './verify.ts'

/** Input of `fix`. */
export interface FixOptions extends OperationOptions {
  /** Empty: all installed packages. */
  readonly patterns: readonly string[]
}

/**
 * Verifies packages and repairs them. A file gets new content only where its content is wrong or missing; edited files keep theirs.
 * Content comes from the publishers; if they lack a part of it, nothing changes. The plan has `verified`. It is empty if no error
 * was found or no error can be repaired. Problems: `no_candidates` for patterns that match
 * nothing installed, those of `verify`, of the repositories and of the executor.
 */
export async function fixImage(
  context: ImageContext,
  options: FixOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const patterns = parsePatterns(options.patterns)
  if (!patterns.ok) return patterns
  return planAndApplyInstalled(
    context,
    'fix',
    (state, manifests) => planFix(context, state, manifests, patterns.value),
    options,
  )
}

function planFix(
  context: ImageContext,
  state: InstalledState,
  manifests: ImageManifests,
  patterns: readonly Pattern[],
): Result<InstalledPlan, OperationProblem> {
  const records = requireInstalled(state.packages, patterns, 'verify')
  if (!records.ok) return records
  const inspection = inspectImage(context, state, manifests)
  if (!inspection.ok) return inspection
  const inspected = inspection.value
  const looked = verifyPackages(inspected, { records: records.value, misses: [] }, [])
  if (!looked.ok) return looked
  const report = looked.value
  const parted = attempt(() =>
    possibleRepairs({ filesystem: context.host.filesystem, root: context.root }, repairsOf(report)),
  )
  if (!parted.ok) return parted
  const repairs = parted.value.possible
  const actionPlan = planRepair({
    base: state.generation,
    imageKind: context.config().kind,
    metadataPath: metadataPath(context),
    repairs,
    packages: inspected.packages,
    manifests: inspected.manifests,
    filter: inspected.filter,
    linkChosen: inspected.linkChosen,
    architecture: context.config().variants.get('variant.arch'),
    discards: [],
  })
  if (!actionPlan.ok) return actionPlan
  return ok({
    actionPlan: actionPlan.value,
    nothingToDo: repairs.length === 0,
    verified: { ...judge(report, repairs), hopeless: parted.value.hopeless },
  })
}

/** One repair for each action with an error that can be repaired; content wins over attributes. */
function repairsOf({ packages }: VerifyReport): readonly Repair[] {
  const repairs = new Map<Repair['action'], Repair>()
  for (const { fmri, findings } of packages)
    for (const { level, action, repair, overlaidBy } of findings) {
      if (level !== 'error' || repair === undefined || overlaidBy !== undefined) continue
      if (repair === 'content' || !repairs.has(action)) repairs.set(action, { fmri, action, repair })
    }
  return [...repairs.values()]
}

/** Sorts packages with errors by whether the repairs help them: their own ones, and those with files under a repaired file. */
function judge(report: VerifyReport, repairs: readonly Repair[]): Omit<Verified, 'hopeless'> {
  const mended = new Set(repairs.map(({ action }) => action))
  const owners = new Set(repairs.map(({ fmri }) => fmri.stem))
  const damaged = report.packages.filter(({ status }) => status === 'error')
  const isHelped = ({ findings }: (typeof damaged)[number]): boolean =>
    findings.some(
      ({ level, action, overlaidBy }) =>
        level === 'error' &&
        (mended.has(action) || (overlaidBy !== undefined && owners.has(overlaidBy.stem))),
    )
  return {
    report,
    repaired: damaged.filter(isHelped).map(({ fmri }) => fmri),
    beyondRepair: damaged.filter((one) => !isHelped(one)).map(({ fmri }) => fmri),
  }
}
