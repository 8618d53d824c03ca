import { type Catalog, PackageFlag } from '#model'
import { Depend, type Universe } from './universe.ts'

/**
 * Receives one dependency of a stem with the positions `first` to `last` (no gaps) whose packages carry it. Its tags pass,
 * but those of an incorporate dependency were not looked at: there are many, and few of them come to bear.
 */
export type VisitRun = (dependency: number, first: number, last: number) => void

/**
 * Reads the dependencies of a stem's candidates between the positions `from` and `to` as runs of positions, so that what many
 * versions say alike is said once. Runs end at both positions, whatever comes beyond. Obsolete candidates say nothing. The
 * order is fixed by the catalog. Dependencies that are not `wanted` (default: all are) are left out.
 */
export type ReadRuns = (
  candidates: Int32Array,
  from: number,
  to: number,
  visit: VisitRun,
  wanted?: (dependency: number) => boolean,
) => void

/** What a reader remembers of each dependency while it reads: as large as the catalog, so that all searches on it share it. */
interface Marks {
  round: number
  /**
   * Three numbers for each dependency: the last round that met it (negative where it was left out), and the first and last position of
   * its run. They lie together, because most of this memory is never touched.
   */
  readonly words: Int32Array
}

const marksOf = new WeakMap<Catalog, Marks>()

/** A reader of the dependencies of a universe. `visit` must not read. */
export function createRunReader(universe: Universe): ReadRuns {
  const { catalog } = universe
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition, packageFlags } = catalog
  // Made when a stem needs them: of most stems one version is read, or a few.
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
      marks = marksOf.get(catalog) ?? { round: 0, words: new Int32Array(3 * catalog.dependencyCount) }
      marksOf.set(catalog, marks)
    }
    marks.round += 1
    const { round, words } = marks
    const seen: number[] = []
    for (let position = from; position <= to; position += 1) {
      const id = candidates[position]!
      if ((packageFlags[id]! & PackageFlag.obsolete) !== 0) continue
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) {
        const dependency = dependencyList[index]!
        const at = 3 * dependency
        const mark = words[at]!
        if (mark === -round) continue
        if (mark === round) {
          if (words[at + 2]! >= position - 1) {
            words[at + 2] = position
            continue
          }
          visit(dependency, words[at + 1]!, words[at + 2]!)
        } else {
          if ((wanted !== undefined && !wanted(dependency)) || !applies(dependency)) {
            words[at] = -round
            continue
          }
          words[at] = round
          seen.push(dependency)
        }
        words[at + 1] = position
        words[at + 2] = position
      }
    }
    for (let index = 0; index < seen.length; index += 1) {
      const dependency = seen[index]!
      visit(dependency, words[3 * dependency + 1]!, words[3 * dependency + 2]!)
    }
  }
}

/** Positions where `isInRun` is true, as pairs (first, last). */
export function runsOf(length: number, isInRun: (position: number) => boolean): readonly number[] {
  let runs: number[] | undefined
  for (let first = 0; first < length; first += 1) {
    if (!isInRun(first)) continue
    let last = first
    while (last + 1 < length && isInRun(last + 1)) last += 1
    // Mostly there is one, and a list that grows would take the room of eight.
    if (runs === undefined) runs = [first, last]
    else runs.push(first, last)
    first = last + 1
  }
  return runs ?? NO_RUNS
}

const NO_RUNS: readonly number[] = []
