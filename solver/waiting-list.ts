import type { Catalog, StemId } from '#model'
import { Depend, firstTarget } from './universe.ts'

/** Dependency `dependency`, carried by the positions `first` to `last` of a stem. */
export type VisitWaiting = (stem: StemId, first: number, last: number, dependency: number) => void

/** Dependencies that say nothing until a stem is expanded, as linked lists in one array: millions must stay cheap. */
export interface WaitingList {
  add(waitsFor: StemId, stem: StemId, first: number, last: number, dependency: number): void
  /** Visits what waits for a stem and forgets it. */
  release(stem: StemId, visit: VisitWaiting): void
}

const WIDTH = 5

export function createWaitingList(stemCount: number): WaitingList {
  /** Place of the last cell by stem, plus 1. */
  const heads = new Int32Array(stemCount)
  let cells = new Int32Array(1 << 12)
  let used = 0
  return {
    add(waitsFor, stem, first, last, dependency) {
      if (used + WIDTH > cells.length) {
        const grown = new Int32Array(2 * cells.length)
        grown.set(cells)
        cells = grown
      }
      cells[used] = heads[waitsFor]!
      cells[used + 1] = stem
      cells[used + 2] = first
      cells[used + 3] = last
      cells[used + 4] = dependency
      heads[waitsFor] = used + 1
      used += WIDTH
    },
    release(stem, visit) {
      let cell = heads[stem]! - 1
      heads[stem] = 0
      while (cell >= 0) {
        const next = cells[cell]! - 1
        visit(cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!, cells[cell + 4]!)
        cell = next
      }
    },
  }
}

/** The dependency speaks at once. */
export const NOW = -1
/** It says nothing about other stems of the image. */
export const NEVER = -2

/** Stem that must be expanded before a dependency says anything, or `NOW`, or `NEVER`. */
export function waitsFor(catalog: Catalog, dependency: number): StemId {
  switch (catalog.dependencyType[dependency]) {
    case Depend.optional:
    case Depend.exclude:
      return catalog.targetStem[firstTarget(catalog, dependency)]!
    case Depend.incorporate: {
      const target = firstTarget(catalog, dependency)
      return catalog.targetVersion[target]! < 0 ? NEVER : catalog.targetStem[target]!
    }
    case Depend.conditional:
      return catalog.targetStem[catalog.dependencyPredicate[dependency]!]!
    case Depend.origin:
    case Depend.parent:
      return NEVER
    default:
      return NOW
  }
}
