import { type Hopeless, planRepair, possibleRepairs, type Repair } from '#executor'
import { type Fmri, ok, type Pattern, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { ImageManifests } from '../manifests/manifest-reader.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import type { PreparedPlan } from '../plan/plan-install.ts'
import { planAndApply, prepareUnsolved, type UnsolvedOptions } from '../plan/unsolved-plan.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { examine } from './examine.ts'
import { parsePatterns } from './list-packages.ts'
import { type VerifyReport, verifyPackages } from './verify.ts'

/** What `fix` asks. */
export interface FixOptions extends UnsolvedOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Gets what was found before `decide` is asked, and also when there is nothing to repair. */
  readonly onVerified?: (verified: Verified) => void
}

/** What was found before the repair. */
export interface Verified {
  readonly report: VerifyReport
  /** Packages with errors of which the repair puts all right that it can. Sorted by stem. */
  readonly repaired: readonly Fmri[]
  /** Packages with errors that no repair of the asked packages puts right: dependencies, files that lie under another package's. */
  readonly beyondRepair: readonly Fmri[]
  /** What is left out of the repair because the image lacks its owner, group or target; the rest is put right. */
  readonly hopeless: readonly Hopeless[]
}

/** What `fix` did. */
export interface FixOutcome extends InstallOutcome {
  readonly verified: Verified
}

/**
 * Verifies, and makes right what is wrong: new content only where the content is wrong or missing, edited files keep theirs. Content is
 * fetched from the publishers; where it is offered no more, nothing changes. Problems: `no_candidates` for patterns that match
 * nothing, those of `verify`, of the repositories and of the executor.
 */
export async function fixImage(
  context: ImageContext,
  options: FixOptions,
): Promise<Result<FixOutcome, OperationProblem>> {
  const patterns = parsePatterns(options.patterns)
  if (!patterns.ok) return patterns
  return planAndApply(
    context,
    'fix',
    (state, manifests) => {
      context.host.events.emit({ kind: 'phase', phase: 'planning' })
      return planFix(context, state, manifests, patterns.value, options)
    },
    options,
  )
}

function planFix(
  context: ImageContext,
  state: InstalledState,
  manifests: ImageManifests,
  patterns: readonly Pattern[],
  options: FixOptions,
): Result<{ readonly prepared: PreparedPlan; readonly verified: Verified }, OperationProblem> {
  const examination = examine(context, state, manifests)
  if (!examination.ok) return examination
  const examined = examination.value
  const looked = verifyPackages(examined, { patterns: [], paths: [] }, state.packages, patterns)
  if (!looked.ok) return looked
  const report = looked.value
  const [missed] = report.misses
  if (missed !== undefined)
    return {
      ok: false,
      error: {
        code: 'ips::solver_error::no_candidates',
        operation: 'verify',
        patterns: report.misses.map((text) => ({ text, why: 'not-installed', nearest: [] })),
      },
    }
  const parted = attempt(() =>
    possibleRepairs({ filesystem: context.host.filesystem, root: context.root }, repairsOf(report)),
  )
  if (!parted.ok) return parted
  const repairs = parted.value.possible
  const verified = { ...judge(report, repairs), hopeless: parted.value.hopeless }
  const actionPlan = planRepair({
    base: state.generation,
    imageKind: context.config().kind,
    metadataPath: metadataPath(context),
    repairs,
    packages: examined.packages,
    manifests: examined.manifests,
    filter: examined.filter,
    linkChosen: examined.linkChosen,
    architecture: context.config().variants.get('variant.arch'),
    discards: [],
  })
  if (!actionPlan.ok) return actionPlan
  options.onVerified?.(verified)
  const prepared = prepareUnsolved(
    context,
    state,
    {
      operation: 'fix',
      actionPlan: actionPlan.value,
      manifests,
      newConfig: undefined,
      nothingToDo: repairs.length === 0,
    },
    options,
  )
  return prepared.ok ? ok({ prepared: prepared.value, verified }) : prepared
}

/** One repair for each action with an error that can be mended; content wins over attributes. */
function repairsOf({ packages }: VerifyReport): readonly Repair[] {
  const repairs = new Map<Repair['action'], Repair>()
  for (const { fmri, findings } of packages)
    for (const { level, action, repair, overlaidBy } of findings) {
      if (level !== 'error' || repair === undefined || overlaidBy !== undefined) continue
      if (repair === 'content' || !repairs.has(action)) repairs.set(action, { fmri, action, repair })
    }
  return [...repairs.values()]
}

/** Which packages the repairs help: their own, and those that lie under a repaired file. */
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
