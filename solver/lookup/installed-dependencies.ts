import { GrowingInts, type StemId } from '#model'
import { type Incorporations, incorporationsOf } from './incorporations.ts'
import { Depend, firstTarget, isObsolete, type Universe } from './universe.ts'
import { createWaits, NOW } from './waiting-list.ts'

/** What installed packages say, by the stems that they speak of. */
export interface InstalledDependencies {
  /** Visits the dependencies, whatever their tags, that have a stem among their targets or as predicate, and the stem that carries each. */
  of(stem: StemId, visit: VisitInstalled): void
  /** Visits those that ask for something where every stem stays as it is: in a sound image none. */
  unmet(visit: VisitInstalled): void
  /** Stems whose installed package incorporates something that counts in this image, ascending. */
  readonly incorporations: readonly StemId[]
}

/** Visits `dependency` of the installed package of `carrier`. */
export type VisitInstalled = (carrier: StemId, dependency: number) => void

/** For all requests in an image: a failure asks several. */
const known = new WeakMap<Universe, InstalledDependencies>()

/** Arranged when first asked for: most requests speak of a few stems, and an image has tens of thousands of dependencies. */
export function installedDependencies(universe: Universe): InstalledDependencies {
  const before = known.get(universe)
  if (before !== undefined) return before
  const all = arrange(universe)
  known.set(universe, all)
  return all
}

/** Numbers of a cell: the cell before plus 1, the carrier, the dependency. */
const WIDTH = 3

function arrange(universe: Universe): InstalledDependencies {
  const { catalog, installed, installedStems } = universe
  const { dependencyStart, dependencyList, dependencyType, dependencyPredicate } = catalog
  const { dependencyTargetStart, targetList, targetStem, targetLow } = catalog
  /** By stem, the last cell plus 1. */
  const heads = new Int32Array(catalog.stemCount)
  const list = new GrowingInts(WIDTH << 10)
  const unmet: number[] = []
  const incorporations: StemId[] = []
  const larges: { readonly carrier: StemId; readonly large: Incorporations }[] = []
  const waits = createWaits(catalog, installed, {
    isExpanded: () => false,
    isResting: (stem) => installed[stem]! >= 0 && !isObsolete(catalog, installed[stem]!),
  })
  const add = (stem: StemId, carrier: StemId, dependency: number) => {
    const head = heads[stem]!
    const last = WIDTH * (head - 1)
    if (head > 0 && list.at(last + 1) === carrier && list.at(last + 2) === dependency) return
    list.push(head)
    list.push(carrier)
    list.push(dependency)
    heads[stem] = list.length / WIDTH
  }
  let incorporates = false
  const read = (carrier: StemId, dependency: number) => {
    const start = dependencyTargetStart[dependency]!
    if (dependencyType[dependency] === Depend.require) {
      // Nearly all are like this, and met: no more is called for them than must be.
      const target = targetList[start]!
      const stem = targetStem[target]!
      const present = installed[stem]!
      add(stem, carrier, dependency)
      if (present < targetLow[target]! || present < 0 || isObsolete(catalog, present))
        unmet.push(carrier, dependency)
      return
    }
    const end = dependencyTargetStart[dependency + 1]!
    for (let index = start; index < end; index += 1) add(targetStem[targetList[index]!]!, carrier, dependency)
    const predicate = dependencyPredicate[dependency]!
    if (predicate >= 0) add(targetStem[predicate]!, carrier, dependency)
    if (waits(dependency) === NOW) unmet.push(carrier, dependency)
    if (!incorporates && dependencyType[dependency] === Depend.incorporate)
      incorporates = universe.conditionHolds(catalog.dependencyCondition[dependency]!)
  }
  for (let place = 0; place < installedStems.length; place += 1) {
    const carrier = installedStems[place]!
    const id = installed[carrier]!
    const large = incorporationsOf(catalog, id)
    incorporates = large !== undefined && universe.carriesTypes(id, 1 << Depend.incorporate)
    if (large === undefined) {
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) read(carrier, dependencyList[index]!)
    } else {
      larges.push({ carrier, large })
      for (const dependency of large.others) read(carrier, dependency)
      for (const stem of installedStems) {
        for (let at = large.place(stem); at > 0; at = large.placeBefore(at)) {
          const dependency = large.dependencyAt(at)
          if (waits(dependency) === NOW) unmet.push(carrier, dependency)
        }
      }
    }
    if (incorporates) incorporations.push(carrier)
  }
  const cells = list.values()
  return {
    incorporations,
    of(stem, visit) {
      for (let cell = heads[stem]!; cell > 0; cell = cells[WIDTH * (cell - 1)]!)
        visit(cells[WIDTH * (cell - 1) + 1]!, cells[WIDTH * (cell - 1) + 2]!)
      for (const { carrier, large } of larges) large.of(stem, (dependency) => visit(carrier, dependency))
    },
    unmet(visit) {
      for (let index = 0; index < unmet.length; index += 2) visit(unmet[index]!, unmet[index + 1]!)
    },
  }
}

/** Installed stems of which an installed package incorporates another version than the installed one. */
export function stemsOutOfStep(universe: Universe): ReadonlySet<StemId> {
  const { catalog } = universe
  const found = new Set<StemId>()
  installedDependencies(universe).unmet((_, dependency) => {
    if (catalog.dependencyType[dependency] === Depend.incorporate)
      found.add(catalog.targetStem[firstTarget(catalog, dependency)]!)
  })
  return found
}
