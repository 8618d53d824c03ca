import type { PackageId } from '#model'
import { Depend, firstTarget } from '../lookup/universe.ts'
import type { Fragments } from './fragment.ts'
import type { VisitWaiting } from './waiting-list.ts'

/** Returns a writer of optional, exclude and incorporate dependencies: they forbid versions and pull nothing in. */
export function createLimitWriter(fragments: Fragments): VisitWaiting {
  const { catalog, clauses, variables } = fragments
  return (stem, first, last, dependency) => {
    const target = firstTarget(catalog, dependency)
    const other = catalog.targetStem[target]!
    const ids = variables.candidates(other)
    /** Writes "the stem is not at first..last, or the other stem not at from..to"; nothing for an empty range. */
    const forbid = (from: number, to: number) => {
      if (from > to) return
      fragments.begin(stem, first, last)
      fragments.outside(other, from, to)
      clauses.end()
    }
    const type = catalog.dependencyType[dependency]
    if (type === Depend.optional) {
      forbid(0, firstAtLeast(ids, catalog.targetLow[target]!) - 1)
      return
    }
    if (type === Depend.exclude) {
      forbid(firstAtLeast(ids, catalog.targetLow[target]!), ids.length - 1)
      return
    }
    let open = 0
    for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
      const from = firstAtLeast(ids, catalog.targetRuns[2 * run]!)
      const end = firstAtLeast(ids, catalog.targetRuns[2 * run + 1]! + 1)
      if (from === end) continue
      forbid(open, from - 1)
      open = end
    }
    forbid(open, ids.length - 1)
  }
}

/**
 * First position whose package id is `id` or higher. Positions of equal versions are not in order of id, but `id` is always the
 * first id of a version, or the one past its last.
 */
function firstAtLeast(ids: Int32Array, id: PackageId): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}
