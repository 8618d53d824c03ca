import { type Catalog, type Column, compareVersions } from '#model'
import { type Collection, dependencyHead, type Tuples } from '../catalog/catalog-collect.ts'
import { type RunList, resolveTarget, targetBudget } from '../catalog/catalog-targets.ts'
import {
  compareKeys,
  type PackageVersions,
  unpackTimestamp,
  type VersionKey,
  wholeVersion,
} from '../catalog/catalog-version.ts'
import { encodeSections, openSections } from './catalog-sections.ts'
import {
  type CatalogTables,
  type ColumnName,
  type Columns,
  catalogOfTables,
  columnNames,
  flagUnresolved,
  stemOfPackages,
  tablesAgree,
} from './catalog-tables.ts'

/** Optional parts of an index. */
export interface IndexContent {
  /** Digests of manifests: a seventh of the file, and only used to fetch manifests. */
  readonly digests: boolean
}

/** The bytes of the index file. The same entries give the same bytes. `stamp` says what the index is made from; see `catalogStamp`. */
export function encodeCollection(
  collection: Collection,
  stamp: string,
  content: IndexContent = { digests: true },
): Uint8Array {
  const { columns, digests, texts } = arrange(collection, content)
  return encodeSections({
    stamp,
    columns: columnNames.map((name) => columns[name]),
    blobs: [digests, texts],
  })
}

/**
 * The catalog in an index file. `stale`: made from something else than `expectedStamp` says, or by another version of
 * the format. `damaged`: not an index file, cut off or changed. The bytes must not change while the catalog is used.
 */
export function openCatalogIndex(bytes: Uint8Array, expectedStamp: string): Catalog | 'stale' | 'damaged' {
  const sections = openSections(bytes, expectedStamp, columnNames.length, 2)
  if (typeof sections === 'string') return sections
  const columns = Object.fromEntries(columnNames.map((name, index) => [name, sections.columns[index]!]))
  const tables: CatalogTables = {
    columns: columns as Record<ColumnName, Column>,
    digests: sections.blobs[0]!,
    texts: sections.blobs[1]!,
  }
  return tablesAgree(tables) ? catalogOfTables(tables) : 'damaged'
}

/** A catalog in memory, without file. Same result as encoding and opening. */
export function catalogOfCollection(collection: Collection): Catalog {
  return catalogOfTables(arrange(collection))
}

/** Order by code point; names are ASCII. Gives old positions by new. */
export function sortedOrder(names: readonly string[]): readonly number[] {
  const order = names.map((_, index) => index)
  return order.sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : 0))
}

/** Inverse of an order: new position by old. */
function positions(order: readonly number[]): Int32Array {
  const result = new Int32Array(order.length)
  order.forEach((old, position) => {
    result[old] = position
  })
  return result
}

/** Gives every package its place and carries out the version tests of the targets. */
function arrange(collection: Collection, content: IndexContent = { digests: true }): CatalogTables {
  const stemOrder = sortedOrder(collection.stems)
  const stemPosition = positions(stemOrder)
  const publisherOrder = sortedOrder(collection.publishers)
  const publisherPosition = positions(publisherOrder)
  const { packages, dependencies, conditions } = collection
  const textPosition = placeTexts(collection)
  const texts = createTexts(permuted(collection.texts, textPosition))
  const moved = (id: number) => (id < 0 ? -1 : textPosition[id]!)
  const { order, stemStart, versionClass } = placePackages(collection, stemOrder, publisherPosition)
  const column = (values: Int32Array) => order.map((old) => values[old]!)
  const versions = packageVersions(collection, order)
  const targets = arrangeTargets(collection, versions, stemStart, stemPosition, publisherPosition, moved)
  const digests = content.digests ? arrangeDigests(collection, order, texts) : withoutDigests(order.length)
  const head = (position: number) => tupleColumn(dependencies, position)
  const tags = conditions.flat()
  const columns: Columns = {
    publisherText: Int32Array.from(publisherOrder, (old) => texts.id(collection.publishers[old]!)),
    stemText: Int32Array.from(stemOrder, (old) => texts.id(collection.stems[old]!)),
    stemStart,
    packageStem: stemOfPackages(stemStart),
    packagePublisher: column(packages.publisher).map((old) => publisherPosition[old]!),
    packageFlags: column(packages.flags),
    packageVersionClass: versionClass,
    packageHold: column(packages.hold).map(moved),
    packageVariants: column(packages.variants),
    packageText: column(packages.text).map(moved),
    packageTimestamp: column(packages.timestamp),
    packageDigest: digests.column,
    ...arrangeDependencyLists(collection, order),
    dependencyType: head(0),
    dependencyCondition: head(1),
    ...arrangeTargetLists(dependencies),
    dependencyPredicate: head(2),
    dependencyRootImage: head(3),
    ...targets.columns,
    conditionStart: starts(conditions.length, (id) => conditions[id]!.length),
    tagName: Int32Array.from(tags, (tag) => moved(tag.name)),
    tagValueStart: starts(tags.length, (id) => tags[id]!.values.length),
    tagValues: Int32Array.from(
      tags.flatMap((tag) => tag.values),
      moved,
    ),
    textStart: texts.starts(),
  }
  flagUnresolved(columns, targets.unresolved)
  return { columns, digests: digests.bytes, texts: texts.bytes() }
}

/** Position of each text: those that most numbers of columns speak of come first, so that the columns are narrow. */
function placeTexts({ texts, packages, targets }: Collection): Int32Array {
  const position = new Int32Array(texts.length).fill(-1)
  let next = 0
  const place = (id: number) => {
    if (id >= 0 && position[id]! < 0) position[id] = next++
  }
  for (let id = 0; id < packages.count; id++) place(packages.hold[id]!)
  for (let id = 0; id < targets.count; id++) place(targets.values[targets.starts[id]! + 1]!)
  for (let id = 0; id < packages.count; id++) place(packages.text[id]!)
  for (let id = 0; id < texts.length; id++) place(id)
  return position
}

function permuted(texts: readonly string[], position: Int32Array): readonly string[] {
  const result = new Array<string>(texts.length)
  texts.forEach((text, id) => {
    result[position[id]!] = text
  })
  return result
}

/** Texts of the collection and more, each once. */
function createTexts(initial: readonly string[]) {
  const list = [...initial]
  const ids = new Map(list.map((text, index) => [text, index]))
  return {
    id(text: string): number {
      const known = ids.get(text)
      if (known !== undefined) return known
      ids.set(text, list.length)
      list.push(text)
      return list.length - 1
    },
    starts: () => starts(list.length, (id) => Buffer.byteLength(list[id]!)),
    bytes: () => Buffer.from(list.join(''), 'utf8'),
  }
}

/** Running sums: one more entry than items. */
function starts(count: number, length: (id: number) => number): Int32Array {
  const result = new Int32Array(count + 1)
  for (let id = 0; id < count; id++) result[id + 1] = result[id]! + length(id)
  return result
}

function arrangeDependencyLists({ packages, dependencyList: list }: Collection, order: Int32Array) {
  const from = packages.dependencyStart
  const dependencyStart = starts(order.length, (id) => from[order[id]! + 1]! - from[order[id]!]!)
  const dependencyList = new Int32Array(dependencyStart[order.length]!)
  order.forEach((old, id) => {
    let next = dependencyStart[id]!
    for (let at = from[old]!; at < from[old + 1]!; at++) dependencyList[next++] = list[at]!
  })
  return { dependencyStart, dependencyList }
}

/** The number at a position of each tuple. */
export function tupleColumn({ count, starts, values }: Tuples, position: number): Int32Array {
  return Int32Array.from({ length: count }, (_, id) => values[starts[id]! + position]!)
}

/** Target ids of the dependencies, one list after the other. */
export function arrangeTargetLists(dependencies: Tuples) {
  const from = dependencies.starts
  const dependencyTargetStart = starts(dependencies.count, (id) => from[id + 1]! - from[id]! - dependencyHead)
  const targetList = new Int32Array(dependencyTargetStart[dependencies.count]!)
  let next = 0
  for (let id = 0; id < dependencies.count; id++) {
    for (let at = from[id]! + dependencyHead; at < from[id + 1]!; at++)
      targetList[next++] = dependencies.values[at]!
  }
  return { dependencyTargetStart, targetList }
}

/** Versions of packages by id in a collection, or by place in an order of them. */
export function packageVersions({ packages, versionKey }: Collection, order?: Int32Array): PackageVersions {
  const texts = order === undefined ? packages.text : order.map((old) => packages.text[old]!)
  const packed = order === undefined ? packages.timestamp : order.map((old) => packages.timestamp[old]!)
  const byText: VersionKey[] = []
  for (const text of texts) byText[text] ??= versionKey(text)
  const keys = Array.from(texts, (text) => byText[text]!)
  const writtenTime = (id: number) => keys[id]!.version.timestamp
  return {
    key: (id) => keys[id]!,
    timestamp: (id) => (packed[id] === 0 ? writtenTime(id) : unpackTimestamp(packed[id]!)),
    isTimed: (id) => packed[id] !== 0 || writtenTime(id) !== undefined,
  }
}

/** By stem, ascending version, publisher; of equal ones the first in input order stays. */
function placePackages(
  collection: Collection,
  stemOrder: readonly number[],
  publisherPosition: Int32Array,
): { order: Int32Array; stemStart: Int32Array; versionClass: Int32Array } {
  const { count, stem, publisher, text, timestamp } = collection.packages
  const versions = packageVersions(collection)
  const compareVersion = (a: number, b: number): number => {
    if (text[a] === text[b] && timestamp[a] !== 0 && timestamp[b] !== 0)
      return (timestamp[a]! >>> 0) - (timestamp[b]! >>> 0)
    const left = versions.key(a)
    const right = versions.key(b)
    if (timestamp[a] !== 0 && timestamp[b] !== 0) {
      return compareKeys(left, right) || (timestamp[a]! >>> 0) - (timestamp[b]! >>> 0)
    }
    return compareVersions(wholeVersion(versions, a), wholeVersion(versions, b))
  }
  const rank = (id: number) => publisherPosition[publisher[id]!]!
  const compare = (a: number, b: number): number => compareVersion(a, b) || rank(a) - rank(b)
  const byStem = groupByStem(stem, count, collection.stems.length)
  const order = new Int32Array(count)
  const versionClass = new Int32Array(count)
  const stemStart = new Int32Array(stemOrder.length + 1)
  let next = 0
  stemOrder.forEach((old, position) => {
    const first = next
    for (const id of ascending(byStem.values.subarray(byStem.starts[old], byStem.starts[old + 1]), compare)) {
      const before = order[next - 1]!
      const newer = next === first || compareVersion(before, id) !== 0
      if (!newer && rank(before) === rank(id)) continue
      if (next > first) versionClass[next] = versionClass[next - 1]! + (newer ? 1 : 0)
      order[next++] = id
    }
    stemStart[position + 1] = next
  })
  return { order: order.subarray(0, next), stemStart, versionClass: versionClass.subarray(0, next) }
}

/** The same numbers in ascending order, equal ones as they were; catalogs mostly have it so already. */
function ascending(
  ids: Int32Array,
  compare: (a: number, b: number) => number,
): readonly number[] | Int32Array {
  for (let i = 1; i < ids.length; i++) {
    if (compare(ids[i - 1]!, ids[i]!) > 0) return Array.from(ids).sort(compare)
  }
  return ids
}

/** Packages of each stem, in input order. */
function groupByStem(stem: Int32Array, count: number, stems: number): Tuples {
  const sizes = new Int32Array(stems)
  for (let id = 0; id < count; id++) sizes[stem[id]!]!++
  const begins = starts(stems, (id) => sizes[id]!)
  const next = begins.slice()
  const values = new Int32Array(count)
  for (let id = 0; id < count; id++) values[next[stem[id]!]!++] = id
  return { count: stems, starts: begins, values }
}

function arrangeTargets(
  { targets, versionKey }: Collection,
  versions: PackageVersions,
  stemStart: Int32Array,
  stemPosition: Int32Array,
  publisherPosition: Int32Array,
  textPosition: (id: number) => number,
) {
  const list: RunList = { runs: [], budget: targetBudget }
  const unresolved = new Set<number>()
  const targetStem = new Int32Array(targets.count)
  const targetVersion = new Int32Array(targets.count)
  const targetPublisher = new Int32Array(targets.count)
  const targetLow = new Int32Array(targets.count)
  const targetRunStart = new Int32Array(targets.count + 1)
  for (let id = 0; id < targets.count; id++) {
    const at = targets.starts[id]!
    const stem = stemPosition[targets.values[at]!]!
    const text = targets.values[at + 1]!
    const publisher = targets.values[at + 2]!
    const key = text < 0 ? undefined : versionKey(text)
    const low = resolveTarget(key, stemStart[stem]!, stemStart[stem + 1]!, versions, list)
    if (low === undefined) unresolved.add(id)
    targetStem[id] = stem
    targetVersion[id] = textPosition(text)
    targetPublisher[id] = publisher < 0 ? -1 : publisherPosition[publisher]!
    targetLow[id] = low ?? stemStart[stem + 1]!
    targetRunStart[id + 1] = list.runs.length >> 1
  }
  const targetRuns = new Int32Array(list.runs)
  const columns = { targetStem, targetVersion, targetPublisher, targetLow, targetRunStart, targetRuns }
  return { columns, unresolved }
}

function withoutDigests(count: number): { column: Int32Array; bytes: Uint8Array } {
  return { column: new Int32Array(count).fill(-2), bytes: new Uint8Array() }
}

function arrangeDigests(
  { packages }: Collection,
  order: Int32Array,
  texts: { id(text: string): number },
): { column: Int32Array; bytes: Buffer } {
  const bytes = Buffer.alloc(order.length * 20)
  const column = new Int32Array(order.length)
  order.forEach((old, id) => {
    if (packages.copyDigest(old, bytes, id * 20)) {
      column[id] = -1
      return
    }
    const digest = packages.manifestSha1(old)
    column[id] = digest === undefined ? -2 : texts.id(digest)
  })
  return { column, bytes }
}
