import type { Column, PackageId, StemId } from '#model'
import { createRunReader, type ReadRuns, runsOf } from '../lookup/dependency-runs.ts'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { dependenciesOf, isObsolete, type Universe } from '../lookup/universe.ts'

/** A reader that reads only the dependencies of open packages, if a stem has a long past. No rule excludes an open package. */
export interface OpenRuns {
  /** Gives the same runs as a reader of all packages. */
  readonly read: ReadRuns
  /** Some dependency was left out, because only excluded packages have it. */
  readonly isPartial: boolean
}

/** Number of dependencies from which on a stem has a long past. */
const LONG = 5_000
/** Most dependencies of open packages that are searched for in all packages; if there are more, all are read. */
const FEW = 40

const NOTHING: Column = new Int32Array(0)

/** Makes a reader. `openOf` gives the open packages of a stem, ascending. It reads only the incorporations of the stems `among`. */
export function createOpenRuns(
  universe: Universe,
  among: ReadonlySet<StemId>,
  openOf: (stem: StemId) => readonly PackageId[],
): OpenRuns {
  const { catalog } = universe
  const { dependencyStart } = catalog
  const readAll = createRunReader(universe)
  const entriesOf = (ids: Iterable<PackageId>) => {
    let count = 0
    for (const id of ids) count += dependencyStart[id + 1]! - dependencyStart[id]!
    return count
  }
  let isPartial = false
  return {
    get isPartial() {
      return isPartial
    },
    read(ids, from, to, visit, wanted) {
      const readWhole = () => readAll(ids, from, to, visit, wanted)
      const all = entriesOf(ids)
      if (all < LONG) return readWhole()
      const open = Int32Array.from(openOf(catalog.packageStem[ids[0]!]!))
      if (4 * entriesOf(open) > 3 * all) return readWhole()
      const carried = new Set<number>()
      for (const id of open) {
        if (isObsolete(catalog, id)) continue
        eachDependencyOn(catalog, id, among, (dependency) => {
          if (carried.has(dependency) || wanted?.(dependency) === false) return
          if (universe.conditionHolds(catalog.dependencyCondition[dependency]!)) carried.add(dependency)
        })
      }
      if (carried.size > FEW) return readWhole()
      isPartial = true
      const lists = Array.from(ids, (id) => (isObsolete(catalog, id) ? NOTHING : dependenciesOf(catalog, id)))
      const found = [...carried].map((dependency) => {
        const runs = runsOf(lists.length, (position) => lists[position]!.includes(dependency))
        return { dependency, runs, place: lists[runs[0]!]!.indexOf(dependency) }
      })
      // The order in which a reader of all packages gives them.
      found.sort((a, b) => a.runs[0]! - b.runs[0]! || a.place - b.place)
      for (const { dependency, runs } of found) {
        for (let run = 0; run < runs.length; run += 2) visit(dependency, runs[run]!, runs[run + 1]!)
      }
    },
  }
}
