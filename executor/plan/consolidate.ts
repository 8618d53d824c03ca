import {
  type Action,
  actionsDiffer,
  attribute,
  attributes,
  type ContentSubject,
  isMediated,
  samePayload,
} from '#model'
import { claimKey, diffKey, type OwnedAction } from '../action-key.ts'
import type { ActionChange } from '../action-plan.ts'
import { hardLinkTarget, isWithin } from '../image-path.ts'
import type { ActionList } from '../store/action-list.ts'
import { ChangeTable } from '../store/change-table.ts'
import type { KeptAction } from '../store/stored-action.ts'
import { type Claims, type ClaimTable, impliedDirectory, needsDirectory, pathOfKey } from './claim-table.ts'
import type { Verdict } from './conflicts.ts'
import { addDifferences, type BothSides, type Difference } from './scan-image.ts'

/** The input of `consolidate`. */
export interface ConsolidationInput {
  /** Differences of the packages; `consolidate` changes them. */
  readonly difference: Difference
  /** Delivered mediated links of the changed packages, and of packages in which a mediator moves links. */
  readonly mediated: readonly BothSides[]
  readonly claims: Pick<ClaimTable, 'isHandedOver' | 'vanished'>
  /** Conflict candidates, by claim key. */
  readonly candidates: ReadonlyMap<string, Claims>
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly hardLinks: ReadonlyMap<string, readonly KeptAction[]>
  readonly metadataPath: string
  /** True when the new mediation delivers this mediated link. */
  readonly chosen: (action: Action) => boolean
  readonly content: ContentSubject
}

/** Name by which `original_name` finds a removed file. */
function knownAs({ fmri, action }: OwnedAction): string {
  return attribute(action, 'original_name') ?? `${fmri.stem}:${attribute(action, 'path')}`
}

function originalName({ action }: OwnedAction): string | undefined {
  return action.type === 'file' ? attribute(action, 'original_name') : undefined
}

function hasOriginalName(actions: Iterable<OwnedAction>): boolean {
  for (const owned of actions) if (originalName(owned) !== undefined) return true
  return false
}

/** Step two: files that moved, by `original_name`. Source: image-plan §4.1. */
function matchMoves(difference: Difference): void {
  if (!hasOriginalName(difference.added)) return
  const files = new Map<string, KeptAction>()
  for (const owned of difference.removed) if (owned.action.type === 'file') files.set(knownAs(owned), owned)
  const moved = new Set<number>()
  difference.added = difference.added.filter((owned) => {
    const original = originalName(owned)
    const old = original === undefined ? undefined : files.get(original)
    if (old === undefined || moved.has(old.number)) return true
    moved.add(old.number)
    difference.changed.push({ kind: 'update', old, new: owned })
    return false
  })
  difference.removed = difference.removed.filter(({ number }) => !moved.has(number))
}

/** Step three: removed by one package, installed by another. The key is a conflict candidate then, or a directory that was handed over. */
function matchTransfers(input: ConsolidationInput): void {
  const { difference } = input
  if (difference.removed.length === 0 || difference.added.length === 0) return
  const removed = new Map<string, KeptAction>()
  for (const owned of difference.removed) if (isShared(input, owned)) removed.set(diffKey(owned), owned)
  if (removed.size === 0) return
  const taken = new Set<number>()
  difference.added = difference.added.filter((owned) => {
    const old = removed.get(diffKey(owned))
    if (old === undefined) return true
    if (!taken.has(old.number) && actionsDiffer(old.action, owned.action, input.content))
      difference.changed.push({ kind: 'update', old, new: owned })
    taken.add(old.number)
    return false
  })
  difference.removed = difference.removed.filter(({ number }) => !taken.has(number))
}

/** True where other packages may deliver under the key of an action. */
function isShared({ candidates, claims }: ConsolidationInput, owned: OwnedAction): boolean {
  const key = claimKey(owned)!
  return isMediated(owned.action) || candidates.has(key) || claims.isHandedOver(key)
}

/** True when another action of the resulting image keeps what a removal would take away. Source: image-plan §4.2. */
function stillDelivered(
  input: ConsolidationInput,
  owned: OwnedAction,
  arriving: ReadonlySet<string>,
): boolean {
  const { type } = owned.action
  const key = claimKey(owned)!
  // Links that a mediator moves in packages that stay have keys that no changed package claims.
  if (arriving.has(`${type} ${key}`)) return true
  const others = input.candidates.get(key)?.after ?? []
  return others.some(({ action }) => action.type === type && (!isMediated(action) || input.chosen(action)))
}

/** Directories that nothing delivers any more, implied ones too, as one removal each. */
function* vanishedDirectories(input: ConsolidationInput): Generator<OwnedAction> {
  for (const owned of input.claims.vanished())
    if (!isWithin(input.metadataPath, attribute(owned.action, 'path')!)) yield owned
  for (const [key, claims] of input.candidates) {
    const path = pathOfKey(key)
    if (path === undefined || needsDirectory(claims) || isWithin(input.metadataPath, path)) continue
    const explicit = claims.before.find(({ action }) => action.type === 'dir')
    const implied = [...claims.parentsBefore.values()][0]
    if (explicit !== undefined) yield explicit
    else if (implied !== undefined) yield impliedDirectory(implied, path)
  }
}

function* finalRemovals(input: ConsolidationInput): Generator<OwnedAction> {
  const arriving = new Set(
    input.mediated.flatMap(({ after }) => after.map((owned) => `${owned.action.type} ${claimKey(owned)}`)),
  )
  const seen = new Set<string>()
  for (const owned of input.difference.removed) {
    if (owned.action.type === 'dir') continue
    if (isShared(input, owned)) {
      const key = claimKey(owned)!
      const verdict = input.verdicts.get(key)
      if (verdict?.keep || isOverlaid(verdict, owned) || stillDelivered(input, owned, arriving)) continue
      const once = `${owned.action.type} ${key}`
      if (seen.has(once)) continue
      seen.add(once)
    }
    yield owned
  }
  yield* vanishedDirectories(input)
}

function isOverlaid(verdict: Verdict | undefined, { number }: KeptAction): boolean {
  return verdict?.overlaid?.some((overlaid) => overlaid.number === number) ?? false
}

/** Actions to install again because other actions may have damaged their objects; without actions that the plan delivers anyway. */
function fixUps(
  { verdicts }: ConsolidationInput,
  changed: ChangeTable,
  added: ActionList,
): readonly OwnedAction[] {
  const found = [...verdicts.keys()].sort().flatMap((key) => verdicts.get(key)?.fixUp ?? [])
  if (found.length === 0) return []
  const left = new Map(found.map((owned) => [changed.store.numberOf(owned), owned]))
  for (const { new: next } of changed) left.delete(next!.number)
  for (const { number } of added) left.delete(number)
  return [...left.values()]
}

/** Hard links to the files, direct or through other hard links; without links that the plan delivers later anyway. */
function* linksTo(
  input: ConsolidationInput,
  files: Iterable<OwnedAction>,
  planned: ReadonlySet<number>,
): Generator<KeptAction> {
  const seen = new Set<number>()
  for (const { action } of files) {
    if (action.type !== 'file') continue
    const pending = [attribute(action, 'path') ?? '']
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      for (const owned of input.hardLinks.get(path) ?? []) {
        if (seen.has(owned.number)) continue
        seen.add(owned.number)
        // A mediated link that is not chosen is not on the target; its path may be another link's.
        if (isMediated(owned.action) && !input.chosen(owned.action)) continue
        pending.push(attribute(owned.action, 'path') ?? '')
        if (!planned.has(owned.number)) yield owned
      }
    }
  }
}

function* newOf(changes: ChangeTable): Generator<KeptAction> {
  for (const { new: next } of changes) yield next!
}

/** Numbers of hard links. */
function hardLinksAmong(actions: Iterable<KeptAction>): Set<number> {
  const numbers = new Set<number>()
  for (const { action, number } of actions) if (action.type === 'hardlink') numbers.add(number)
  return numbers
}

/**
 * Hard links to files that are replaced would keep the old content. Links that are installed in the same plan come before
 * the updates, so they are made again too. Source: image-plan §4.3; links to files that come back are ours.
 */
function hardLinkRefreshes(
  input: ConsolidationInput,
  changed: ChangeTable,
  added: ActionList,
): readonly KeptAction[] {
  if (input.hardLinks.size === 0) return []
  const updated = hardLinksAmong(newOf(changed))
  const planned = new Set([...updated, ...hardLinksAmong(added)])
  const refreshed = new Map<number, KeptAction>()
  for (const owned of linksTo(input, newOf(changed), updated)) refreshed.set(owned.number, owned)
  for (const owned of linksTo(input, added, planned)) refreshed.set(owned.number, owned)
  return [...refreshed.values()]
}

function updateOf(input: ConsolidationInput, old: KeptAction, next: KeptAction): ActionChange {
  const same = samePayload(old.action, next.action, input.content) && !samePayload(old.action, next.action)
  const oldKey = claimKey(old)!
  const leaves = oldKey !== claimKey(next) && isOverlaid(input.verdicts.get(oldKey), old)
  return {
    kind: 'update',
    old,
    new: next,
    ...(same ? { sameContent: true } : {}),
    ...(leaves ? { leavesOld: true } : {}),
  }
}

/** Reduces the differences of all packages to the changes of the target, without order. Source: image-plan §4. */
export function consolidate(input: ConsolidationInput): ChangeTable {
  const { difference, verdicts } = input
  for (const links of input.mediated) addDifferences(links, difference, input.content)
  matchMoves(difference)
  matchTransfers(input)
  if (verdicts.size > 0) {
    const stays = (owned: KeptAction) => !isOverlaid(verdicts.get(claimKey(owned)!), owned)
    difference.changed = difference.changed.filter((pair) => stays(pair.new!))
    difference.added = difference.added.filter(stays)
  }
  const { changed, added } = difference
  for (const owned of fixUps(input, changed, added)) added.push(owned)
  const refreshed = hardLinkRefreshes(input, changed, added)
  const changes = new ChangeTable(changed.store)
  for (const owned of finalRemovals(input)) changes.push({ kind: 'remove', old: owned, new: undefined })
  for (const owned of added) changes.push({ kind: 'install', old: undefined, new: owned })
  for (const pair of changed) changes.push(updateOf(input, pair.old!, pair.new!))
  for (const link of refreshed) changes.push(updateOf(input, link, link))
  return changes
}

/** Image path a hard link action points to, or undefined. */
export function targetOfHardLink({ action }: OwnedAction): string | undefined {
  if (action.type !== 'hardlink') return undefined
  return hardLinkTarget(attribute(action, 'path') ?? '', attributes(action, 'target')[0] ?? '')
}
