import { type ActionType, actionKey, actionRank, attribute, compareCodePoints } from '#model'
import { compareInstallation } from './action-key.ts'
import { NO_KEY } from './action-store.ts'
import type { ChangeTable, KeptChange } from './change-table.ts'
import { targetOfHardLink } from './consolidate.ts'

/** Types that go by more than their key. */
const numbered: readonly ActionType[] = ['user', 'group', 'driver']

/**
 * Order of installation of the changes of a table, by index. Ranks and places of keys are looked up once, because there are millions of
 * comparisons.
 */
function installationOrder(table: ChangeTable): (a: number, b: number) => number {
  const { store } = table
  const ranks = new Uint8Array(table.length)
  const keys = new Int32Array(table.length)
  for (let index = 0; index < table.length; index++) {
    const kept = table.actionOf(index)
    const { type } = kept.action
    ranks[index] = actionRank(type)
    keys[index] = numbered.includes(type) ? NO_KEY : store.keyAddress(kept)
  }
  return (a, b) => {
    const rank = ranks[a]! - ranks[b]!
    if (rank !== 0) return rank
    const [left, right] = [keys[a]!, keys[b]!]
    if (left !== NO_KEY && right !== NO_KEY) return store.compareTexts(left, right)
    const [one, other] = [table.actionOf(a).action, table.actionOf(b).action]
    if (numbered.includes(one.type)) return compareInstallation(one, other)
    return compareCodePoints(actionKey(one) ?? '', actionKey(other) ?? '')
  }
}

/** Puts hard links whose target is another hard link of the list behind it; members of a circle go last. */
function hardLinksAfterTargets(table: ChangeTable, order: Uint32Array): void {
  const places: number[] = []
  order.forEach(
    (index, place) => void (table.actionOf(index).action.type === 'hardlink' && places.push(place)),
  )
  if (places.length < 2) return
  const links = places.map((place) => {
    const index = order[place]!
    return { index, change: table.at(index)!, depth: undefined as number | undefined }
  })
  const pathOf = ({ new: next }: KeptChange): string => attribute(next!.action, 'path')!
  const byPath = new Map(links.map((link) => [pathOf(link.change), link]))
  for (const start of links) {
    const chain: typeof links = []
    let next: (typeof links)[number] | undefined = start
    while (next !== undefined && next.depth === undefined && !chain.includes(next)) {
      chain.push(next)
      next = byPath.get(targetOfHardLink(next.change.new!) ?? '')
    }
    const circle = next !== undefined && chain.includes(next)
    let level = circle ? Number.POSITIVE_INFINITY : (next?.depth ?? -1)
    for (const link of chain.reverse()) link.depth = ++level
  }
  // Sorting leaves links of one depth in the order that they have.
  links.sort((a, b) => compareDepth(a.depth!, b.depth!))
  for (const [at, place] of places.entries()) order[place] = links[at]!.index
}

function compareDepth(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** All removals (last first), all installs, all updates, over all packages. Source: image-plan §3. */
export function orderChanges(table: ChangeTable): ChangeTable {
  const compare = installationOrder(table)
  const indices = Uint32Array.from({ length: table.length }, (_, index) => index)
  const ofKind = (kind: KeptChange['kind']): Uint32Array =>
    indices.filter((index) => table.kindOf(index) === kind)
  const removals = ofKind('remove').sort((a, b) => compare(b, a) || a - b)
  const [installs, updates] = (['install', 'update'] as const).map((kind) => {
    const order = ofKind(kind).sort((a, b) => compare(a, b) || a - b)
    hardLinksAfterTargets(table, order)
    return order
  })
  return table.inOrder([removals, installs!, updates!])
}
