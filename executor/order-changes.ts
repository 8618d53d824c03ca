import { attribute } from '#model'
import { compareInstallation } from './action-key.ts'
import type { ActionChange } from './action-plan.ts'
import { type Consolidated, targetOfHardLink } from './consolidate.ts'

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
    ...[...removals].sort((a, b) => compareInstallation(b.old!.action, a.old!.action)),
    ...hardLinksAfterTargets([...installs].sort(byNew)),
    ...hardLinksAfterTargets([...updates].sort(byNew)),
  ]
}
