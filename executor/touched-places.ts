import { attribute, isMediated, sharingRule } from '#model'
import { type OwnedAction, placeKey } from './action-key.ts'
import { ancestorsOf, hardLinkTarget } from './image-path.ts'
import type { PlanActionsInput } from './plan-input.ts'

/** Everything delivered at one key before and after, over the whole image. */
export interface Place {
  readonly before: OwnedAction[]
  readonly after: OwnedAction[]
  /** Packages (any of their actions) that need a directory here as a parent of something. */
  readonly parentsBefore: ReadonlyMap<string, OwnedAction>
  readonly parentsAfter: ReadonlyMap<string, OwnedAction>
}

/** A place while it is filled. Most places are files, which are nobody's parent: they share one empty map. */
interface OpenPlace extends Place {
  parentsBefore: ReadonlyMap<string, OwnedAction>
  parentsAfter: ReadonlyMap<string, OwnedAction>
}

/** Actions of one package that apply, before and after the operation. */
export interface PackageActions {
  readonly before: readonly OwnedAction[]
  readonly after: readonly OwnedAction[]
  /** False for packages that the plan does not change. */
  readonly planned: boolean
}

/** What the later stages need of the packages that stay, and of the places that the changed ones touch. */
export interface ImageScan {
  readonly changed: readonly PackageActions[]
  /** By place key, touched ones only. */
  readonly places: ReadonlyMap<string, Place>
  readonly mediatedBefore: readonly OwnedAction[]
  readonly mediatedAfter: readonly OwnedAction[]
  readonly keptMediated: readonly OwnedAction[]
  /** Installed and new hard links by the path they point to. */
  readonly hardLinks: ReadonlyMap<string, readonly OwnedAction[]>
}

const pathPrefix = 'path '

const nobody: ReadonlyMap<string, OwnedAction> = new Map()

function newPlace(): OpenPlace {
  return { before: [], after: [], parentsBefore: nobody, parentsAfter: nobody }
}

function addParent(place: OpenPlace, side: 'parentsBefore' | 'parentsAfter', owned: OwnedAction): void {
  const known = place[side]
  const parents = known instanceof Map && known !== nobody ? known : new Map<string, OwnedAction>()
  parents.set(owned.fmri.stem, owned)
  place[side] = parents
}

/** Touched are the keys of the changed packages on either side, with the parents of paths. */
function touch(places: Map<string, OpenPlace>, owned: OwnedAction): void {
  const key = placeKey(owned)
  if (key === undefined) return
  if (!places.has(key)) places.set(key, newPlace())
  if (!key.startsWith(pathPrefix)) return
  for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
    if (places.has(pathPrefix + ancestor)) return
    places.set(pathPrefix + ancestor, newPlace())
  }
}

type Side = 'before' | 'after'

/** Enters the actions of one package at the touched places. */
function enter(
  places: Map<string, OpenPlace>,
  actions: readonly OwnedAction[],
  sides: readonly Side[],
): void {
  const seenParents = new Set<string>()
  for (const owned of actions) {
    const key = placeKey(owned)
    if (key === undefined) continue
    const place = places.get(key)
    if (place !== undefined) for (const side of sides) place[side].push(owned)
    if (key.startsWith(pathPrefix)) enterParents(places, owned, key, { seenParents, sides })
  }
}

function enterParents(
  places: Map<string, OpenPlace>,
  owned: OwnedAction,
  key: string,
  { seenParents, sides }: { seenParents: Set<string>; sides: readonly Side[] },
): void {
  for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
    if (seenParents.has(ancestor)) return
    seenParents.add(ancestor)
    const place = places.get(pathPrefix + ancestor)
    if (place === undefined) continue
    if (sides.includes('before')) addParent(place, 'parentsBefore', owned)
    if (sides.includes('after')) addParent(place, 'parentsAfter', owned)
  }
}

function collectHardLinks(into: Map<string, OwnedAction[]>, actions: readonly OwnedAction[]): void {
  for (const owned of actions) {
    if (owned.action.type !== 'hardlink') continue
    const target = hardLinkTarget(
      attribute(owned.action, 'path') ?? '',
      attribute(owned.action, 'target') ?? '',
    )
    if (target === undefined) continue
    const known = into.get(target)
    if (known === undefined) into.set(target, [owned])
    else known.push(owned)
  }
}

/** Reads all packages once; those that stay are let go again but for what touches the plan. */
export function scanImage(input: PlanActionsInput): ImageScan {
  const changed = input.changes.map(
    ({ from, to }): PackageActions => ({
      before: (from?.manifest.actions ?? [])
        .filter((action) => input.oldFilter.actionApplies(action))
        .map((action) => ({ fmri: from!.fmri, action })),
      after: (to?.manifest.actions ?? [])
        .filter((action) => input.newFilter.actionApplies(action))
        .map((action) => ({ fmri: to!.fmri, action })),
      planned: true,
    }),
  )
  const places = new Map<string, OpenPlace>()
  const hardLinks = new Map<string, OwnedAction[]>()
  for (const { before, after } of changed) {
    for (const owned of before) touch(places, owned)
    for (const owned of after) touch(places, owned)
  }
  for (const { before, after } of changed) {
    enter(places, before, ['before'])
    enter(places, after, ['after'])
    collectHardLinks(hardLinks, after)
  }
  const keptMediated: OwnedAction[] = []
  for (const { fmri, manifest } of input.kept) {
    const actions: OwnedAction[] = []
    for (const action of manifest.actions) {
      if (sharingRule(action.type).namespace !== undefined && input.newFilter.actionApplies(action))
        actions.push({ fmri, action })
    }
    enter(places, actions, ['before', 'after'])
    collectHardLinks(hardLinks, actions)
    for (const owned of actions) if (isMediated(owned.action)) keptMediated.push(owned)
  }
  const mediated = (side: Side) =>
    changed.flatMap((each) => each[side].filter(({ action }) => isMediated(action)))
  return {
    changed,
    places,
    hardLinks,
    keptMediated,
    mediatedBefore: [...mediated('before'), ...keptMediated],
    mediatedAfter: [...mediated('after'), ...keptMediated],
  }
}

/** Path of a touched place, or undefined for the other name spaces. */
export function pathOfPlace(key: string): string | undefined {
  return key.startsWith(pathPrefix) ? key.slice(pathPrefix.length) : undefined
}

/** True when something of the resulting image needs a directory at the path. */
export function needsDirectory(place: Place): boolean {
  return place.parentsAfter.size > 0 || place.after.some(({ action }) => action.type === 'dir')
}
