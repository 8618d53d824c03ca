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
  ok,
  type Result,
} from '#model'
import { claimKey, type OwnedAction } from '../action-key.ts'
import type { ActionChange, ActionPlan } from '../action-plan.ts'
import { databasePaths } from '../files/user-database.ts'
import type { ManifestReader } from '../plan-input.ts'
import type { InstallerProblem } from '../problems.ts'
import { ActionStore } from '../store/action-store.ts'
import { ChangeTable } from '../store/change-table.ts'
import { targetOfHardLink } from './consolidate.ts'
import { checkChanges } from './forbidden.ts'
import { addLegacyDefaults } from './legacy-record.ts'
import { orderChanges } from './order-changes.ts'
import { planFacts } from './plan-facts.ts'

/** The kinds of repair of an action. */
export type RepairKind = 'content' | 'attributes' | 'removal'

/** One action of an installed package that differs from the disk. */
export interface Repair {
  readonly fmri: Fmri
  readonly action: Action
  /**
   * content: the content of the action replaces the file; attributes: an existing file keeps its content; removal: the file must not exist. It
   * is removed, and salvaged if its content is not that of the action.
   */
  readonly repair: RepairKind
}

/** The input of `planRepair`. FMRIs are full. */
export interface PlanRepairInput<P> {
  readonly base: ImageGeneration
  readonly imageKind: ImageKind
  /** Metadata folder of the image, relative to its root. */
  readonly metadataPath: string
  readonly repairs: readonly Repair[]
  /** All installed packages: their hard links to files that get new content are made again. */
  readonly packages: readonly Fmri[]
  readonly manifests: ManifestReader<P>
  readonly filter: ImageFilter
  /** `variant.arch` of the image, for legacy records. */
  readonly architecture?: string | undefined
  readonly linkChosen: (action: Action) => boolean
  /** Unpackaged files and directories to remove, relative to the root. */
  readonly discards: readonly { readonly fmri: Fmri; readonly path: string }[]
}

/** Hard links that exist, by the path they point to. */
function hardLinksOf<P>(input: PlanRepairInput<P>): Result<ReadonlyMap<string, readonly OwnedAction[]>, P> {
  const links = new Map<string, OwnedAction[]>()
  for (const fmri of input.packages) {
    const manifest = input.manifests.read(fmri)
    if (!manifest.ok) return manifest
    for (const action of manifest.value.actions) {
      if (action.type !== 'hardlink' || !input.filter.actionApplies(action)) continue
      if (isMediated(action) && !input.linkChosen(action)) continue
      const owned = { fmri, action }
      const target = targetOfHardLink(owned)
      if (target === undefined) continue
      const known = links.get(target)
      if (known === undefined) links.set(target, [owned])
      else known.push(owned)
    }
  }
  return ok(links)
}

/** Hard links to repaired files, direct or through other hard links; they would keep the damaged content. Source: image-plan §4.3. */
function linksToMakeAgain<P>(input: PlanRepairInput<P>): Result<readonly OwnedAction[], P> {
  const isLeaf = ({ action, repair }: Repair): boolean =>
    repair === 'content' && (action.type === 'file' || action.type === 'hardlink')
  const pending = input.repairs.filter(isLeaf).map(({ action }) => attribute(action, 'path') ?? '')
  if (pending.length === 0) return ok([])
  const links = hardLinksOf(input)
  if (!links.ok) return links
  // By key: each reading of a manifest makes other objects.
  const seen = new Set(input.repairs.map(claimKey))
  const found: OwnedAction[] = []
  for (let path = pending.pop(); path !== undefined; path = pending.pop())
    for (const owned of links.value.get(path) ?? []) {
      if (seen.has(claimKey(owned))) continue
      seen.add(claimKey(owned))
      found.push(owned)
      pending.push(attribute(owned.action, 'path') ?? '')
    }
  return ok(found)
}

/** Users and groups of all packages where a repair delivers one of their databases anew, without them. */
function accountsToMakeAgain<P>(input: PlanRepairInput<P>): Result<readonly OwnedAction[], P> {
  const databases: readonly string[] = Object.values(databasePaths)
  const isDatabase = ({ action, repair }: Repair): boolean =>
    repair !== 'removal' && action.type === 'file' && databases.includes(attribute(action, 'path') ?? '')
  if (!input.repairs.some(isDatabase)) return ok([])
  const seen = new Set(input.repairs.map(claimKey))
  const found: OwnedAction[] = []
  for (const fmri of input.packages) {
    const manifest = input.manifests.read(fmri)
    if (!manifest.ok) return manifest
    for (const action of manifest.value.actions)
      if ((action.type === 'user' || action.type === 'group') && input.filter.actionApplies(action))
        if (!seen.has(claimKey({ fmri, action }))) found.push({ fmri, action })
  }
  return ok(found)
}

function packagesOf({
  repairs,
  discards,
}: Pick<PlanRepairInput<unknown>, 'repairs' | 'discards'>): ActionPlan['packages'] {
  const fmris = new Map([...repairs, ...discards].map(({ fmri }) => [fmri.stem as string, fmri]))
  return [...fmris].sort(([a], [b]) => compareCodePoints(a, b)).map(([, fmri]) => ({ from: fmri, to: fmri }))
}

/**
 * Makes the action plan that repairs actions of installed packages on the disk, and the hard links to them. Pure except for the reader.
 * Problems: `forbidden_actions`, `invalid_action`, those of the reader. Source: image-plan §12.
 */
export function planRepair<P>(input: PlanRepairInput<P>): Result<ActionPlan, InstallerProblem | P> {
  const updates = new ChangeTable(new ActionStore())
  const update = (owned: OwnedAction, repair?: ActionChange['repair']): void => {
    const kept = updates.store.keep(owned.fmri, owned.action)
    updates.push({ kind: 'update', old: kept, new: kept, ...(repair === undefined ? {} : { repair }) })
  }
  for (const { fmri, action, repair } of input.repairs) {
    if (repair !== 'removal') update({ fmri, action }, repair)
    else updates.push({ kind: 'remove', old: { fmri, action }, new: undefined, repair: 'content' })
  }
  const links = linksToMakeAgain(input)
  if (!links.ok) return links
  for (const owned of links.value) update(owned)
  const accounts = accountsToMakeAgain(input)
  if (!accounts.ok) return accounts
  for (const owned of accounts.value) update(owned, 'attributes')
  const changes = orderChanges(updates)
  const completed = addLegacyDefaults(changes, input.architecture, input.manifests)
  if (!completed.ok) return completed
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
