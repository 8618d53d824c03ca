import type { Fmri, PackageId, StemId } from '#model'
import { compareVersions, parseVersion } from '#model'
import { Depend, firstTarget, typeBits, type Universe, versionOf } from '../lookup/universe.ts'

/** Name of the target that means the package itself in the parent image. */
export const SELF_TARGET = 'feature/package/dependency/self'

/** Origin dependencies on these stems need a probe of the hardware, which does not exist here: they count as met. */
const FIRMWARE = 'feature/firmware/'

const PARENTS = typeBits(Depend.parent)
const ORIGINS = typeBits(Depend.origin)

/** Origin and parent dependencies: tests against an image instead of clauses. Source: solver-semantics §4. */
export function createImageTests(universe: Universe) {
  const { catalog, installed, snapshot } = universe
  const parents = byStem(snapshot.parent)
  const roots = byStem(snapshot.root)
  const nameOf = (dependency: number) =>
    catalog.stemName(catalog.targetStem[firstTarget(catalog, dependency)]!)
  const wantedVersion = (dependency: number) => {
    const text = catalog.targetVersion[firstTarget(catalog, dependency)]!
    const version = text < 0 ? undefined : parseVersion(catalog.text(text))
    return version?.ok === true ? version.value : undefined
  }
  const firstFailing = (id: PackageId, types: number, holds: (dependency: number) => boolean) =>
    universe.findOfTypes(id, types, (dependency) => !holds(dependency))
  const originVersion = (dependency: number) => {
    if (catalog.dependencyRootImage[dependency] === 1) return roots?.get(nameOf(dependency))?.version
    const present = installed[catalog.targetStem[firstTarget(catalog, dependency)]!]!
    return present < 0 ? undefined : versionOf(catalog, present)
  }
  const originHolds = (dependency: number) => {
    const target = firstTarget(catalog, dependency)
    if (catalog.dependencyRootImage[dependency] !== 1) {
      const present = installed[catalog.targetStem[target]!]!
      return present < 0 || present >= catalog.targetLow[target]!
    }
    if (nameOf(dependency).startsWith(FIRMWARE)) return true
    const have = originVersion(dependency)
    const wanted = wantedVersion(dependency)
    return have === undefined || wanted === undefined || compareVersions(have, wanted) >= 0
  }
  const parentHolds = (id: PackageId, dependency: number, withPublisher: boolean) => {
    const name = nameOf(dependency)
    if (name === SELF_TARGET) {
      const same = parents?.get(catalog.stemName(catalog.packageStem[id]!))
      const version = versionOf(catalog, id)
      if (same?.version === undefined || version === undefined) return false
      if (withPublisher && same.publisher !== catalog.publishers[catalog.packagePublisher[id]!]) return false
      return compareVersions(same.version, version) === 0
    }
    const have = parents?.get(name)
    if (have === undefined) return false
    const publisher = catalog.targetPublisher[firstTarget(catalog, dependency)]!
    if (withPublisher && publisher >= 0 && have.publisher !== catalog.publishers[publisher]) return false
    if (catalog.targetVersion[firstTarget(catalog, dependency)]! < 0) return true
    const wanted = wantedVersion(dependency)
    return wanted !== undefined && have.version !== undefined && compareVersions(have.version, wanted) >= 0
  }
  const failingParent = (id: PackageId, withPublisher: boolean) =>
    parents === undefined
      ? -1
      : firstFailing(id, PARENTS, (dependency) => parentHolds(id, dependency, withPublisher))
  return {
    /** The first origin dependency of a package that fails, or -1. */
    failingOrigin: (id: PackageId) => firstFailing(id, ORIGINS, originHolds),
    /** The same for parent dependencies; -1 in an image without parent. */
    failingParent: (id: PackageId) => failingParent(id, true),
    /** The parent image has some version of the stem. */
    parentHas: (stem: StemId) => parents?.has(catalog.stemName(stem)) === true,
    /** Some parent dependency of an installed package fails, publishers aside. */
    isOutOfStep: () => universe.installedStems.some((stem) => failingParent(installed[stem]!, false) >= 0),
    /** The package has a parent dependency on itself. */
    followsParent(id: PackageId): boolean {
      return firstFailing(id, PARENTS, (dependency) => nameOf(dependency) !== SELF_TARGET) >= 0
    },
    /** The version that an origin dependency is compared with: in the image, or in the image at `/`. */
    originVersion,
  }
}

export type ImageTests = ReturnType<typeof createImageTests>

function byStem(fmris: readonly Fmri[] | undefined): ReadonlyMap<string, Fmri> | undefined {
  return fmris === undefined ? undefined : new Map(fmris.map((fmri) => [fmri.stem as string, fmri]))
}
