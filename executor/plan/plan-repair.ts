import {
  type Action,
  attribute,
  compareCodePoints,
  err,
  type Fmri,
  type ImageFilter,
  type ImageGeneration,
  type ImageKind,
  isMediated,
  type Manifest,
  ok,
  type Result,
} from '#model'
import { type OwnedAction, placeKey } from '../action-key.ts'
import type { ActionPlan } from '../action-plan.ts'
import type { PackageManifest } from '../plan-input.ts'
import type { InstallerProblem } from '../problems.ts'
import { ActionStore } from '../store/action-store.ts'
import { ChangeTable } from '../store/change-table.ts'
import { targetOfHardLink } from './consolidate.ts'
import { addLegacyDefaults } from './legacy-record.ts'
import { orderChanges } from './order-changes.ts'
import { checkChanges } from './plan-actions.ts'
import { planFacts } from './plan-facts.ts'

/** One action of an installed package that the disk does not agree with. */
export interface Repair {
  readonly fmri: Fmri
  readonly action: Action
  /** content: what the action states replaces whatever is there; attributes: a file that is there keeps its content. */
  readonly repair: 'content' | 'attributes'
}

/** Everything `planRepair` looks at. */
export interface PlanRepairInput {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  /** Metadata folder of the image, relative to its root. */
  readonly metadataPath: string
  readonly repairs: readonly Repair[]
  /** All installed packages: their hard links to files that get new content are made again. */
  readonly packages: Iterable<PackageManifest>
  readonly filter: ImageFilter
  /** `variant.arch` of the image, for legacy records. */
  readonly architecture?: string | undefined
  readonly linkChosen: (action: Action) => boolean
  /** Unpackaged files and directories to remove, relative to the root. */
  readonly discards: readonly { readonly fmri: Fmri; readonly path: string }[]
}

function manifestOf({ packages }: PlanRepairInput, stem: string): Manifest | undefined {
  for (const { fmri, manifest } of packages) if (fmri.stem === stem) return manifest
  return undefined
}

/** Hard links that exist, by the path they point to. */
function hardLinksOf(input: PlanRepairInput): ReadonlyMap<string, readonly OwnedAction[]> {
  const links = new Map<string, OwnedAction[]>()
  for (const { fmri, manifest } of input.packages)
    for (const action of manifest.actions) {
      if (action.type !== 'hardlink' || !input.filter.actionApplies(action)) continue
      if (isMediated(action) && !input.linkChosen(action)) continue
      const owned = { fmri, action }
      const target = targetOfHardLink(owned)
      if (target === undefined) continue
      const known = links.get(target)
      if (known === undefined) links.set(target, [owned])
      else known.push(owned)
    }
  return links
}

/** Hard links to repaired files, and links to those; they would keep the damaged content. Source: image-plan §4.3. */
function linksToMakeAgain(input: PlanRepairInput): readonly OwnedAction[] {
  const isLeaf = ({ action, repair }: Repair): boolean =>
    repair === 'content' && (action.type === 'file' || action.type === 'hardlink')
  const pending = input.repairs.filter(isLeaf).map(({ action }) => attribute(action, 'path') ?? '')
  if (pending.length === 0) return []
  const links = hardLinksOf(input)
  // By what they are: manifests may be read anew at every look.
  const seen = new Set(input.repairs.map(placeKey))
  const found: OwnedAction[] = []
  for (let path = pending.pop(); path !== undefined; path = pending.pop())
    for (const owned of links.get(path) ?? []) {
      if (seen.has(placeKey(owned))) continue
      seen.add(placeKey(owned))
      found.push(owned)
      pending.push(attribute(owned.action, 'path') ?? '')
    }
  return found
}

function packagesOf({ repairs, discards }: PlanRepairInput): ActionPlan['packages'] {
  const fmris = new Map([...repairs, ...discards].map(({ fmri }) => [fmri.stem as string, fmri]))
  return [...fmris].sort(([a], [b]) => compareCodePoints(a, b)).map(([, fmri]) => ({ from: fmri, to: fmri }))
}

/**
 * Makes the action plan that puts actions of installed packages right where the disk differs, with the hard links that follow them.
 * Pure. Problems: `forbidden_actions`, `invalid_action`. Source: image-plan §12.
 */
export function planRepair(input: PlanRepairInput): Result<ActionPlan, InstallerProblem> {
  const updates = new ChangeTable(new ActionStore())
  const update = (owned: OwnedAction, repair?: Repair['repair']): void => {
    const kept = updates.store.keep(owned.fmri, owned.action)
    updates.push({ kind: 'update', old: kept, new: kept, ...(repair === undefined ? {} : { repair }) })
  }
  for (const { fmri, action, repair } of input.repairs) update({ fmri, action }, repair)
  for (const owned of linksToMakeAgain(input)) update(owned)
  const changes = orderChanges(updates)
  addLegacyDefaults(changes, input.architecture, (stem) => manifestOf(input, stem))
  const problem = checkChanges(input, changes)
  if (problem !== undefined) return err(problem)
  return ok({
    base: input.base,
    imageKind: input.imageKind,
    changes,
    packages: packagesOf(input),
    ...planFacts({ actuating: [] }, changes),
    mediators: [],
    lostTargets: [],
    discards: input.discards.map(({ path }) => path).sort(compareCodePoints),
    metadataFiles: [],
  })
}
