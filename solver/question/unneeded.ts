import type { Catalog, Fmri, ImageSnapshot, StemId } from '#model'
import { createUniverse, Depend, targetsOf, typeBits } from '../lookup/universe.ts'

/** Types of dependencies that keep a package; `optional` keeps a package although it pulls none in. */
const KEEPING = typeBits(
  Depend.require,
  Depend.requireAny,
  Depend.conditional,
  Depend.group,
  Depend.groupAny,
  Depend.optional,
)

/**
 * Installed packages that the user did not name and that no other installed package depends on: `autoremove` uninstalls them.
 * Sorted by stem. Throws as `resolveInstall` does. Source: solver-semantics §2.2, cli §5.
 */
export function unneededPackages(catalog: Catalog, snapshot: ImageSnapshot): readonly Fmri[] {
  const universe = createUniverse(catalog, snapshot)
  const needed = new Set<StemId>()
  for (const stem of universe.installedStems) {
    universe.eachOfTypes(universe.installed[stem]!, KEEPING, (dependency) => {
      const predicate = catalog.dependencyPredicate[dependency]!
      // A conditional dependency does not apply without its predicate.
      if (predicate >= 0 && universe.installed[catalog.targetStem[predicate]!]! < 0) return
      for (const target of targetsOf(catalog, dependency))
        if (catalog.targetStem[target] !== stem) needed.add(catalog.targetStem[target]!)
    })
  }
  return snapshot.installed
    .filter(({ fmri, manual }) => !manual && !needed.has(catalog.findStem(fmri.stem)))
    .map(({ fmri }) => fmri)
}
