import { type Catalog, GrowingInts, type StemId } from '#model'
import { Depend, firstTarget, isInsideTarget } from './universe.ts'

/** Dependency `dependency`, carried by the positions `first` to `last` of a stem. */
export type VisitWaiting = (stem: StemId, first: number, last: number, dependency: number) => void

/** Dependencies that say nothing until a stem is expanded, as linked lists in one array: millions must stay cheap. */
export interface WaitingList {
  add(waitsFor: StemId, stem: StemId, first: number, last: number, dependency: number): void
  /** Visits what waits for a stem. */
  each(stem: StemId, visit: VisitWaiting): void
  /** The same, and forgets it. */
  release(stem: StemId, visit: VisitWaiting): void
}

export function createWaitingList(stemCount: number): WaitingList {
  /** Place of the last cell by stem, plus 1. */
  const heads = new Int32Array(stemCount)
  const list = new GrowingInts(1 << 12)
  const follow = (head: number, visit: VisitWaiting) => {
    // A cell does not change once it is written, so the array that a visitor leaves behind holds the whole chain.
    const cells = list.backing
    for (let cell = head - 1; cell >= 0; ) {
      const next = cells[cell]! - 1
      visit(cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!, cells[cell + 4]!)
      cell = next
    }
  }
  return {
    add(waitsFor, stem, first, last, dependency) {
      const before = heads[waitsFor]!
      heads[waitsFor] = list.length + 1
      list.push(before)
      list.push(stem)
      list.push(first)
      list.push(last)
      list.push(dependency)
    },
    each: (stem, visit) => follow(heads[stem]!, visit),
    release(stem, visit) {
      const head = heads[stem]!
      heads[stem] = 0
      follow(head, visit)
    },
  }
}

/** The dependency speaks at once. */
export const NOW = -1
/** It says nothing about other stems of the image. */
export const NEVER = -2

/** How the encoder has a stem. */
export interface StemStates {
  isExpanded(stem: StemId): boolean
  /** Not expanded, and taken to be at its installed package, which is not obsolete. */
  isResting(stem: StemId): boolean
}

/**
 * Tells for a dependency the stem that must be expanded before it says anything, or `NOW`, or `NEVER`. It says nothing while
 * stems that are not expanded meet it as they are taken to be: absent, or at rest.
 */
export function createWaits(
  catalog: Catalog,
  base: Int32Array,
  { isExpanded, isResting }: StemStates,
): (dependency: number) => StemId {
  const stemOf = (target: number) => catalog.targetStem[target]!
  const isMetAtRest = (target: number) => {
    const stem = stemOf(target)
    return isResting(stem) && base[stem]! >= catalog.targetLow[target]!
  }
  const isThereAtRest = (target: number) => isResting(stemOf(target))
  const choiceAtRest = (dependency: number, isGood: (target: number) => boolean) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      if (isGood(catalog.targetList[index]!)) return stemOf(catalog.targetList[index]!)
    }
    return NOW
  }
  const limit = (target: number, fits: boolean) => {
    const stem = stemOf(target)
    return isExpanded(stem) || (isResting(stem) && !fits) ? NOW : stem
  }
  return (dependency) => {
    const target = firstTarget(catalog, dependency)
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        return isMetAtRest(target) ? stemOf(target) : NOW
      case Depend.requireAny:
        return choiceAtRest(dependency, isMetAtRest)
      case Depend.group:
      case Depend.groupAny:
        return choiceAtRest(dependency, isThereAtRest)
      case Depend.optional:
        return limit(target, base[stemOf(target)]! >= catalog.targetLow[target]!)
      case Depend.exclude:
        return limit(target, base[stemOf(target)]! < catalog.targetLow[target]!)
      case Depend.incorporate:
        if (catalog.targetVersion[target]! < 0) return NEVER
        return limit(
          target,
          !isResting(stemOf(target)) || isInsideTarget(catalog, target, base[stemOf(target)]!),
        )
      case Depend.conditional: {
        const predicate = catalog.dependencyPredicate[dependency]!
        const cause = stemOf(predicate)
        if (!isExpanded(cause) && !isMetAtRest(predicate)) return cause
        return isMetAtRest(target) ? stemOf(target) : NOW
      }
      default:
        return NEVER
    }
  }
}
