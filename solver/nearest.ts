import type { SolveRequest } from '#model'
import type { Universe } from './universe.ts'

const MOST = 3

/** Known (for update and uninstall: installed) names a few slips of the keyboard away from `name`, best first. */
export function nearestNames(universe: Universe, request: SolveRequest, name: string): readonly string[] {
  const { catalog, installed } = universe
  const mustBeInstalled = request.operation === 'update' || request.operation === 'uninstall'
  const wanted = name.slice(name.lastIndexOf('/') + 1)
  const limit = Math.max(1, Math.floor(wanted.length / 4))
  if (wanted === '' || /[*?]/.test(name)) return []
  const found: { name: string; distance: number }[] = []
  for (let stem = 0; stem < catalog.stemCount; stem += 1) {
    if (catalog.stemStart[stem] === catalog.stemStart[stem + 1]) continue
    if (mustBeInstalled && installed[stem]! < 0) continue
    const text = catalog.stemName(stem)
    const last = text.slice(text.lastIndexOf('/') + 1)
    const distance = last === wanted ? 0 : editDistance(last, wanted, limit)
    if (distance <= limit) found.push({ name: text, distance })
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return found.slice(0, MOST).map((entry) => entry.name)
}

/** Insertions, deletions, changes and swaps of neighbours; anything above `limit` when it is more than that. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      let best = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + same)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, beforeLast[column - 2]! + 1)
      }
      next.push(best)
    }
    if (Math.min(...next) > limit) return limit + 1
    beforeLast = last
    last = next
  }
  return last[b.length]!
}
