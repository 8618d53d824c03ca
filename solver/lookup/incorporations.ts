import type { Catalog, PackageId, StemId } from '#model'
import type { VisitRun } from './dependency-runs.ts'
import { memo } from './memo.ts'
import { Depend, isObsolete } from './universe.ts'

/** Minimum number of dependencies for which an index pays. */
const LARGE = 500

/** Most indexes kept per catalog: one request uses a few, many requests in one process may use hundreds. */
const MOST = 32

const known = new WeakMap<Catalog, Map<PackageId, Incorporations>>()

/** The index of a package with many dependencies; undefined for packages with few. */
export function incorporationsOf(catalog: Catalog, id: PackageId): Incorporations | undefined {
  if (catalog.dependencyStart[id + 1]! - catalog.dependencyStart[id]! < LARGE) return undefined
  const lists = memo(known, catalog, () => new Map<PackageId, Incorporations>())
  const list = memo(lists, id, () => makeIndex(catalog, id))
  const eldest = lists.keys().next().value
  if (lists.size > MOST && eldest !== undefined) lists.delete(eldest)
  return list
}

/**
 * The dependencies of a release incorporation, indexed by target: it has tens of thousands of dependencies, and a request uses a
 * few hundred stems.
 */
function makeIndex(catalog: Catalog, id: PackageId) {
  const { dependencyStart, dependencyList, dependencyType, dependencyTargetStart, targetList, targetStem } =
    catalog
  const start = dependencyStart[id]!
  const end = dependencyStart[id + 1]!
  const others: number[] = []
  /** By stem, the place of its last dependency in the list, counted from `start - 1`; by place, that of the one before. */
  const heads = new Int32Array(catalog.stemCount)
  const before = new Int32Array(end - start)
  for (let index = start; index < end; index += 1) {
    const dependency = dependencyList[index]!
    if (dependencyType[dependency] !== Depend.incorporate) {
      others.push(dependency)
      continue
    }
    const stem = targetStem[targetList[dependencyTargetStart[dependency]!]!]!
    before[index - start] = heads[stem]!
    heads[stem] = index - start + 1
  }
  return {
    /** Dependencies of other types, in the order of the manifest. */
    others: others as readonly number[],
    /** Place of the last of them, or 0. */
    place: (stem: StemId) => heads[stem]!,
    /** Place of the one before, or 0. */
    placeBefore: (place: number) => before[place - 1]!,
    dependencyAt: (place: number) => dependencyList[start + place - 1]!,
    /** Visits the incorporate dependencies with a stem as target, whatever their tags. */
    of(stem: StemId, visit: (dependency: number) => void) {
      for (let place = heads[stem]!; place > 0; place = before[place - 1]!) {
        visit(dependencyList[start + place - 1]!)
      }
    },
  }
}

export type Incorporations = ReturnType<typeof makeIndex>

/** Visits the dependencies of a package. If it has many, it skips the incorporate dependencies whose target is not in `stems`. */
export function eachDependencyOn(
  catalog: Catalog,
  id: PackageId,
  stems: Iterable<StemId> | (() => Iterable<StemId>),
  visit: (dependency: number) => void,
): void {
  const large = incorporationsOf(catalog, id)
  if (large !== undefined) {
    for (const dependency of large.others) visit(dependency)
    for (const stem of typeof stems === 'function' ? stems() : stems) large.of(stem, visit)
    return
  }
  const end = catalog.dependencyStart[id + 1]!
  for (let index = catalog.dependencyStart[id]!; index < end; index += 1)
    visit(catalog.dependencyList[index]!)
}

/** Most versions of which each is indexed. */
const WIDEST = 4

/**
 * The dependencies of the newest versions of a stem, as runs of positions. The window of the packages from the position `from`
 * on; undefined if they are many, or have few dependencies.
 */
export function incorporationWindow(catalog: Catalog, ids: Int32Array, from: number) {
  if (ids.length - from > WIDEST) return undefined
  const packages: (Incorporations | undefined)[] = []
  for (let position = from; position < ids.length; position += 1) {
    const id = ids[position]!
    const list = isObsolete(catalog, id) ? undefined : incorporationsOf(catalog, id)
    if (list === undefined && !isObsolete(catalog, id)) return undefined
    packages.push(list)
  }
  if (packages.every((list) => list === undefined)) return undefined
  const runsOf = (read: (list: Incorporations, note: (dependency: number) => void) => void) => {
    /** Pairs (first, last) by dependency. */
    const runs = new Map<number, number[]>()
    packages.forEach((list, index) => {
      if (list === undefined) return
      const position = from + index
      read(list, (dependency) => {
        const pairs = runs.get(dependency)
        if (pairs === undefined) runs.set(dependency, [position, position])
        else if (pairs[pairs.length - 1]! >= position - 1) pairs[pairs.length - 1] = position
        else pairs.push(position, position)
      })
    })
    const found: number[] = []
    for (const [dependency, pairs] of runs) {
      for (let index = 0; index < pairs.length; index += 2)
        found.push(dependency, pairs[index]!, pairs[index + 1]!)
    }
    return found
  }
  return {
    /** Visits the dependencies of other types than incorporate. */
    others(visit: VisitRun) {
      const runs = runsOf((list, note) => list.others.forEach(note))
      for (let run = 0; run < runs.length; run += 3) visit(runs[run]!, runs[run + 1]!, runs[run + 2]!)
    },
    /** The incorporate dependencies with a stem as target: three numbers for each run, the dependency and its first and last position. */
    of(stem: StemId): readonly number[] {
      // Every expansion asks, and mostly there is one dependency or none: that case makes no map.
      let runs: number[] | undefined
      for (let index = 0; index < packages.length; index += 1) {
        const list = packages[index]
        if (list === undefined) continue
        const position = from + index
        for (let place = list.place(stem); place > 0; place = list.placeBefore(place)) {
          const dependency = list.dependencyAt(place)
          if (runs === undefined) {
            runs = [dependency, position, position]
            continue
          }
          let run = runs.length - 3
          while (run >= 0 && runs[run] !== dependency) run -= 3
          if (run >= 0 && runs[run + 2]! >= position - 1) runs[run + 2] = position
          else runs.push(dependency, position, position)
          if (runs.length > 3 * FEW) return runsOf((each, note) => each.of(stem, note))
        }
      }
      return runs ?? NO_RUNS
    },
  }
}

export type IncorporationWindow = NonNullable<ReturnType<typeof incorporationWindow>>

const NO_RUNS: readonly number[] = []

/** Most runs that a linear search finds faster than a map. */
const FEW = 16
