import type { Catalog, Column, Fmri, ImageFilter, ImageSnapshot, PackageId, StemId, Version } from '#model'
import {
  compareVersions,
  createImageFilter,
  dependencyTypes,
  GrowingInts,
  PackageFlag,
  parseVersion,
} from '#model'
import { memo } from './memo.ts'

/** Codes of `Catalog.dependencyType` by name. */
export const Depend = {
  require: dependencyTypes.indexOf('require'),
  requireAny: dependencyTypes.indexOf('require-any'),
  optional: dependencyTypes.indexOf('optional'),
  exclude: dependencyTypes.indexOf('exclude'),
  incorporate: dependencyTypes.indexOf('incorporate'),
  conditional: dependencyTypes.indexOf('conditional'),
  group: dependencyTypes.indexOf('group'),
  groupAny: dependencyTypes.indexOf('group-any'),
  origin: dependencyTypes.indexOf('origin'),
  parent: dependencyTypes.indexOf('parent'),
} as const

/** A set of dependency types as bits. */
export function typeBits(...types: readonly number[]): number {
  return types.reduce((bits, type) => bits | (1 << type), 0)
}

/**
 * The catalog from the view of one image: installed packages by id, publishers by rank, tags evaluated. Makes a universe.
 * Throws if an installed package is missing from the catalog (see `ResolveInput`).
 */
export function createUniverse(catalog: Catalog, snapshot: ImageSnapshot) {
  const publisherCount = catalog.publishers.length
  const rank = new Int32Array(publisherCount).fill(snapshot.publishers.length)
  const sticky = new Uint8Array(publisherCount)
  const enabled = new Uint8Array(publisherCount)
  snapshot.publishers.forEach((publisher, position) => {
    const id = catalog.publishers.indexOf(publisher.name)
    if (id < 0) return
    rank[id] = position
    enabled[id] = publisher.enabled ? 1 : 0
    sticky[id] = publisher.enabled && publisher.sticky ? 1 : 0
  })
  const installed = new Int32Array(catalog.stemCount).fill(-1)
  const installedStems: StemId[] = []
  for (const { fmri } of snapshot.installed) {
    const id = findPackage(catalog, fmri)
    if (id < 0) throw new Error(`installed package ${fmri.stem} is not in the catalog`)
    const stem = catalog.packageStem[id]!
    installed[stem] = id
    installedStems.push(stem)
  }
  installedStems.sort((a, b) => a - b)
  const avoided = new Uint8Array(catalog.stemCount)
  for (const name of snapshot.avoided) {
    const stem = catalog.findStem(name)
    if (stem >= 0) avoided[stem] = 1
  }
  const filter = createImageFilter(snapshot.variants, snapshot.facets)
  const conditionHolds = memoised(catalog, (tags) => filter.tagsApply(tags))
  const { dependencyStart, dependencyList, dependencyType, dependencyCondition } = catalog
  /** The first dependency of a package with one of some types (`typeBits`) and passing tags that `wanted` accepts; else -1. */
  const findOfTypes = (id: PackageId, types: number, wanted: (dependency: number) => boolean) => {
    const end = dependencyStart[id + 1]!
    for (let index = dependencyStart[id]!; index < end; index += 1) {
      const dependency = dependencyList[index]!
      if (((1 << dependencyType[dependency]!) & types) === 0) continue
      if (conditionHolds(dependencyCondition[dependency]!) && wanted(dependency)) return dependency
    }
    return -1
  }
  const fmris = new Map<PackageId, Fmri>()
  const supported = memoised(catalog, (tags) => filter.packageVariantsSupported(tags))
  return {
    catalog,
    snapshot,
    /** Installed package by stem id, or -1. */
    installed,
    /** Ids of stems with an installed package, ascending. */
    installedStems: installedStems as readonly StemId[],
    /** Rank by publisher id, 0 is best; publishers the image does not know come last. */
    rank,
    /** 1 by publisher id where enabled and sticky. */
    sticky,
    /** 1 by publisher id where enabled. */
    enabled,
    /** 1 by stem id where the administrator avoids the stem. */
    avoided,
    /** The facet and variant tags of a condition pass; true for no condition (-1). */
    conditionHolds,
    /** The variants of the image allow the package. */
    variantsSupported: (id: PackageId) => supported(catalog.packageVariants[id]!),
    /** Offered by an enabled publisher, or installed. */
    known: (id: PackageId) =>
      installed[catalog.packageStem[id]!] === id ||
      (enabled[catalog.packagePublisher[id]!] === 1 &&
        (catalog.packageFlags[id]! & PackageFlag.installedOnly) === 0),
    findOfTypes,
    /** Visits the dependencies of a package that have one of some types (`typeBits`) and whose tags pass. */
    eachOfTypes(id: PackageId, types: number, visit: (dependency: number) => void) {
      findOfTypes(id, types, (dependency) => {
        visit(dependency)
        return false
      })
    },
    /** Some dependency of one of the types has tags that pass. */
    hasDependencyOf: (id: PackageId, types: number) => findOfTypes(id, types, () => true) >= 0,
    /** The catalog has origin or parent dependencies, which are tests against an image. */
    testsImages: () => testsImages(catalog),
    /** FMRI of a package. */
    fmri: (id: PackageId) => memo(fmris, id, () => fmriOf(catalog, id)),
  }
}

export type Universe = ReturnType<typeof createUniverse>

const imageTests = new WeakMap<Catalog, boolean>()

/** Remembered for each catalog, because it reads every dependency. */
function testsImages(catalog: Catalog): boolean {
  const includes = (type: number) => catalog.dependencyType.includes(type)
  return memo(imageTests, catalog, () => includes(Depend.origin) || includes(Depend.parent))
}

function memoised(
  catalog: Catalog,
  decide: (tags: Parameters<ImageFilter['tagsApply']>[0]) => boolean,
): (condition: number) => boolean {
  /** By condition 1 or -1, and 0 where nobody asked yet. */
  const answers = new GrowingInts(256)
  return (condition) => {
    if (condition < 0) return true
    answers.lengthen(condition + 1)
    if (answers.at(condition) === 0) answers.set(condition, decide(catalog.condition(condition)) ? 1 : -1)
    return answers.at(condition) === 1
  }
}

/** Id of a full FMRI in a catalog, or -1. */
export function findPackage(catalog: Catalog, fmri: Fmri): PackageId {
  const exact = catalog.findFmri(fmri)
  if (exact >= 0) return exact
  const stem = catalog.findStem(fmri.stem)
  if (stem < 0 || fmri.version === undefined) return -1
  const publisher = fmri.publisher === undefined ? -1 : catalog.publishers.indexOf(fmri.publisher)
  if (fmri.publisher !== undefined && publisher < 0) return -1
  const first = catalog.stemStart[stem]!
  const fits = (id: PackageId) => publisher < 0 || catalog.packagePublisher[id] === publisher
  for (let id = first; id < catalog.stemStart[stem + 1]!; id += 1) {
    const version = versionOf(catalog, id)
    if (fits(id) && version !== undefined && compareVersions(version, fmri.version) === 0) return id
  }
  return -1
}

/** All packages of a stem, ascending. */
export function packagesOf({ stemStart }: Catalog, stem: StemId): Int32Array {
  const first = stemStart[stem]!
  const ids = new Int32Array(stemStart[stem + 1]! - first)
  for (let index = 0; index < ids.length; index += 1) ids[index] = first + index
  return ids
}

/** Version of a package; undefined if the text in the catalog is no version. */
export function versionOf(catalog: Catalog, id: PackageId): Version | undefined {
  const parsed = parseVersion(catalog.packageVersion(id))
  return parsed.ok ? parsed.value : undefined
}

/** FMRI of a package. */
export function fmriOf(catalog: Catalog, id: PackageId): Fmri {
  return {
    publisher: catalog.publishers[catalog.packagePublisher[id]!]!,
    stem: catalog.stemName(catalog.packageStem[id]!),
    version: versionOf(catalog, id),
  }
}

/** Whether a package is inside a target (AUTO). */
export function isInsideTarget(catalog: Catalog, target: number, id: PackageId): boolean {
  const end = catalog.targetRunStart[target + 1]!
  for (let run = catalog.targetRunStart[target]!; run < end; run += 1) {
    if (id < catalog.targetRuns[2 * run]!) return false
    if (id <= catalog.targetRuns[2 * run + 1]!) return true
  }
  return false
}

/** Dependencies of a package. A loop that runs for every package reads `dependencyList` itself: this makes an object. */
export function dependenciesOf({ dependencyList, dependencyStart }: Catalog, id: PackageId): Column {
  return dependencyList.subarray(dependencyStart[id]!, dependencyStart[id + 1]!)
}

/** Targets of a dependency. A loop that runs for every dependency reads `targetList` itself: this makes an object. */
export function targetsOf({ targetList, dependencyTargetStart }: Catalog, dependency: number): Column {
  return targetList.subarray(dependencyTargetStart[dependency]!, dependencyTargetStart[dependency + 1]!)
}

/** First target of a dependency; every type has one. */
export function firstTarget(catalog: Catalog, dependency: number): number {
  return catalog.targetList[catalog.dependencyTargetStart[dependency]!]!
}

/** Whether the package is obsolete. */
export function isObsolete(catalog: Catalog, id: PackageId): boolean {
  return (catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0
}

/** Types of dependencies that can pull a package in. */
export const PULLS = typeBits(
  Depend.require,
  Depend.requireAny,
  Depend.conditional,
  Depend.group,
  Depend.groupAny,
)

/** Whether dependencies of a type can pull a package in. */
export function isPull(type: number): boolean {
  return ((1 << type) & PULLS) !== 0
}

/** Whether a package (-1: none) meets one target of a dependency of a type. Source: solver-semantics §4. */
export function isMet({ catalog }: Universe, type: number, target: number, id: PackageId): boolean {
  if (id < 0) return !isPull(type)
  const isNewEnough = id >= catalog.targetLow[target]!
  if (type === Depend.incorporate) {
    return catalog.targetVersion[target]! < 0 || isInsideTarget(catalog, target, id)
  }
  if (type === Depend.optional) return isNewEnough
  if (type === Depend.exclude) return isObsolete(catalog, id) || !isNewEnough
  if (type === Depend.group || type === Depend.groupAny) return true
  return isNewEnough && !isObsolete(catalog, id)
}
