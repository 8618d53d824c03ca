import type { Catalog, Column, PublisherName, Stem } from '#model'
import type { Collection } from '../catalog/catalog-collect.ts'
import { type RunList, resolveTarget, targetBudget } from '../catalog/catalog-targets.ts'
import {
  compareKeys,
  createVersionKeys,
  type PackageVersions,
  type VersionKey,
} from '../catalog/catalog-version.ts'
import { tupleColumn } from './catalog-index.ts'

/** Publishers of an extended catalog. */
export interface Publishers {
  readonly names: readonly PublisherName[]
  /** New id by the extra collection's. */
  readonly ids: readonly number[]
}

/** Stems of an extended catalog, in order. */
export interface Stems {
  readonly count: number
  /** Old id of a new one, or -1 - index in `added`. */
  readonly source: Int32Array
  /** New id by old id. */
  readonly old: Int32Array
  /** New ids of those that the old catalog has not. */
  readonly added: readonly number[]
  /** New id by the extra collection's. */
  readonly extra: readonly number[]
  readonly name: (stem: number) => Stem
  /** New id of a name, or -1. */
  readonly find: (name: string) => number
}

/** Packages of an extended catalog, in order. */
export interface Places {
  /** Ids in the extra collection. */
  readonly added: readonly number[]
  readonly stemStart: Int32Array
  /** Old id of a new package, or -1 - id in the extra collection. */
  readonly source: Int32Array
  /** By new stem: whether it gained packages. */
  readonly grown: Uint8Array
  /** Key of a new package id; only asked for grown stems. */
  readonly key: (id: number) => VersionKey
}

/** One column after the other; the first itself when the second is empty. */
export function concat(a: Column, b: Int32Array): Column {
  if (b.length === 0) return a
  const result = new Int32Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}

/** Two start columns as one. */
export function joinStarts(a: Column, b: Int32Array): Column {
  const end = a.at(-1) ?? 0
  return concat(
    a,
    b.subarray(1).map((start) => start + end),
  )
}

/** A package column in the new order; `value` gives that of an extra package. */
export function gather({ source }: Places, old: Column, value: (extra: number) => number): Int32Array {
  const result = new Int32Array(source.length)
  for (let id = 0; id < source.length; id++) {
    const origin = source[id]!
    result[id] = origin >= 0 ? old[origin]! : value(-1 - origin)
  }
  return result
}

/** Version numbers within each stem; only stems that gained packages are counted anew. */
export function versionClasses(catalog: Catalog, places: Places): Int32Array {
  const { stemStart, grown, key } = places
  const classes = gather(places, catalog.packageVersionClass, () => 0)
  grown.forEach((isGrown, stem) => {
    if (isGrown === 0) return
    const first = stemStart[stem]!
    classes[first] = 0
    for (let id = first + 1; id < stemStart[stem + 1]!; id++) {
      classes[id] = classes[id - 1]! + (compareKeys(key(id - 1), key(id)) === 0 ? 0 : 1)
    }
  })
  return classes
}

/** Dependency lists by package. Old packages keep their order, so the lists between two new packages are copied in one piece. */
export function joinLists(
  catalog: Catalog,
  { packages: { dependencyStart: starts }, dependencyList: extra }: Collection,
  { added, source }: Places,
) {
  const count = (id: number) => starts[id + 1]! - starts[id]!
  const total = added.reduce((sum, id) => sum + count(id), catalog.dependencyList.length)
  const dependencyStart = new Int32Array(source.length + 1)
  const dependencyList = new Int32Array(total)
  let next = 0
  let copied = 0
  let reached = 0
  const copyReached = () => {
    dependencyList.set(catalog.dependencyList.subarray(copied, reached), next)
    next += reached - copied
    copied = reached
  }
  source.forEach((origin, id) => {
    if (origin >= 0) reached = catalog.dependencyStart[origin + 1]!
    else {
      copyReached()
      for (let at = starts[-1 - origin]!; at < starts[-origin]!; at++)
        dependencyList[next++] = extra[at]! + catalog.dependencyCount
    }
    dependencyStart[id + 1] = next + reached - copied
  })
  copyReached()
  return { dependencyStart, dependencyList }
}

/** Old targets moved with their stems, or resolved anew where the stem gained packages, and the extra ones. */
export function joinTargets(
  catalog: Catalog,
  { targets: extra, versionKey }: Collection,
  publishers: Publishers,
  stems: Stems,
  places: Places,
  text: (id: number) => number,
) {
  const count = catalog.targetCount + extra.count
  const keys = createVersionKeys()
  const list: RunList = { runs: [], budget: targetBudget }
  const targetStem = new Int32Array(count)
  const targetLow = new Int32Array(count)
  const targetRunStart = new Int32Array(count + 1)
  const unresolved = new Set<number>()
  const versions: PackageVersions = {
    key: places.key,
    timestamp: (id) => places.key(id).version.timestamp,
    isTimed: (id) => places.key(id).version.timestamp !== undefined,
  }
  const resolve = (id: number, stem: number, key: VersionKey | undefined) => {
    const end = places.stemStart[stem + 1]!
    const low = resolveTarget(key, places.stemStart[stem]!, end, versions, list)
    if (low === undefined) unresolved.add(id)
    targetLow[id] = low ?? end
  }
  for (let id = 0; id < catalog.targetCount; id++) {
    const old = catalog.targetStem[id]!
    const stem = stems.old[old]!
    targetStem[id] = stem
    if (places.grown[stem] === 1) {
      const version = catalog.targetVersion[id]!
      resolve(id, stem, version < 0 ? undefined : keys.parse(catalog.text(version)))
    } else {
      const shift = places.stemStart[stem]! - catalog.stemStart[old]!
      targetLow[id] = catalog.targetLow[id]! + shift
      const end = 2 * catalog.targetRunStart[id + 1]!
      for (let at = 2 * catalog.targetRunStart[id]!; at < end; at++)
        list.runs.push(catalog.targetRuns[at]! + shift)
    }
    targetRunStart[id + 1] = list.runs.length >> 1
  }
  const extraStems = tupleColumn(extra, 0)
  const extraTexts = tupleColumn(extra, 1)
  for (let index = 0; index < extra.count; index++) {
    const id = catalog.targetCount + index
    targetStem[id] = stems.extra[extraStems[index]!]!
    const version = extraTexts[index]!
    resolve(id, targetStem[id]!, version < 0 ? undefined : versionKey(version))
    targetRunStart[id + 1] = list.runs.length >> 1
  }
  const columns = {
    targetStem,
    targetVersion: concat(catalog.targetVersion, extraTexts.map(text)),
    targetPublisher: concat(
      catalog.targetPublisher,
      tupleColumn(extra, 2).map((one) => (one < 0 ? -1 : publishers.ids[one]!)),
    ),
    targetLow,
    targetRunStart,
    targetRuns: new Int32Array(list.runs),
  }
  return { columns, unresolved }
}
