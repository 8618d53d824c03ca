import type { PackageId } from '#model'
import { incorporationsOf } from '../lookup/incorporations.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, firstTarget, isInsideTarget } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'

/** Longest chain of incorporations that a named package may start. Source: solver-semantics §5.2. */
const DEPTH = 10

/**
 * Finds the packages older than the installed ones that an incorporation permits, each with the packages that start the chain
 * (repair D1 of solver-semantics §7.1). `mayStart` tells which packages can be selected at all.
 */
export function findDowngrades(
  question: Question,
  mayStart: (id: PackageId) => boolean,
): ReadonlyMap<PackageId, readonly PackageId[]> {
  const { universe, request } = question
  const { catalog, installed } = universe
  const permits = new Map<PackageId, PackageId[]>()
  if (question.exact || universe.installedStems.length === 0) return permits
  const pushed = createPushReader(question)
  if (question.everything) {
    for (const stem of universe.installedStems) {
      for (let id = installed[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
        if (pushed.some(id) && mayStart(id)) search(question, pushed.all, id, permits, 1)
      }
    }
    return permits
  }
  for (const ids of request.named.values()) {
    for (const id of ids) if (mayStart(id)) search(question, pushed.all, id, permits, DEPTH)
  }
  return permits
}

/**
 * Reads the incorporate targets of a package that the image does not meet: these move an installed package. Most packages have
 * none, and many searches read the same packages, so the reader remembers.
 */
function createPushReader(question: Question): {
  some(id: PackageId): boolean
  all(id: PackageId): readonly number[]
} {
  const { universe, request } = question
  const { catalog, installed } = universe
  /** By dependency: 0 unknown, 1 moves an installed package, 2 does not. */
  const kinds = new Uint8Array(catalog.dependencyCount)
  const byPackage = new Map<PackageId, readonly number[]>()
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition } = catalog
  const kindOf = (dependency: number) => {
    if (dependencyType[dependency] !== Depend.incorporate) return 2
    const target = firstTarget(catalog, dependency)
    const stem = catalog.targetStem[target]!
    const present = installed[stem]!
    return present < 0 || request.rejected.has(stem) || isInsideTarget(catalog, target, present) ? 2 : 1
  }
  /** The search needs the index of its incorporations anyway. */
  const isOneOfFew = (id: PackageId) =>
    (request.named.get(catalog.packageStem[id]!)?.length ?? FEW + 1) <= FEW
  /** Place of the next dependency that moves a package, from `index` on, or `end`. */
  const next = (index: number, end: number) => {
    let at = index
    for (; at < end; at += 1) {
      const dependency = dependencyList[at]!
      if (kinds[dependency] === 2) continue
      if (kinds[dependency] === 0) kinds[dependency] = kindOf(dependency)
      if (kinds[dependency] === 1 && universe.conditionHolds(dependencyCondition[dependency]!)) break
    }
    return at
  }
  const readAll = (id: PackageId) => {
    const targets: number[] = []
    const end = dependencyStart[id + 1]!
    const large = isOneOfFew(id) ? incorporationsOf(catalog, id) : undefined
    if (large === undefined) {
      for (let at = next(dependencyStart[id]!, end); at < end; at = next(at + 1, end))
        targets.push(firstTarget(catalog, dependencyList[at]!))
    } else {
      const add = (dependency: number) => {
        if (kindOf(dependency) === 1 && universe.conditionHolds(dependencyCondition[dependency]!))
          targets.push(firstTarget(catalog, dependency))
      }
      for (const stem of universe.installedStems) large.of(stem, add)
    }
    return targets
  }
  return {
    some: (id) => next(dependencyStart[id]!, dependencyStart[id + 1]!) < dependencyStart[id + 1]!,
    all: (id) => memo(byPackage, id, readAll),
  }
}

/** Most named packages of a stem that are each indexed. */
const FEW = 4

function search(
  question: Question,
  pushed: (id: PackageId) => readonly number[],
  start: PackageId,
  permits: Map<PackageId, PackageId[]>,
  depth: number,
): void {
  const { universe } = question
  const { catalog, installed } = universe
  if (pushed(start).length === 0) return
  const startHold = catalog.packageHold[start]! < 0 ? undefined : catalog.text(catalog.packageHold[start]!)
  const classes = catalog.packageVersionClass
  const seen = new Set<PackageId>([start])
  let front: PackageId[] = [start]
  for (let level = 1; level <= depth && front.length > 0; level += 1) {
    const next: PackageId[] = []
    for (const holder of front) {
      for (const target of pushed(holder)) {
        const presentClass = classes[installed[catalog.targetStem[target]!]!]!
        for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
          for (let id = catalog.targetRuns[2 * run]!; id <= catalog.targetRuns[2 * run + 1]!; id += 1) {
            const isOlder = classes[id]! < presentClass
            // A newer package can only continue the chain.
            if (!isOlder && level === depth) break
            if (seen.has(id) || !universe.known(id)) continue
            if (isOlder) {
              if (catalog.packagePublisher[id] !== catalog.packagePublisher[holder]) continue
              if (!holdPermits(question, id, startHold)) continue
              memo(permits, id, (): PackageId[] => []).push(start)
            }
            seen.add(id)
            next.push(id)
          }
        }
      }
    }
    front = next
  }
}

function holdPermits(question: Question, id: PackageId, startHold: string | undefined): boolean {
  const { catalog } = question.universe
  const hold = catalog.packageHold[id]!
  if (hold < 0) return true
  return startHold !== undefined && catalog.text(hold).startsWith(startHold)
}
