import type { Catalog, ImageSnapshot } from '#model'
import { createUniverse, dependenciesOf } from '../lookup/universe.ts'
import { createImageTests } from './image-tests.ts'

/**
 * Whether a change of facets or variants needs a search. It does if both change, if the image is out of step with its parent, or if
 * the change affects a dependency of an installed package or whether the variants allow it. Otherwise the installed packages are
 * the answer. The snapshots may differ in facets and variants only. Source: solver-semantics §5.7.
 */
export function settingsMatter(catalog: Catalog, before: ImageSnapshot, after: ImageSnapshot): boolean {
  const [old, changed] = [createUniverse(catalog, before), createUniverse(catalog, after)]
  if (facetsDiffer(before, after) && variantsDiffer(before, after)) return true
  if (createImageTests(changed).isOutOfStep()) return true
  return old.installedStems.some((stem) => {
    const id = old.installed[stem]!
    if (old.variantsSupported(id) !== changed.variantsSupported(id)) return true
    return dependenciesOf(catalog, id).some((dependency) => {
      const condition = catalog.dependencyCondition[dependency]!
      return old.conditionHolds(condition) !== changed.conditionHolds(condition)
    })
  })
}

function facetsDiffer(a: ImageSnapshot, b: ImageSnapshot): boolean {
  const text = ({ facets }: ImageSnapshot) =>
    JSON.stringify(facets.map(({ name, value, source }) => `${source} ${name} ${value}`).sort())
  return text(a) !== text(b)
}

function variantsDiffer({ variants: a }: ImageSnapshot, { variants: b }: ImageSnapshot): boolean {
  return a.size !== b.size || [...a].some(([name, value]) => b.get(name) !== value)
}
