import type { Column, PackageId, StemId } from '#model'
import { createRunReader, type ReadRuns, runsOf } from '../lookup/dependency-runs.ts'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { isObsolete, type Universe } from '../lookup/universe.ts'

/** Reads, of stems with a long past, only what packages carry that no rule exclusions. */
export interface OpenRuns {
  /** Runs are as long as with all packages. */
  readonly read: ReadRuns
  /** Some dependency was left out, because only packages that some rule exclusions carry it. */
  readonly isPartial: boolean
}

/** Dependencies of the packages of a stem, from which on it has a long past. */
const LONG = 5_000
/** Dependencies of the open packages that are looked for in all packages; where there are more, all are read. */
const FEW = 40

const NOTHING: Column = new Int32Array(0)

/** `openOf`: the packages of a stem, ascending, that no rule exclusions. Incorporations are only looked for that speak of `among`. */
export function createOpenRuns(
  universe: Universe,
  among: ReadonlySet<StemId>,
  openOf: (stem: StemId) => readonly PackageId[],
): OpenRuns {
  const { catalog } = universe
  const { dependencyStart, dependencyList } = catalog
  const readAll = createRunReader(universe)
  const entriesOf = (ids: Iterable<PackageId>) => {
    let count = 0
    for (const id of ids) count += dependencyStart[id + 1]! - dependencyStart[id]!
    return count
  }
  const dependenciesOf = (id: PackageId): Column =>
    dependencyList.subarray(dependencyStart[id]!, dependencyStart[id + 1]!)
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
      const lists = Array.from(ids, (id) => (isObsolete(catalog, id) ? NOTHING : dependenciesOf(id)))
      const found = [...carried].map((dependency) => {
        const runs = runsOf(lists.length, (position) => lists[position]!.includes(dependency))
        return { dependency, runs, place: lists[runs[0]!]!.indexOf(dependency) }
      })
      // As they come when all packages are read.
      found.sort((a, b) => a.runs[0]! - b.runs[0]! || a.place - b.place)
      for (const { dependency, runs } of found) {
        for (let run = 0; run < runs.length; run += 2) visit(dependency, runs[run]!, runs[run + 1]!)
      }
    },
  }
}
