import {
  type Action,
  actionsDiffer,
  attribute,
  attributes,
  type ContentSubject,
  isMediated,
  samePayload,
} from '#model'
import { diffKey, type OwnedAction, placeKey } from './action-key.ts'
import type { ActionChange } from './action-plan.ts'
import type { PlaceVerdict } from './conflicts.ts'
import { hardLinkTarget, isWithin } from './image-path.ts'
import { addDifferences, type BothSides, type Difference, type Pair } from './scan-image.ts'
import { needsDirectory, type Place, pathOfPlace } from './touched-places.ts'

/** Changes in no particular order yet. */
export interface Consolidated {
  readonly removals: readonly ActionChange[]
  readonly installs: readonly ActionChange[]
  readonly updates: readonly ActionChange[]
}

/** What consolidation works on. */
export interface ConsolidationInput {
  /** Differences of the packages, which are taken over. */
  readonly difference: Difference
  /** Mediated links that are delivered, of the changed packages and of those where a mediator moves them. */
  readonly mediated: readonly BothSides[]
  readonly places: ReadonlyMap<string, Place>
  readonly verdicts: ReadonlyMap<string, PlaceVerdict>
  readonly hardLinks: ReadonlyMap<string, readonly OwnedAction[]>
  readonly metadataPath: string
  /** True when the new mediation delivers this mediated link. */
  readonly chosen: (action: Action) => boolean
  readonly content: ContentSubject
}

/** Under which name a removed file can be found by `original_name`. */
function knownAs({ fmri, action }: OwnedAction): string {
  return attribute(action, 'original_name') ?? `${fmri.stem}:${attribute(action, 'path')}`
}

/** Step two: files that moved, by `original_name`. Source: image-plan §4.1. */
function matchMoves(difference: Difference): void {
  const originalName = ({ action }: OwnedAction): string | undefined =>
    action.type === 'file' ? attribute(action, 'original_name') : undefined
  if (!difference.added.some((owned) => originalName(owned) !== undefined)) return
  const files = new Map<string, OwnedAction>()
  for (const owned of difference.removed) if (owned.action.type === 'file') files.set(knownAs(owned), owned)
  const moved = new Set<OwnedAction>()
  difference.added = difference.added.filter((owned) => {
    const original = originalName(owned)
    const old = original === undefined ? undefined : files.get(original)
    if (old === undefined || moved.has(old)) return true
    moved.add(old)
    difference.changed.push({ old, new: owned })
    return false
  })
  difference.removed = difference.removed.filter((owned) => !moved.has(owned))
}

/** Step three: removed by one package, installed by another. Both are at one place then, so it is a full one. */
function matchTransfers(input: ConsolidationInput): void {
  const { difference } = input
  if (difference.removed.length === 0 || difference.added.length === 0) return
  const removed = new Map<string, OwnedAction>()
  for (const owned of difference.removed) if (isShared(input, owned)) removed.set(diffKey(owned), owned)
  if (removed.size === 0) return
  const taken = new Set<OwnedAction>()
  difference.added = difference.added.filter((owned) => {
    const old = removed.get(diffKey(owned))
    if (old === undefined) return true
    if (!taken.has(old) && actionsDiffer(old.action, owned.action, input.content))
      difference.changed.push({ old, new: owned })
    taken.add(old)
    return false
  })
  difference.removed = difference.removed.filter((owned) => !taken.has(owned))
}

/** Others may deliver at the place of an action. */
function isShared({ places }: ConsolidationInput, owned: OwnedAction): boolean {
  return isMediated(owned.action) || places.has(placeKey(owned)!)
}

/** True when another action of the resulting image keeps what a removal would take away. Source: image-plan §4.2. */
function stillDelivered(
  input: ConsolidationInput,
  owned: OwnedAction,
  arriving: ReadonlySet<string>,
): boolean {
  const { type } = owned.action
  const key = placeKey(owned)!
  // Links that a mediator moves in packages that stay are at places that no changed package touches.
  if (arriving.has(`${type} ${key}`)) return true
  const others = input.places.get(key)?.after ?? []
  return others.some(({ action }) => action.type === type && (!isMediated(action) || input.chosen(action)))
}

/** Directories that nothing delivers any more, implied ones too, as one removal each. */
function vanishedDirectories(input: ConsolidationInput): OwnedAction[] {
  const removals: OwnedAction[] = []
  for (const [key, place] of input.places) {
    const path = pathOfPlace(key)
    if (path === undefined || needsDirectory(place) || isWithin(input.metadataPath, path)) continue
    const explicit = place.before.find(({ action }) => action.type === 'dir')
    const implied = [...place.parentsBefore.values()][0]
    if (explicit !== undefined) removals.push(explicit)
    else if (implied !== undefined) removals.push(impliedDirectory(implied, path))
  }
  return removals
}

function impliedDirectory({ fmri }: OwnedAction, path: string): OwnedAction {
  return { fmri, action: { type: 'dir', payload: undefined, attributes: new Map([['path', path]]) } }
}

function finalRemovals(input: ConsolidationInput, removed: readonly OwnedAction[]): OwnedAction[] {
  const arriving = new Set(
    input.mediated.flatMap(({ after }) => after.map((owned) => `${owned.action.type} ${placeKey(owned)}`)),
  )
  const seen = new Set<string>()
  const kept = removed.filter((owned) => {
    if (owned.action.type === 'dir') return false
    if (!isShared(input, owned)) return true
    const key = placeKey(owned)!
    const verdict = input.verdicts.get(key)
    if (verdict?.keep || isOverlaid(verdict, owned)) return false
    if (stillDelivered(input, owned, arriving)) return false
    const once = `${owned.action.type} ${key}`
    if (seen.has(once)) return false
    seen.add(once)
    return true
  })
  return [...kept, ...vanishedDirectories(input)]
}

function isOverlaid(verdict: PlaceVerdict | undefined, owned: OwnedAction): boolean {
  return verdict?.overlaid?.some(({ action }) => action === owned.action) ?? false
}

/** What other actions left in a bad state, installed again. */
function fixUps(
  { verdicts }: ConsolidationInput,
  changed: readonly Pair[],
  added: readonly OwnedAction[],
): OwnedAction[] {
  const found = [...verdicts.keys()].sort().flatMap((key) => verdicts.get(key)?.fixUp ?? [])
  if (found.length === 0) return []
  const planned = new Set<object>([
    ...changed.map((pair) => pair.new.action),
    ...added.map(({ action }) => action),
  ])
  return found.filter(({ action }) => !planned.has(action))
}

/** Hard links, and links to those, that name one of the files; without the actions that the plan does after them anyway. */
function linksTo(
  input: ConsolidationInput,
  files: readonly OwnedAction[],
  planned: ReadonlySet<object>,
): OwnedAction[] {
  const found: OwnedAction[] = []
  const seen = new Set<object>()
  const pending = files
    .filter(({ action }) => action.type === 'file')
    .map(({ action }) => attribute(action, 'path') ?? '')
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const owned of input.hardLinks.get(path) ?? []) {
      if (seen.has(owned.action)) continue
      seen.add(owned.action)
      // A mediated link that is not chosen is not on the target; its path may be another link's.
      if (isMediated(owned.action) && !input.chosen(owned.action)) continue
      pending.push(attribute(owned.action, 'path') ?? '')
      if (!planned.has(owned.action)) found.push(owned)
    }
  }
  return found
}

/**
 * Hard links to files that are replaced would keep the old content. Links that are installed in the same plan come before
 * the updates, so they are made again too. Source: image-plan §4.3; links to files that come back are ours.
 */
function hardLinkRefreshes(
  input: ConsolidationInput,
  changed: readonly Pair[],
  added: readonly OwnedAction[],
): Pair[] {
  if (input.hardLinks.size === 0) return []
  const wanted = changed.map((pair) => pair.new)
  const updated = new Set<object>(wanted.map(({ action }) => action))
  const planned = new Set<object>([...updated, ...added.map(({ action }) => action)])
  const refreshed = new Map<object, Pair>()
  for (const owned of [...linksTo(input, wanted, updated), ...linksTo(input, added, planned)]) {
    refreshed.set(owned.action, { old: owned, new: owned })
  }
  return [...refreshed.values()]
}

function updateOf(input: ConsolidationInput, { old, new: next }: Pair): ActionChange {
  const same = samePayload(old.action, next.action, input.content) && !samePayload(old.action, next.action)
  const oldPlace = placeKey(old)!
  const leaves = oldPlace !== placeKey(next) && isOverlaid(input.verdicts.get(oldPlace), old)
  return {
    kind: 'update',
    old,
    new: next,
    ...(same ? { sameContent: true } : {}),
    ...(leaves ? { leavesOld: true } : {}),
  }
}

/** Reduces the differences of all packages to what has to happen on the target. Source: image-plan §4. */
export function consolidate(input: ConsolidationInput): Consolidated {
  const { difference, verdicts } = input
  for (const links of input.mediated) addDifferences(links, difference, input.content)
  matchMoves(difference)
  matchTransfers(input)
  const stays = (owned: OwnedAction) =>
    verdicts.size === 0 || !isOverlaid(verdicts.get(placeKey(owned)!), owned)
  const changed = difference.changed.filter((pair) => stays(pair.new))
  const added = difference.added.filter(stays)
  const repaired = fixUps(input, changed, added)
  const installs = [...added, ...repaired]
  const refreshed = hardLinkRefreshes(input, changed, installs)
  return {
    removals: finalRemovals(input, difference.removed).map((old) => ({
      kind: 'remove',
      old,
      new: undefined,
    })),
    installs: installs.map((owned) => ({ kind: 'install', old: undefined, new: owned })),
    updates: [...changed, ...refreshed].map((pair) => updateOf(input, pair)),
  }
}

/** Image path a hard link action points to, or undefined. */
export function targetOfHardLink({ action }: OwnedAction): string | undefined {
  if (action.type !== 'hardlink') return undefined
  return hardLinkTarget(attribute(action, 'path') ?? '', attributes(action, 'target')[0] ?? '')
}
