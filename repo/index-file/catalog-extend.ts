import { type Catalog, type Column, formatVersion, type Stem } from '#model'
import { type CatalogEntry, type Collection, collectEntries } from '../catalog/catalog-collect.ts'
import {
  compareKeys,
  createVersionKeys,
  unpackTimestamp,
  type VersionKey,
  wholeVersion,
} from '../catalog/catalog-version.ts'
import { lowerBound } from '../lower-bound.ts'
import { arrangeTargetLists, packageVersions, sortedOrder, tupleColumn } from './catalog-index.ts'
import {
  concat,
  gather,
  joinLists,
  joinStarts,
  joinTargets,
  type Places,
  type Publishers,
  type Stems,
  versionClasses,
} from './catalog-join.ts'
import { flagUnresolved, stemOfPackages } from './catalog-tables.ts'

/**
 * A catalog that also holds the given packages, usually installed ones that no publisher offers any more. Entries that
 * the catalog has (equal publisher, stem and version) change nothing; without others the same catalog comes back. All
 * ids may differ from those of the old catalog, which stays as it is and in use. Costs copies of the number arrays, not
 * another reading of the catalog.
 */
export function extendCatalog(catalog: Catalog, entries: Iterable<CatalogEntry>): Catalog {
  const extra = collectEntries([], entries)
  const versionKeys = createVersionKeys()
  const versions = packageVersions(extra)
  const keys: Keys = {
    extra: Array.from(extra.packages.text, (_, id) => versionKeys.of(wholeVersion(versions, id))),
    old(id) {
      const key = versionKeys.parse(catalog.packageVersion(id))
      if (key === undefined) throw new Error(`package ${id} has no version`)
      return key
    },
  }
  const publishers = extendPublishers(catalog, extra)
  const added = newPackages(catalog, extra, publishers.ids, keys)
  if (added.length === 0) return catalog
  const stems = extendStems(catalog, extra)
  const places = placePackages(catalog, extra, added, stems, publishers.ids, keys)
  return assemble(catalog, extra, publishers, stems, places)
}

/** Keys of the versions of packages, by id in the extra collection and in the old catalog. */
interface Keys {
  readonly extra: readonly VersionKey[]
  readonly old: (id: number) => VersionKey
}

function extendPublishers(catalog: Catalog, extra: Collection): Publishers {
  const names = [...catalog.publishers]
  const ids = extra.publishers.map((name) => {
    const known = names.indexOf(name)
    return known >= 0 ? known : names.push(name) - 1
  })
  return { names, ids }
}

/** Ids of the extra packages that the catalog has not, each once. */
function newPackages(
  catalog: Catalog,
  extra: Collection,
  publisherIds: readonly number[],
  keys: Keys,
): readonly number[] {
  const { stem: stems, publisher: publishers } = extra.packages
  const byStem = new Map<number, number[]>()
  return [...stems.keys()].filter((id) => {
    const key = keys.extra[id]!
    const stem = catalog.findStem(extra.stems[stems[id]!]!)
    const siblings = byStem.get(stems[id]!) ?? []
    byStem.set(stems[id]!, siblings)
    const isTwin = (other: number) =>
      publishers[other] === publishers[id] && compareKeys(keys.extra[other]!, key) === 0
    if (siblings.some(isTwin)) return false
    if (stem >= 0 && holds(catalog, stem, publisherIds[publishers[id]!]!, key, keys.old)) return false
    siblings.push(id)
    return true
  })
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

function extendStems(catalog: Catalog, extra: Collection): Stems {
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
  { packages }: Collection,
  added: readonly number[],
  stems: Stems,
  publisherIds: readonly number[],
  keys: Keys,
): Places {
  const byStem = new Map<number, number[]>()
  for (const id of added) {
    const stem = stems.extra[packages.stem[id]!]!
    const list = byStem.get(stem)
    if (list === undefined) byStem.set(stem, [id])
    else list.push(id)
  }
  const source = new Int32Array(catalog.packageCount + added.length)
  const stemStart = new Int32Array(stems.count + 1)
  const grown = new Uint8Array(stems.count)
  const oldKeys = new Map<number, VersionKey>()
  const key = (origin: number): VersionKey => {
    if (origin < 0) return keys.extra[-1 - origin]!
    const known = oldKeys.get(origin) ?? keys.old(origin)
    oldKeys.set(origin, known)
    return known
  }
  const publisher = (origin: number) =>
    origin < 0 ? publisherIds[packages.publisher[-1 - origin]!]! : catalog.packagePublisher[origin]!
  let next = 0
  for (let stem = 0; stem < stems.count; stem++) {
    const old = stems.source[stem]!
    const first = next
    if (old >= 0)
      for (let id = catalog.stemStart[old]!; id < catalog.stemStart[old + 1]!; id++) source[next++] = id
    const more = byStem.get(stem)
    if (more !== undefined) {
      grown[stem] = 1
      for (const id of more) source[next++] = -1 - id
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
  extra: Collection,
  publishers: Publishers,
  stems: Stems,
  places: Places,
): Catalog {
  const { source, stemStart } = places
  const { packages } = extra
  // Ids of the extra texts and conditions begin above those that the old catalog can be asked for.
  const textBase = highest(catalog.targetVersion, catalog.packageHold) + 1
  const conditionBase = highest(catalog.dependencyCondition, catalog.packageVariants) + 1
  const text = (id: number) => (id < 0 ? -1 : id + textBase)
  const condition = (id: number) => (id < 0 ? -1 : id + conditionBase)
  const target = (id: number) => (id < 0 ? -1 : id + catalog.targetCount)
  const column = (old: Column, value: (extra: number) => number) => gather(places, old, value)
  const dependencies = joinLists(catalog, extra, places)
  const targets = joinTargets(catalog, extra, publishers, stems, places, text)
  const more = (old: Column, position: number, value: (id: number) => number) =>
    concat(old, tupleColumn(extra.dependencies, position).map(value))
  const lists = arrangeTargetLists(extra.dependencies)
  const result: Catalog = {
    publishers: publishers.names,
    stemCount: stems.count,
    packageCount: source.length,
    stemStart,
    packageStem: stemOfPackages(stemStart),
    packagePublisher: column(catalog.packagePublisher, (one) => publishers.ids[packages.publisher[one]!]!),
    packageFlags: column(catalog.packageFlags, (one) => packages.flags[one]!),
    packageVersionClass: versionClasses(catalog, places),
    packageHold: column(catalog.packageHold, (one) => text(packages.hold[one]!)),
    packageVariants: column(catalog.packageVariants, (one) => condition(packages.variants[one]!)),
    ...dependencies,
    dependencyCount: catalog.dependencyCount + extra.dependencies.count,
    dependencyType: more(catalog.dependencyType, 0, (type) => type),
    dependencyCondition: more(catalog.dependencyCondition, 1, condition),
    dependencyTargetStart: joinStarts(catalog.dependencyTargetStart, lists.dependencyTargetStart),
    targetList: concat(catalog.targetList, lists.targetList.map(target)),
    dependencyPredicate: more(catalog.dependencyPredicate, 2, target),
    dependencyRootImage: more(catalog.dependencyRootImage, 3, (flag) => flag),
    targetCount: catalog.targetCount + extra.targets.count,
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
      return origin >= 0 ? catalog.packageVersion(origin) : writtenVersion(extra, -1 - origin)
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
      return origin >= 0 ? catalog.manifestSha1(origin) : packages.manifestSha1(-1 - origin)
    },
    text: (id) => (id >= textBase ? extra.texts[id - textBase]! : catalog.text(id)),
    condition: (id) => (id >= conditionBase ? tagsOf(extra, id - conditionBase) : catalog.condition(id)),
  }
  flagUnresolved(result, targets.unresolved)
  return result
}

function writtenVersion({ packages, texts }: Collection, id: number): string {
  const text = texts[packages.text[id]!]!
  const timestamp = packages.timestamp[id]!
  return timestamp === 0 ? text : `${text}:${unpackTimestamp(timestamp)}`
}

function tagsOf(extra: Collection, id: number) {
  return extra.conditions[id]!.map((tag) => ({
    name: extra.texts[tag.name]!,
    values: tag.values.map((value) => extra.texts[value]!),
  }))
}
