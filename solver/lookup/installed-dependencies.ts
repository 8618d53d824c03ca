import { GrowingInts, type StemId } from '#model'
import { type Incorporations, incorporationsOf } from './incorporations.ts'
import { memo } from './memo.ts'
import { createTriggers, NOW } from './trigger.ts'
import { Depend, firstTarget, isObsolete, type Universe } from './universe.ts'

/** Visits a dependency of the installed package of the stem `dependent`. */
type VisitInstalled = (dependent: StemId, dependency: number) => void

/** All searches in a universe share the index. */
const known = new WeakMap<Universe, InstalledDependencies>()

/** The index of an image. The first call makes it. */
export function installedDependencies(universe: Universe): InstalledDependencies {
  return memo(known, universe, makeIndex)
}

/** Numbers of a cell: the number of the next cell, the dependent, the dependency. */
const WIDTH = 3

/** The dependencies of the installed packages, indexed by target. */
function makeIndex(universe: Universe) {
  const { catalog, installed, installedStems } = universe
  const { dependencyStart, dependencyList, dependencyType, dependencyPredicate } = catalog
  const { dependencyTargetStart, targetList, targetStem, targetLow } = catalog
  /** By stem, the last cell plus 1. */
  const heads = new Int32Array(catalog.stemCount)
  const list = new GrowingInts()
  const unmet: number[] = []
  const incorporations: StemId[] = []
  const larges: { readonly dependent: StemId; readonly large: Incorporations }[] = []
  const triggerOf = createTriggers(catalog, installed, {
    isExpanded: () => false,
    isUnchanged: (stem) => installed[stem]! >= 0 && !isObsolete(catalog, installed[stem]!),
  })
  const add = (stem: StemId, dependent: StemId, dependency: number) => {
    const head = heads[stem]!
    const last = WIDTH * (head - 1)
    if (head > 0 && list.at(last + 1) === dependent && list.at(last + 2) === dependency) return
    list.push(head)
    list.push(dependent)
    list.push(dependency)
    heads[stem] = list.length / WIDTH
  }
  let incorporates = false
  const read = (dependent: StemId, dependency: number) => {
    const start = dependencyTargetStart[dependency]!
    if (dependencyType[dependency] === Depend.require) {
      // Nearly all dependencies are requirements that are met, so this case calls little.
      const target = targetList[start]!
      const stem = targetStem[target]!
      const present = installed[stem]!
      add(stem, dependent, dependency)
      if (present < targetLow[target]! || present < 0 || isObsolete(catalog, present))
        unmet.push(dependent, dependency)
      return
    }
    const end = dependencyTargetStart[dependency + 1]!
    for (let index = start; index < end; index += 1)
      add(targetStem[targetList[index]!]!, dependent, dependency)
    const predicate = dependencyPredicate[dependency]!
    if (predicate >= 0) add(targetStem[predicate]!, dependent, dependency)
    if (triggerOf(dependency) === NOW) unmet.push(dependent, dependency)
    if (!incorporates && dependencyType[dependency] === Depend.incorporate)
      incorporates = universe.conditionHolds(catalog.dependencyCondition[dependency]!)
  }
  for (let place = 0; place < installedStems.length; place += 1) {
    const dependent = installedStems[place]!
    const id = installed[dependent]!
    const large = incorporationsOf(catalog, id)
    incorporates = large !== undefined && universe.hasDependencyOf(id, 1 << Depend.incorporate)
    if (large === undefined) {
      const end = dependencyStart[id + 1]!
      for (let index = dependencyStart[id]!; index < end; index += 1) read(dependent, dependencyList[index]!)
    } else {
      larges.push({ dependent, large })
      for (const dependency of large.others) read(dependent, dependency)
      for (const stem of installedStems) {
        for (let at = large.place(stem); at > 0; at = large.placeBefore(at)) {
          const dependency = large.dependencyAt(at)
          if (triggerOf(dependency) === NOW) unmet.push(dependent, dependency)
        }
      }
    }
    if (incorporates) incorporations.push(dependent)
  }
  const cells = list.values()
  return {
    /** Stems whose installed package has an incorporate dependency whose tags pass, ascending. */
    incorporations: incorporations as readonly StemId[],
    /** Visits the dependencies, whatever their tags, that have a stem as target or predicate. */
    of(stem: StemId, visit: VisitInstalled) {
      for (let cell = heads[stem]!; cell > 0; cell = cells[WIDTH * (cell - 1)]!)
        visit(cells[WIDTH * (cell - 1) + 1]!, cells[WIDTH * (cell - 1) + 2]!)
      for (const { dependent, large } of larges) large.of(stem, (dependency) => visit(dependent, dependency))
    },
    /** Visits the dependencies that the installed packages do not meet: none in a consistent image. */
    unmet(visit: VisitInstalled) {
      for (let index = 0; index < unmet.length; index += 2) visit(unmet[index]!, unmet[index + 1]!)
    },
  }
}

export type InstalledDependencies = ReturnType<typeof makeIndex>

/** Installed stems whose version is outside what an installed package incorporates. */
export function stemsOutOfStep(universe: Universe): ReadonlySet<StemId> {
  const { catalog } = universe
  const found = new Set<StemId>()
  installedDependencies(universe).unmet((_, dependency) => {
    if (catalog.dependencyType[dependency] === Depend.incorporate)
      found.add(catalog.targetStem[firstTarget(catalog, dependency)]!)
  })
  return found
}
