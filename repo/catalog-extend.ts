import { type Catalog, PackageFlag, type PublisherName, type Stem } from '#model'
import {
  type CatalogEntry,
  type CollectedPackage,
  type CollectedTarget,
  type Collection,
  collectEntries,
} from './catalog-collect.ts'
import { sortedOrder } from './catalog-index.ts'
import { findSorted, stemOfPackages } from './catalog-tables.ts'
import { type RunList, resolveTarget, targetBudget } from './catalog-targets.ts'
import { compareKeys, createVersionKeys, unpackTimestamp, type VersionKey } from './catalog-version.ts'

/**
 * A catalog that also holds the given packages, usually installed ones that no publisher offers any more. Entries that
 * the catalog has (equal publisher, stem and version) change nothing; without others the same catalog comes back. All
 * ids may differ from those of the old catalog, which stays as it is and in use. Costs copies of the number arrays, not
 * another reading of the catalog.
 */
export function extendCatalog(catalog: Catalog, entries: Iterable<CatalogEntry>): Catalog {
  const extra = collectEntries([], entries)
  const keys = createVersionKeys()
  const keyOf = (id: number): VersionKey => {
    const key = keys.parse(catalog.packageVersion(id))
    if (key === undefined) throw new Error(`package ${id} has no version`)
    return key
  }
  const publishers = extendPublishers(catalog, extra)
  const added = newPackages(catalog, extra, publishers.ids, keyOf)
  if (added.length === 0) return catalog
  const stems = extendStems(catalog, extra)
  const places = placePackages(catalog, added, stems, publishers.ids, keyOf)
  return assemble(catalog, extra, publishers, stems, places)
}

interface Publishers {
  readonly names: readonly PublisherName[]
  /** New id by the extra collection's. */
  readonly ids: readonly number[]
}

function extendPublishers(catalog: Catalog, extra: Collection): Publishers {
  const names = [...catalog.publishers]
  const ids = extra.publishers.map((name) => {
    const known = names.indexOf(name)
    return known >= 0 ? known : names.push(name) - 1
  })
  return { names, ids }
}

/** Extra packages that the catalog has not, each once. */
function newPackages(
  catalog: Catalog,
  extra: Collection,
  publisherIds: readonly number[],
  keyOf: (id: number) => VersionKey,
): readonly CollectedPackage[] {
  const kept: CollectedPackage[] = []
  const byStem = new Map<number, CollectedPackage[]>()
  for (const one of extra.packages) {
    const publisher = publisherIds[one.publisher]!
    const stem = catalog.findStem(extra.stems[one.stem]!)
    const siblings = byStem.get(one.stem) ?? []
    byStem.set(one.stem, siblings)
    if (siblings.some((other) => other.publisher === one.publisher && compareKeys(other.key, one.key) === 0))
      continue
    if (stem >= 0 && holds(catalog, stem, publisher, one.key, keyOf)) continue
    siblings.push(one)
    kept.push(one)
  }
  return kept
}

function holds(
  catalog: Catalog,
  stem: number,
  publisher: number,
  key: VersionKey,
  keyOf: (id: number) => VersionKey,
): boolean {
  let low = catalog.stemStart[stem]!
  let high = catalog.stemStart[stem + 1]!
  const end = high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(keyOf(middle), key) < 0) low = middle + 1
    else high = middle
  }
  for (; low < end && compareKeys(keyOf(low), key) === 0; low++) {
    if (catalog.packagePublisher[low] === publisher) return true
  }
  return false
}

interface Stems {
  readonly count: number
  /** Old id of a new one, or -1 - index in `added`. */
  readonly source: Int32Array
  /** New id by old id. */
  readonly old: Int32Array
  /** New id by the extra collection's. */
  readonly extra: readonly number[]
  readonly name: (stem: number) => Stem
}

function extendStems(catalog: Catalog, extra: Collection): Stems {
  const unknown = extra.stems.filter((name) => catalog.findStem(name) < 0)
  const added = sortedOrder(unknown).map((index) => unknown[index]!)
  const count = catalog.stemCount + added.length
  const source = new Int32Array(count)
  const old = new Int32Array(catalog.stemCount)
  let next = 0
  let from = 0
  added.forEach((name, index) => {
    const before = insertionPoint(catalog, name)
    for (; from < before; from++, next++) {
      source[next] = from
      old[from] = next
    }
    source[next++] = -1 - index
  })
  for (; from < catalog.stemCount; from++, next++) {
    source[next] = from
    old[from] = next
  }
  const name = (stem: number) => {
    const origin = source[stem]!
    return origin >= 0 ? catalog.stemName(origin) : (added[-1 - origin]! as Stem)
  }
  return { count, source, old, extra: extra.stems.map((text) => findSorted(text, count, name)), name }
}

/** Number of old stems below a name. */
function insertionPoint(catalog: Catalog, name: string): number {
  let low = 0
  let high = catalog.stemCount
  while (low < high) {
    const middle = (low + high) >>> 1
    if (catalog.stemName(middle) < name) low = middle + 1
    else high = middle
  }
  return low
}

interface Places {
  readonly added: readonly CollectedPackage[]
  readonly stemStart: Int32Array
  /** Old id of a new package, or -1 - index in `added`. */
  readonly source: Int32Array
  /** By new stem: whether it gained packages. */
  readonly grown: Uint8Array
  /** Key of a new package id; only asked for grown stems. */
  readonly key: (id: number) => VersionKey
}

function placePackages(
  catalog: Catalog,
  added: readonly CollectedPackage[],
  stems: Stems,
  publisherIds: readonly number[],
  keyOf: (id: number) => VersionKey,
): Places {
  const byStem = new Map<number, number[]>()
  added.forEach((one, index) => {
    const stem = stems.extra[one.stem]!
    const list = byStem.get(stem)
    if (list === undefined) byStem.set(stem, [index])
    else list.push(index)
  })
  const source = new Int32Array(catalog.packageCount + added.length)
  const stemStart = new Int32Array(stems.count + 1)
  const grown = new Uint8Array(stems.count)
  const keys = new Map<number, VersionKey>()
  const key = (origin: number): VersionKey => {
    if (origin < 0) return added[-1 - origin]!.key
    const known = keys.get(origin) ?? keyOf(origin)
    keys.set(origin, known)
    return known
  }
  const publisher = (origin: number) =>
    origin < 0 ? publisherIds[added[-1 - origin]!.publisher]! : catalog.packagePublisher[origin]!
  let next = 0
  for (let stem = 0; stem < stems.count; stem++) {
    const old = stems.source[stem]!
    const first = next
    if (old >= 0)
      for (let id = catalog.stemStart[old]!; id < catalog.stemStart[old + 1]!; id++) source[next++] = id
    const more = byStem.get(stem)
    if (more !== undefined) {
      grown[stem] = 1
      for (const index of more) source[next++] = -1 - index
      const sorted = Array.from(source.subarray(first, next))
      source.set(
        sorted.sort((a, b) => compareKeys(key(a), key(b)) || publisher(a) - publisher(b)),
        first,
      )
    }
    stemStart[stem + 1] = next
  }
  return { added, stemStart, source, grown, key: (id) => key(source[id]!) }
}

function highest(...columns: readonly Int32Array[]): number {
  let highest = -1
  for (const column of columns) for (const value of column) if (value > highest) highest = value
  return highest
}

function assemble(
  catalog: Catalog,
  extra: Collection,
  publishers: Publishers,
  stems: Stems,
  places: Places,
): Catalog {
  const { added, source, stemStart } = places
  // Ids of the extra texts and conditions begin above those that the old catalog can be asked for.
  const textBase = highest(catalog.targetVersion, catalog.packageHold) + 1
  const conditionBase = highest(catalog.dependencyCondition, catalog.packageVariants) + 1
  const text = (id: number) => (id < 0 ? -1 : id + textBase)
  const condition = (id: number) => (id < 0 ? -1 : id + conditionBase)
  const target = (id: number) => (id < 0 ? -1 : id + catalog.targetCount)
  const column = (old: Int32Array, value: (one: CollectedPackage) => number) =>
    Int32Array.from(source, (origin) => (origin >= 0 ? old[origin]! : value(added[-1 - origin]!)))
  const dependencies = joinLists(catalog, places)
  const targets = joinTargets(catalog, extra, publishers, stems, places, text)
  const more = <T>(old: Int32Array, items: readonly T[], value: (item: T) => number) =>
    concat(old, Int32Array.from(items, value))
  const flags = column(catalog.packageFlags, (one) => one.flags)
  const result: Catalog = {
    publishers: publishers.names,
    stemCount: stems.count,
    packageCount: source.length,
    stemStart,
    packageStem: stemOfPackages(stemStart),
    packagePublisher: column(catalog.packagePublisher, (one) => publishers.ids[one.publisher]!),
    packageFlags: flags,
    packageVersionClass: versionClasses(catalog, places),
    packageHold: column(catalog.packageHold, (one) => text(one.hold)),
    packageVariants: column(catalog.packageVariants, (one) => condition(one.variants)),
    ...dependencies,
    dependencyCount: catalog.dependencyCount + extra.dependencies.length,
    dependencyType: more(catalog.dependencyType, extra.dependencies, (one) => one.type),
    dependencyCondition: more(catalog.dependencyCondition, extra.dependencies, (one) =>
      condition(one.condition),
    ),
    dependencyTargetStart: joinStarts(
      catalog.dependencyTargetStart,
      extra.dependencies.map((one) => one.targets.length),
    ),
    targetList: concat(
      catalog.targetList,
      Int32Array.from(
        extra.dependencies.flatMap((one) => one.targets),
        target,
      ),
    ),
    dependencyPredicate: more(catalog.dependencyPredicate, extra.dependencies, (one) =>
      target(one.predicate),
    ),
    dependencyRootImage: more(catalog.dependencyRootImage, extra.dependencies, (one) =>
      one.rootImage ? 1 : 0,
    ),
    targetCount: catalog.targetCount + extra.targets.length,
    ...targets.columns,
    stemName: stems.name,
    findStem: (name) => findSorted(name, stems.count, stems.name),
    packageVersion(id) {
      const origin = source[id]!
      return origin >= 0 ? catalog.packageVersion(origin) : writtenVersion(extra, added[-1 - origin]!)
    },
    manifestSha1(id) {
      const origin = source[id]!
      return origin >= 0 ? catalog.manifestSha1(origin) : added[-1 - origin]!.manifestSha1
    },
    text: (id) => (id >= textBase ? extra.texts[id - textBase]! : catalog.text(id)),
    condition: (id) => (id >= conditionBase ? tagsOf(extra, id - conditionBase) : catalog.condition(id)),
  }
  flagCarriers(result, targets.unresolved)
  return result
}

function writtenVersion(extra: Collection, one: CollectedPackage): string {
  const text = extra.texts[one.text]!
  return one.timestamp === 0 ? text : `${text}:${unpackTimestamp(one.timestamp)}`
}

function tagsOf(extra: Collection, id: number) {
  return extra.conditions[id]!.map((tag) => ({
    name: extra.texts[tag.name]!,
    values: tag.values.map((value) => extra.texts[value]!),
  }))
}

function concat(a: Int32Array, b: Int32Array): Int32Array {
  const result = new Int32Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}

function joinStarts(old: Int32Array, lengths: readonly number[]): Int32Array {
  let sum = old.at(-1) ?? 0
  return concat(
    old,
    Int32Array.from(lengths, (length) => (sum += length)),
  )
}

function versionClasses(catalog: Catalog, { source, stemStart, grown, key }: Places): Int32Array {
  const classes = Int32Array.from(source, (origin) =>
    origin >= 0 ? catalog.packageVersionClass[origin]! : 0,
  )
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

/** Dependency lists by package. Old packages keep their order, so what lies between two new ones is copied in one piece. */
function joinLists(catalog: Catalog, { added, source }: Places) {
  const total = added.reduce((sum, one) => sum + one.dependencies.length, catalog.dependencyList.length)
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
      for (const one of added[-1 - origin]!.dependencies)
        dependencyList[next++] = one + catalog.dependencyCount
    }
    dependencyStart[id + 1] = next + reached - copied
  })
  copyReached()
  return { dependencyStart, dependencyList }
}

function joinTargets(
  catalog: Catalog,
  extra: Collection,
  publishers: Publishers,
  stems: Stems,
  places: Places,
  text: (id: number) => number,
) {
  const count = catalog.targetCount + extra.targets.length
  const keys = createVersionKeys()
  const list: RunList = { runs: [], budget: targetBudget }
  const targetStem = new Int32Array(count)
  const targetLow = new Int32Array(count)
  const targetRunStart = new Int32Array(count + 1)
  const unresolved = new Set<number>()
  const resolve = (id: number, stem: number, key: VersionKey | undefined) => {
    const end = places.stemStart[stem + 1]!
    const low = resolveTarget(key, places.stemStart[stem]!, end, places.key, list)
    if (low === undefined) unresolved.add(id)
    targetLow[id] = low ?? end
  }
  for (let id = 0; id < count; id++) {
    const fresh: CollectedTarget | undefined = extra.targets[id - catalog.targetCount]
    const old = fresh === undefined ? catalog.targetStem[id]! : -1
    const stem = fresh === undefined ? stems.old[old]! : stems.extra[fresh.stem]!
    targetStem[id] = stem
    if (fresh === undefined && places.grown[stem] === 0) {
      const shift = places.stemStart[stem]! - catalog.stemStart[old]!
      targetLow[id] = catalog.targetLow[id]! + shift
      for (let at = 2 * catalog.targetRunStart[id]!; at < 2 * catalog.targetRunStart[id + 1]!; at++) {
        list.runs.push(catalog.targetRuns[at]! + shift)
      }
    } else if (fresh === undefined) {
      const version = catalog.targetVersion[id]!
      resolve(id, stem, version < 0 ? undefined : keys.parse(catalog.text(version)))
    } else resolve(id, stem, fresh.key)
    targetRunStart[id + 1] = list.runs.length >> 1
  }
  const columns = {
    targetStem,
    targetVersion: concat(
      catalog.targetVersion,
      Int32Array.from(extra.targets, (one) => text(one.text)),
    ),
    targetPublisher: concat(
      catalog.targetPublisher,
      Int32Array.from(extra.targets, (one) => (one.publisher < 0 ? -1 : publishers.ids[one.publisher]!)),
    ),
    targetLow,
    targetRunStart,
    targetRuns: Int32Array.from(list.runs),
  }
  return { columns, unresolved }
}

/** As for a new index: packages whose targets could not be judged are no candidates. */
function flagCarriers(catalog: Catalog, unresolved: ReadonlySet<number>): void {
  if (unresolved.size === 0) return
  for (let id = 0; id < catalog.packageCount; id++) {
    for (let at = catalog.dependencyStart[id]!; at < catalog.dependencyStart[id + 1]!; at++) {
      const dependency = catalog.dependencyList[at]!
      const targets = catalog.targetList.subarray(
        catalog.dependencyTargetStart[dependency],
        catalog.dependencyTargetStart[dependency + 1],
      )
      if (
        unresolved.has(catalog.dependencyPredicate[dependency]!) ||
        targets.some((one) => unresolved.has(one))
      ) {
        catalog.packageFlags[id]! |= PackageFlag.unsupported
      }
    }
  }
}
