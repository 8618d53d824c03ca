import { GrowingInts, type StemId } from '#model'

/** Visits a dependency of a stem and the positions `first` to `last` whose packages have it. */
export type VisitWaiting = (stem: StemId, first: number, last: number, dependency: number) => void

/** Dependencies that wait for the expansion of a stem. Linked lists in one array, because there are millions of entries. */
export function createWaitingList(stemCount: number) {
  /** By awaited stem: its last cell plus 1. */
  const heads = new Int32Array(stemCount)
  /** Cells of five numbers: the next cell plus 1, the stem, its first and last position, the dependency. */
  const list = new GrowingInts()
  const follow = (head: number, visit: VisitWaiting) => {
    // A cell never changes, so the array that a visitor leaves behind holds the whole chain.
    const cells = list.backing
    for (let cell = head - 1; cell >= 0; ) {
      const next = cells[cell]! - 1
      visit(cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!, cells[cell + 4]!)
      cell = next
    }
  }
  return {
    add(awaited: StemId, stem: StemId, first: number, last: number, dependency: number) {
      const next = heads[awaited]!
      heads[awaited] = list.length + 1
      list.push(next)
      list.push(stem)
      list.push(first)
      list.push(last)
      list.push(dependency)
    },
    /** Visits the dependencies that wait for a stem. */
    each: (awaited: StemId, visit: VisitWaiting) => follow(heads[awaited]!, visit),
    /** Visits the dependencies that wait for a stem, and removes them. */
    release(awaited: StemId, visit: VisitWaiting) {
      const head = heads[awaited]!
      heads[awaited] = 0
      follow(head, visit)
    },
  }
}
