import { type Catalog, type Column, formatVersion, type Stem } from '#model'
import type { CatalogEntry } from '../catalog/catalog-collect.ts'
import {
  compareKeys,
  createVersionKeys,
  unpackTimestamp,
  type VersionKey,
} from '../catalog/catalog-version.ts'
import { lowerBound } from '../lower-bound.ts'
import { collectExtra, type Extra, type ExtraPackage } from './catalog-extra.ts'
import { sortedOrder } from './catalog-index.ts'
import {
  concat,
  flagCarriers,
  gather,
  joinLists,
  joinStarts,
  joinTargets,
  type Places,
  type Publishers,
  type Stems,
  versionClasses,
} from './catalog-join.ts'
import { stemOfPackages } from './catalog-tables.ts'

/**
 * A catalog that also holds the given packages, usually installed ones that no publisher offers any more. Entries that
 * the catalog has (equal publisher, stem and version) change nothing; without others the same catalog comes back. All
 * ids may differ from those of the old catalog, which stays as it is and in use. Costs copies of the number arrays, not
 * another reading of the catalog.
 */
export function extendCatalog(catalog: Catalog, entries: Iterable<CatalogEntry>): Catalog {
  const extra = collectExtra(entries)
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

function extendPublishers(catalog: Catalog, extra: Extra): Publishers {
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
  extra: Extra,
  publisherIds: readonly number[],
  keyOf: (id: number) => VersionKey,
): readonly ExtraPackage[] {
  const kept: ExtraPackage[] = []
  const byStem = new Map<number, ExtraPackage[]>()
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
  const end = catalog.stemStart[stem + 1]!
  let id = lowerBound(catalog.stemStart[stem]!, end, (one) => compareKeys(keyOf(one), key) < 0)
  for (; id < end && compareKeys(keyOf(id), key) === 0; id++) {
    if (catalog.packagePublisher[id] === publisher) return true
  }
  return false
}

function extendStems(catalog: Catalog, extra: Extra): Stems {
  const unknown = extra.stems.filter((name) => catalog.findStem(name) < 0)
  const added = sortedOrder(unknown).map((index) => unknown[index]!)
  const count = catalog.stemCount + added.length
  const source = new Int32Array(count)
  const old = new Int32Array(catalog.stemCount)
  let next = 0
  let from = 0
  added.forEach((name, index) => {
    const before = lowerBound(0, catalog.stemCount, (stem) => catalog.stemName(stem) < name)
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
  const places = new Map<string, number>()
  source.forEach((origin, stem) => {
    if (origin < 0) places.set(added[-1 - origin]!, stem)
  })
  const find = (text: string) => old[catalog.findStem(text)] ?? places.get(text) ?? -1
  return { count, source, old, added: [...places.values()], extra: extra.stems.map(find), name, find }
}

function placePackages(
  catalog: Catalog,
  added: readonly ExtraPackage[],
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

function highest(...columns: readonly Column[]): number {
  let highest = -1
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) if (column[i]! > highest) highest = column[i]!
  }
  return highest
}

function assemble(
  catalog: Catalog,
  extra: Extra,
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
  const column = (old: Column, value: (one: ExtraPackage) => number) => gather(places, old, value)
  const dependencies = joinLists(catalog, places)
  const targets = joinTargets(catalog, extra, publishers, stems, places, text)
  const more = <T>(old: Column, items: readonly T[], value: (item: T) => number) =>
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
    dependencyRootImage: more(catalog.dependencyRootImage, extra.dependencies, (one) => one.rootImage),
    targetCount: catalog.targetCount + extra.targets.length,
    ...targets.columns,
    stemName: stems.name,
    findStem: stems.find,
    stemsEnding(name) {
      const known = catalog.stemsEnding(name).map((stem) => stems.old[stem]!)
      const added = stems.added.filter((stem) => `/${stems.name(stem)}`.endsWith(`/${name}`))
      return [...known, ...added].sort((a, b) => a - b)
    },
    packageVersion(id) {
      const origin = source[id]!
      return origin >= 0 ? catalog.packageVersion(origin) : writtenVersion(extra, added[-1 - origin]!)
    },
    findFmri(fmri) {
      const stem = stems.find(fmri.stem)
      const { version, publisher } = fmri
      if (stem < 0 || version === undefined) return -1
      const old = catalog.findFmri(fmri)
      const wanted = formatVersion(version)
      for (let id = stemStart[stem + 1]! - 1; id >= stemStart[stem]!; id -= 1) {
        const origin = source[id]!
        const ofPublisher =
          publisher === undefined || publishers.names[result.packagePublisher[id]!] === publisher
        if (origin < 0 ? ofPublisher && result.packageVersion(id) === wanted : origin === old) return id
      }
      return -1
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

function writtenVersion(extra: Extra, one: ExtraPackage): string {
  const text = extra.texts[one.text]!
  return one.timestamp === 0 ? text : `${text}:${unpackTimestamp(one.timestamp)}`
}

function tagsOf(extra: Extra, id: number) {
  return extra.conditions[id]!.map((tag) => ({
    name: extra.texts[tag.name]!,
    values: tag.values.map((value) => extra.texts[value]!),
  }))
}
