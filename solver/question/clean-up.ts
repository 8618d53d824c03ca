import type { PackageId, StemId } from '#model'
import { PackageFlag } from '#model'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { Depend, dependenciesOf, targetsOf, typeBits, type Universe } from '../lookup/universe.ts'

/** Types of dependencies that keep a renamed package. */
const LEADING = typeBits(
  ...Object.values(Depend).filter(
    (type) => type !== Depend.incorporate && type !== Depend.optional && type !== Depend.origin,
  ),
)

/**
 * Drops obsolete packages, and renamed packages that no living package leads to. `selected` has the selected package by stem id,
 * or -1; `stems` are the stems that may have one. Returns a new array. Source: solver-semantics §5.6.
 */
export function cleanUp(universe: Universe, selected: Int32Array, stems: Int32Array): Int32Array {
  const { catalog, installed } = universe
  const result = selected.slice()
  const renamed: StemId[] = []
  for (let index = 0; index < stems.length; index += 1) {
    const stem = stems[index]!
    const id = result[stem]!
    if (id < 0) continue
    const flags = catalog.packageFlags[id]!
    if ((flags & PackageFlag.obsolete) !== 0) result[stem] = -1
    else if ((flags & PackageFlag.renamed) !== 0) renamed.push(stem)
  }
  if (renamed.length === 0) return result
  const isRenamed = (id: PackageId) => (catalog.packageFlags[id]! & PackageFlag.renamed) !== 0
  /** Living packages that are new or changed. The dependencies of the others are in the index of the image. */
  const queue: PackageId[] = []
  for (let index = 0; index < stems.length; index += 1) {
    const id = result[stems[index]!]!
    if (id >= 0 && id !== installed[stems[index]!] && !isRenamed(id)) queue.push(id)
  }
  /** Renamed packages that a living package leads to, directly or through other renamed ones. */
  const needed = new Set<PackageId>()
  const leadsTo = (dependency: number, stem: StemId) => {
    if (((1 << catalog.dependencyType[dependency]!) & LEADING) === 0) return false
    const isStem = (target: number) => catalog.targetStem[target] === stem
    return (
      targetsOf(catalog, dependency).some(isStem) &&
      universe.conditionHolds(catalog.dependencyCondition[dependency]!)
    )
  }
  for (const stem of renamed) {
    const id = result[stem]!
    installedDependencies(universe).of(stem, (dependent, dependency) => {
      const stays = result[dependent] === installed[dependent] && !isRenamed(result[dependent]!)
      if (!stays || needed.has(id) || !leadsTo(dependency, stem)) return
      needed.add(id)
      queue.push(id)
    })
  }
  while (needed.size < renamed.length && queue.length > 0) {
    const id = queue.pop()!
    for (const dependency of dependenciesOf(catalog, id)) {
      if (((1 << catalog.dependencyType[dependency]!) & LEADING) === 0) continue
      for (const target of targetsOf(catalog, dependency)) {
        const other = result[catalog.targetStem[target]!]!
        if (other < 0 || !isRenamed(other) || needed.has(other)) continue
        if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) break
        needed.add(other)
        queue.push(other)
      }
    }
  }
  for (const stem of renamed) if (!needed.has(result[stem]!)) result[stem] = -1
  return result
}
