import { PackageFlag } from '#model'
import { Depend, type Universe } from './universe.ts'

/**
 * Receives one dependency of a stem with the positions `first` to `last` (no gaps) whose packages carry it. Its tags pass,
 * but those of an incorporate dependency were not looked at: there are many, and few of them come to bear.
 */
export type VisitRun = (dependency: number, first: number, last: number) => void

/**
 * Reads the dependencies of a stem's candidates as runs of positions, so that what many versions say alike is said once.
 * Obsolete candidates say nothing. The order is fixed by the catalog.
 */
export function createRunReader(universe: Universe): (candidates: Int32Array, visit: VisitRun) => void {
  const { catalog } = universe
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition } = catalog
  const stamp = new Int32Array(catalog.dependencyCount)
  const firstOf = new Int32Array(catalog.dependencyCount)
  const lastOf = new Int32Array(catalog.dependencyCount)
  let round = 0
  const applies = (dependency: number) => {
    const condition = dependencyCondition[dependency]!
    return (
      condition < 0 || dependencyType[dependency] === Depend.incorporate || universe.conditionHolds(condition)
    )
  }
  const readOne = (id: number, visit: VisitRun) => {
    if ((catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0) return
    const end = dependencyStart[id + 1]!
    for (let index = dependencyStart[id]!; index < end; index += 1) {
      const dependency = dependencyList[index]!
      if (applies(dependency)) visit(dependency, 0, 0)
    }
  }
  return (candidates, visit) => {
    if (candidates.length === 1) {
      readOne(candidates[0]!, visit)
      return
    }
    round += 1
    const seen: number[] = []
    for (let position = 0; position < candidates.length; position += 1) {
      const id = candidates[position]!
      if ((catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0) continue
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) {
        const dependency = dependencyList[index]!
        if (stamp[dependency] === round) {
          if (lastOf[dependency]! >= position - 1) {
            lastOf[dependency] = position
            continue
          }
          visit(dependency, firstOf[dependency]!, lastOf[dependency]!)
        } else {
          if (!applies(dependency)) continue
          stamp[dependency] = round
          seen.push(dependency)
        }
        firstOf[dependency] = position
        lastOf[dependency] = position
      }
    }
    for (const dependency of seen) visit(dependency, firstOf[dependency]!, lastOf[dependency]!)
  }
}

/** Positions where `isInRun` is true, as pairs (first, last). */
export function runsOf(length: number, isInRun: (position: number) => boolean): readonly number[] {
  const runs: number[] = []
  for (let position = 0; position < length; position += 1) {
    if (!isInRun(position)) continue
    const last = runs.length - 1
    if (last > 0 && runs[last] === position - 1) runs[last] = position
    else runs.push(position, position)
  }
  return runs
}
