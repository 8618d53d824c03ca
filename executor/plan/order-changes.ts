import { actionRank, attribute } from '#model'
import { compareInstallation } from '../action-key.ts'
import type { ChangeTable, KeptChange } from '../store/change-table.ts'
import { targetOfHardLink } from './consolidate.ts'

/** No directory: the key of an action is no path, or is kept as a text. */
const NO_DIRECTORY = -1

/**
 * Order of installation of the changes of a table, by index. Types and paths are looked up once, because there are millions of
 * comparisons.
 */
function installationOrder(table: ChangeTable): (a: number, b: number) => number {
  const { store } = table
  const types = new Uint8Array(table.length)
  const directories = new Int32Array(table.length)
  const names = new Int32Array(table.length)
  for (let index = 0; index < table.length; index++) {
    const kept = table.actionOf(index)
    types[index] = actionRank(kept.action.type)
    const path = store.pathOf(kept)
    directories[index] = path?.directory ?? NO_DIRECTORY
    names[index] = path?.name ?? 0
  }
  const { ranks, ends } = store.pathOrder()
  const isBelow = (directory: number, other: number): boolean =>
    ranks[directory]! > ranks[other]! && ranks[directory]! <= ends[other]!
  return (a, b) => {
    const type = types[a]! - types[b]!
    if (type !== 0) return type
    const [left, right] = [directories[a]!, directories[b]!]
    if (left === NO_DIRECTORY || right === NO_DIRECTORY)
      return compareInstallation(table.actionOf(a).action, table.actionOf(b).action)
    if (left === right) return store.compareNames(names[a]!, names[b]!)
    if (isBelow(right, left)) return store.compareWithInside(names[a]!, left, right)
    if (isBelow(left, right)) return -store.compareWithInside(names[b]!, right, left)
    return ranks[left]! - ranks[right]!
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

/** Indices in the order of a comparison. Stable. */
function sorted(indices: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  // The engine's own sorting makes a list of objects four times as large.
  let [from, to]: [Uint32Array, Uint32Array] = [indices, new Uint32Array(indices.length)]
  for (let width = 1; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length)
      const end = Math.min(middle + width, from.length)
      let [left, right] = [start, middle]
      for (let at = start; at < end; at++) {
        const takesLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0)
        to[at] = takesLeft ? from[left++]! : from[right++]!
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}

function indicesOf(table: ChangeTable, kind: KeptChange['kind']): Uint32Array {
  let count = 0
  for (let index = 0; index < table.length; index++) if (table.kindOf(index) === kind) count++
  const indices = new Uint32Array(count)
  for (let index = 0, at = 0; index < table.length; index++)
    if (table.kindOf(index) === kind) indices[at++] = index
  return indices
}

/** All removals (last first), all installs, all updates, over all packages. Source: image-plan §3. */
export function orderChanges(table: ChangeTable): ChangeTable {
  const compare = installationOrder(table)
  const removals = sorted(indicesOf(table, 'remove'), (a, b) => compare(b, a))
  const [installs, updates] = (['install', 'update'] as const).map((kind) => {
    const order = sorted(indicesOf(table, kind), compare)
    hardLinksAfterTargets(table, order)
    return order
  })
  return table.inOrder([removals, installs!, updates!])
}
