import { type Action, type ActionType, actionKey, attribute, compareCodePoints } from '#model'
import { compareInstallation } from './action-key.ts'
import type { ActionChange } from './action-plan.ts'
import { type Consolidated, targetOfHardLink } from './consolidate.ts'

/** Characters that stand elsewhere by code unit than by code point; hardly any path has them. */
const high = /[\ud800-\uffff]/
/** Types that go by more than their key. */
const numbered: readonly ActionType[] = ['user', 'group', 'driver']

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * What comes in the order of installation, what goes in the reverse of it. Keys are looked up once, because there are millions of
 * comparisons.
 */
function inOrder(changes: readonly ActionChange[], side: 'old' | 'new'): ActionChange[] {
  const actionAt = (index: number): Action => changes[index]![side]!.action
  const types = changes.map((change) => change[side]!.action.type)
  const keys = changes.map((change) => actionKey(change[side]!.action) ?? '')
  const compareKeys = keys.some((key) => high.test(key)) ? compareCodePoints : byUnits
  const compare = (a: number, b: number): number =>
    types[a] === types[b] && !numbered.includes(types[a]!)
      ? compareKeys(keys[a]!, keys[b]!)
      : compareInstallation(actionAt(a), actionAt(b))
  const order = Uint32Array.from(changes, (_, index) => index)
  order.sort(side === 'new' ? (a, b) => compare(a, b) || a - b : (a, b) => compare(b, a) || a - b)
  return Array.from(order, (index) => changes[index]!)
}

function byNew(a: ActionChange, b: ActionChange): number {
  return compareInstallation(a.new!.action, b.new!.action)
}

/** Puts hard links whose target is another hard link of the list behind it; members of a circle go last. */
function hardLinksAfterTargets(changes: readonly ActionChange[]): ActionChange[] {
  const links = changes.filter((change) => change.new!.action.type === 'hardlink')
  if (links.length < 2) return [...changes]
  const byPath = new Map(links.map((change) => [attribute(change.new!.action, 'path')!, change]))
  const depth = new Map<ActionChange, number>()
  for (const start of links) {
    const chain: ActionChange[] = []
    let next: ActionChange | undefined = start
    while (next !== undefined && !depth.has(next) && !chain.includes(next)) {
      chain.push(next)
      next = byPath.get(targetOfHardLink(next.new!) ?? '')
    }
    const circle = next !== undefined && chain.includes(next)
    let level = circle ? Number.POSITIVE_INFINITY : next === undefined ? -1 : depth.get(next)!
    for (const change of chain.reverse()) depth.set(change, ++level)
  }
  const ordered = [...links].sort((a, b) => compareDepth(depth.get(a)!, depth.get(b)!) || byNew(a, b))
  return changes.map((change) => (depth.has(change) ? ordered.shift()! : change))
}

function compareDepth(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** All removals (last first), all installs, all updates, over all packages. Source: image-plan §3. */
export function orderChanges({ removals, installs, updates }: Consolidated): ActionChange[] {
  return [
    ...inOrder(removals, 'old'),
    ...hardLinksAfterTargets(inOrder(installs, 'new')),
    ...hardLinksAfterTargets(inOrder(updates, 'new')),
  ]
}
