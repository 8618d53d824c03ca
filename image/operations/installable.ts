import {
  type Catalog,
  createImageFilter,
  dependencyTypes,
  type ImageSnapshot,
  PackageFlag,
  type PackageId,
  type StemId,
} from '#model'
import { findPackage, packagesOf } from '../catalog-lookup.ts'
import type { InstalledState } from '../installed-state.ts'

const incorporateCode = dependencyTypes.indexOf('incorporate')

/**
 * Whether the image's variants and the incorporations of installed packages leave room for a version. A version whose metadata this
 * client cannot read passes, because seeing it tells the user that a newer client may be needed.
 */
export function installableTest(
  catalog: Catalog,
  state: InstalledState,
  snapshot: ImageSnapshot,
): (id: PackageId) => boolean {
  const filter = createImageFilter(snapshot.variants, snapshot.facets)
  /** By stem: the targets that installed packages pin it to. */
  const pins = new Map<number, number[]>()
  for (const { fmri } of state.packages) {
    const id = findPackage(catalog, fmri)
    if (id === undefined) continue
    for (let at = catalog.dependencyStart[id] ?? 0; at < (catalog.dependencyStart[id + 1] ?? 0); at++) {
      const dependency = catalog.dependencyList[at] ?? 0
      if (catalog.dependencyType[dependency] !== incorporateCode) continue
      const condition = catalog.dependencyCondition[dependency] ?? -1
      if (condition >= 0 && !filter.tagsApply(catalog.condition(condition))) continue
      const target = catalog.targetList[catalog.dependencyTargetStart[dependency] ?? 0] ?? 0
      const pinned = catalog.targetStem[target] ?? -1
      pins.set(pinned, [...(pins.get(pinned) ?? []), target])
    }
  }
  return (id) => {
    const variants = catalog.packageVariants[id] ?? -1
    if (variants >= 0 && !filter.packageVariantsSupported(catalog.condition(variants))) return false
    return (pins.get(catalog.packageStem[id] ?? -1) ?? []).every((target) => inRuns(catalog, target, id))
  }
}

function inRuns(catalog: Catalog, target: number, id: PackageId): boolean {
  for (let run = catalog.targetRunStart[target] ?? 0; run < (catalog.targetRunStart[target + 1] ?? 0); run++)
    if (id >= (catalog.targetRuns[run * 2] ?? 0) && id <= (catalog.targetRuns[run * 2 + 1] ?? -1)) return true
  return false
}

/**
 * Names that installed packages are going to be renamed to: an update brings them, so `list -a` does not offer them. Source: recordings
 * of the reference client (`list -a` with an old name installed).
 */
export function renameTargets(catalog: Catalog, state: InstalledState): ReadonlySet<StemId> {
  const targets = new Set<StemId>()
  for (const { fmri } of state.packages) {
    const installed = findPackage(catalog, fmri)
    if (installed === undefined) continue
    const [, end] = packagesOf(catalog, catalog.packageStem[installed] ?? 0)
    for (let id = installed + 1; id < end; id++) {
      if (((catalog.packageFlags[id] ?? 0) & PackageFlag.renamed) === 0) continue
      for (let at = catalog.dependencyStart[id] ?? 0; at < (catalog.dependencyStart[id + 1] ?? 0); at++) {
        const target = catalog.targetList[catalog.dependencyTargetStart[catalog.dependencyList[at] ?? 0] ?? 0]
        targets.add(catalog.targetStem[target ?? 0] ?? -1)
      }
    }
  }
  return targets
}
