import type { PackageId } from '#model'
import type { Question } from './question.ts'
import { Depend, firstTarget, isInsideTarget } from './universe.ts'

/** Depth of the chain of incorporations that one named package may start. Source: solver-semantics §5.2. */
const DEPTH = 10

/**
 * Versions older than installed that an incorporation asks for, each with the packages whose selection permits it (the
 * first link of the chain, repair D1 of solver-semantics §7.1). `mayStart` says which packages can be selected at all.
 */
export function findDowngrades(
  question: Question,
  mayStart: (id: PackageId) => boolean,
): ReadonlyMap<PackageId, readonly PackageId[]> {
  const { universe, wish } = question
  const { catalog, installed } = universe
  const permits = new Map<PackageId, PackageId[]>()
  if (question.exact) return permits
  const pushed = createPushReader(question)
  if (question.everything) {
    for (const stem of universe.installedStems) {
      for (let id = installed[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
        if (pushed(id).length > 0 && mayStart(id)) search(question, pushed, id, permits, 1)
      }
    }
    return permits
  }
  for (const ids of wish.named.values()) {
    for (const id of ids) if (mayStart(id)) search(question, pushed, id, permits, DEPTH)
  }
  return permits
}

/**
 * The targets that would move an installed package: the incorporate dependencies of a package that the image does not
 * meet. Most packages have none, and many searches pass the same packages.
 */
function createPushReader(question: Question): (id: PackageId) => readonly number[] {
  const { universe, wish } = question
  const { catalog, installed } = universe
  /** By dependency: 0 not looked at, 1 moves an installed package, 2 does not. */
  const kinds = new Uint8Array(catalog.dependencyCount)
  const byPackage = new Map<PackageId, readonly number[]>()
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition } = catalog
  const kindOf = (dependency: number) => {
    if (dependencyType[dependency] !== Depend.incorporate) return 2
    const target = firstTarget(catalog, dependency)
    const stem = catalog.targetStem[target]!
    const present = installed[stem]!
    return present < 0 || wish.rejected.has(stem) || isInsideTarget(catalog, target, present) ? 2 : 1
  }
  return (id) => {
    let targets = byPackage.get(id)
    if (targets === undefined) {
      let found: number[] = NONE
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) {
        const dependency = dependencyList[index]!
        let kind = kinds[dependency]!
        if (kind === 2) continue
        if (kind === 0) {
          kind = kindOf(dependency)
          kinds[dependency] = kind
          if (kind === 2) continue
        }
        if (!universe.conditionHolds(dependencyCondition[dependency]!)) continue
        if (found === NONE) found = []
        found.push(firstTarget(catalog, dependency))
      }
      targets = found
      byPackage.set(id, targets)
    }
    return targets
  }
}

const NONE: number[] = []

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
  const seen = new Set<PackageId>([start])
  let front: PackageId[] = [start]
  for (let level = 0; level < depth && front.length > 0; level += 1) {
    const next: PackageId[] = []
    for (const holder of front) {
      for (const target of pushed(holder)) {
        const present = installed[catalog.targetStem[target]!]!
        for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
          for (let id = catalog.targetRuns[2 * run]!; id <= catalog.targetRuns[2 * run + 1]!; id += 1) {
            if (seen.has(id) || !universe.known(id)) continue
            const older = catalog.packageVersionClass[id]! < catalog.packageVersionClass[present]!
            if (older) {
              if (catalog.packagePublisher[id] !== catalog.packagePublisher[holder]) continue
              if (!holdPermits(question, id, startHold)) continue
              const list = permits.get(id)
              if (list === undefined) permits.set(id, [start])
              else list.push(start)
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
