import { type Catalog, PackageFlag } from '#model'
import { Depend, type Universe } from './universe.ts'

/**
 * Visits a dependency of a stem, and the positions `first` to `last` (no gaps) whose packages have it. Its tags pass, except
 * those of an incorporate dependency, which are not tested: there are many, and few matter.
 */
export type VisitRun = (dependency: number, first: number, last: number) => void

/**
 * Reads the dependencies of a stem's candidates between the positions `from` and `to` as runs of positions, so that many versions
 * with the same dependency count once. Runs end at both positions. Obsolete candidates have no dependencies. The catalog
 * determines the order. `wanted` selects dependencies (default: all).
 */
export type ReadRuns = (
  candidates: Int32Array,
  from: number,
  to: number,
  visit: VisitRun,
  wanted?: (dependency: number) => boolean,
) => void

/** The state of a reader by dependency. It is as large as the catalog, so all searches in a catalog share it. */
interface Marks {
  round: number
  /**
   * Three numbers for each dependency: the last round that read it (negative if it was left out), and the first and last position
   * of its run. They lie together, because most of this memory is never used.
   */
  readonly cells: Int32Array
}

const marksOf = new WeakMap<Catalog, Marks>()

/** Makes a reader of the dependencies of a universe. `visit` must not read. */
export function createRunReader(universe: Universe): ReadRuns {
  const { catalog } = universe
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition, packageFlags } = catalog
  // Made on demand: of most stems, one version is read.
  let marks = marksOf.get(catalog)
  const applies = (dependency: number) => {
    const condition = dependencyCondition[dependency]!
    return (
      condition < 0 || dependencyType[dependency] === Depend.incorporate || universe.conditionHolds(condition)
    )
  }
  const readOne = (
    id: number,
    position: number,
    visit: VisitRun,
    wanted?: (dependency: number) => boolean,
  ) => {
    if ((packageFlags[id]! & PackageFlag.obsolete) !== 0) return
    const end = dependencyStart[id + 1]!
    for (let index = dependencyStart[id]!; index < end; index += 1) {
      const dependency = dependencyList[index]!
      if (wanted !== undefined && !wanted(dependency)) continue
      if (applies(dependency)) visit(dependency, position, position)
    }
  }
  return (candidates, from, to, visit, wanted) => {
    if (from === to) {
      readOne(candidates[from]!, from, visit, wanted)
      return
    }
    if (marks === undefined) {
      marks = marksOf.get(catalog) ?? { round: 0, cells: new Int32Array(3 * catalog.dependencyCount) }
      marksOf.set(catalog, marks)
    }
    marks.round += 1
    const { round, cells } = marks
    const seen: number[] = []
    for (let position = from; position <= to; position += 1) {
      const id = candidates[position]!
      if ((packageFlags[id]! & PackageFlag.obsolete) !== 0) continue
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) {
        const dependency = dependencyList[index]!
        const at = 3 * dependency
        const mark = cells[at]!
        if (mark === -round) continue
        if (mark === round) {
          if (cells[at + 2]! >= position - 1) {
            cells[at + 2] = position
            continue
          }
          visit(dependency, cells[at + 1]!, cells[at + 2]!)
        } else {
          if ((wanted !== undefined && !wanted(dependency)) || !applies(dependency)) {
            cells[at] = -round
            continue
          }
          cells[at] = round
          seen.push(dependency)
        }
        cells[at + 1] = position
        cells[at + 2] = position
      }
    }
    for (let index = 0; index < seen.length; index += 1) {
      const dependency = seen[index]!
      visit(dependency, cells[3 * dependency + 1]!, cells[3 * dependency + 2]!)
    }
  }
}

/** The runs of positions where `isInRun` is true, as pairs (first, last). */
export function runsOf(length: number, isInRun: (position: number) => boolean): readonly number[] {
  let runs: number[] | undefined
  for (let first = 0; first < length; first += 1) {
    if (!isInRun(first)) continue
    let last = first
    while (last + 1 < length && isInRun(last + 1)) last += 1
    // Mostly there is one run, and a list that grows would reserve memory for eight.
    if (runs === undefined) runs = [first, last]
    else runs.push(first, last)
    first = last + 1
  }
  return runs ?? NO_RUNS
}

const NO_RUNS: readonly number[] = []
