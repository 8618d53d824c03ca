import { compareFmris, err, ok, type Result } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionPlan, ChangeList } from '../action-plan.ts'
import type { ActionConflict } from '../conflict-text.ts'
import type { PackageChange, PlanActionsInput } from '../plan-input.ts'
import type { InstallerProblem } from '../problems.ts'
import { fine, judgeClaims, type Verdict } from './conflicts.ts'
import { consolidate } from './consolidate.ts'
import { checkChanges } from './forbidden.ts'
import { addLegacyDefaults } from './legacy-record.ts'
import { linksGivenUp, lostTargets, type Mediated, mediate } from './mediated-links.ts'
import { orderChanges } from './order-changes.ts'
import { planFacts } from './plan-facts.ts'
import { type BothSides, type ImageScan, scanImage } from './scan-image.ts'

type Packages = ActionPlan['packages']

/** Packages of the plan, and packages whose links a mediator moved or gave up, sorted by stem. */
function packagesOf(
  planned: readonly PackageChange[],
  changes: ChangeList,
  givenUp: readonly OwnedAction[],
): Packages {
  const packages = new Map<string, PackageChange>()
  for (const change of planned) packages.set((change.from ?? change.to)!.stem, change)
  for (const change of changes) {
    const fmri = (change.new ?? change.old)!.fmri
    if (!packages.has(fmri.stem)) packages.set(fmri.stem, { from: fmri, to: fmri })
  }
  for (const { fmri } of givenUp)
    if (!packages.has(fmri.stem)) packages.set(fmri.stem, { from: fmri, to: fmri })
  return [...packages.values()].sort((a, b) =>
    compareFmris(
      { ...(a.to ?? a.from)!, publisher: undefined },
      { ...(b.to ?? b.from)!, publisher: undefined },
    ),
  )
}

function judgeAll(scan: ImageScan): { verdicts: Map<string, Verdict>; conflicts: ActionConflict[] } {
  const verdicts = new Map<string, Verdict>()
  const conflicts: ActionConflict[] = []
  for (const key of [...scan.candidates.keys()].sort()) {
    const verdict = judgeClaims(key, scan.candidates.get(key)!)
    if (verdict.conflict !== undefined) conflicts.push(verdict.conflict)
    else if (verdict !== fine) verdicts.set(key, verdict)
  }
  return { verdicts, conflicts }
}

/** Mediated links on the target: those of changed packages, and those of packages that stay whose choice moves. */
function deliveredLinks(scan: ImageScan, { chosenBefore, chosenAfter }: Mediated): BothSides[] {
  const delivered = ({ before, after }: BothSides): BothSides => ({
    before: before.filter(({ action }) => chosenBefore(action)),
    after: after.filter(({ action }) => chosenAfter(action)),
  })
  const flipped = scan.keptMediated.filter(({ action }) => chosenBefore(action) !== chosenAfter(action))
  return [...scan.mediated.map(delivered), delivered({ before: flipped, after: flipped })]
}

/**
 * Makes the action plan of the whole image from manifests: the changes of each package, consolidated over packages, in the order of
 * execution. Pure except for the reader; the same input gives the same plan. Problems: `action_conflict` (all conflicts together),
 * `forbidden_actions` (all together), `invalid_action`, those of the reader. Source: image-plan §2 to §5, §8.
 */
export function planActions<P>(input: PlanActionsInput<P>): Result<ActionPlan, InstallerProblem | P> {
  const scanned = scanImage(input)
  if (!scanned.ok) return scanned
  const scan = scanned.value
  const { verdicts, conflicts } = judgeAll(scan)
  if (conflicts.length > 0) return err({ code: 'ips::installer_error::action_conflict', conflicts })
  const mediation = mediate(scan, input)
  const changes = orderChanges(
    consolidate({
      difference: scan.difference,
      mediated: deliveredLinks(scan, mediation),
      claims: scan.claims,
      candidates: scan.candidates,
      verdicts,
      hardLinks: scan.hardLinks,
      metadataPath: input.metadataPath,
      chosen: mediation.chosenAfter,
      content: input.content ?? 'file',
    }),
  )
  const completed = addLegacyDefaults(changes, input.architecture, input.manifests)
  if (!completed.ok) return completed
  const problem = checkChanges(input, changes)
  if (problem !== undefined) return err(problem)
  return ok({
    base: input.base,
    imageKind: input.imageKind,
    changes,
    packages: packagesOf(input.changes, changes, linksGivenUp(mediation)),
    ...planFacts(scan, changes),
    mediators: mediation.choices,
    lostTargets: lostTargets(mediation, changes),
    discards: [],
    metadataFiles: [],
  })
}
