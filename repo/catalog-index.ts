import { type Catalog, PackageFlag, type PublisherName } from '#model'
import {
  type CatalogEntry,
  type CollectedPackage,
  type Collection,
  collectEntries,
} from './catalog-collect.ts'
import { encodeSections, openSections } from './catalog-sections.ts'
import {
  type CatalogTables,
  type ColumnName,
  type Columns,
  catalogOfTables,
  columnKinds,
  columnNames,
  tablesAgree,
} from './catalog-tables.ts'
import { type RunList, resolveTarget, targetBudget } from './catalog-targets.ts'
import { compareKeys } from './catalog-version.ts'

/** What an index file is made of. */
export interface CatalogIndexInput {
  /** Publishers that get an id even without packages; others get theirs from the entries. */
  readonly publishers: readonly PublisherName[]
  /** In any order; the first of two entries of equal publisher, stem and version wins. */
  readonly entries: Iterable<CatalogEntry>
  /** What the index was made from; see `catalogStamp`. */
  readonly stamp: string
}

/** The bytes of the index file. The same entries give the same bytes. Pure. */
export function encodeCatalogIndex(input: CatalogIndexInput): Uint8Array {
  const { columns, digests, texts } = arrange(collectEntries(input.publishers, input.entries))
  return encodeSections({
    stamp: input.stamp,
    columns: columnNames.map((name) => ({ values: columns[name], growing: columnKinds[name] === 'growing' })),
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
    columns: columns as Record<ColumnName, Int32Array>,
    digests: sections.blobs[0]!,
    texts: sections.blobs[1]!,
  }
  return tablesAgree(tables) ? catalogOfTables(tables) : 'damaged'
}

/** A catalog in memory, without file. Same result as encoding and opening. */
export function buildCatalog(publishers: readonly PublisherName[], entries: Iterable<CatalogEntry>): Catalog {
  return catalogOfTables(arrange(collectEntries(publishers, entries)))
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
function arrange(collection: Collection): CatalogTables {
  const stemOrder = sortedOrder(collection.stems)
  const stemPosition = positions(stemOrder)
  const publisherOrder = sortedOrder(collection.publishers)
  const publisherPosition = positions(publisherOrder)
  const texts = createTexts(collection.texts)
  const { packages, stemStart } = placePackages(collection, stemOrder, publisherPosition)
  const versionClass = versionClasses(packages, stemStart)
  const targets = arrangeTargets(collection, packages, stemStart, stemPosition, publisherPosition)
  flagOverspent(collection, packages, targets.unresolved)
  const digests = arrangeDigests(packages, texts)
  const columns: Columns = {
    publisherText: Int32Array.from(publisherOrder, (old) => texts.id(collection.publishers[old]!)),
    stemText: Int32Array.from(stemOrder, (old) => texts.id(collection.stems[old]!)),
    stemStart,
    packagePublisher: Int32Array.from(packages, (one) => publisherPosition[one.publisher]!),
    packageFlags: Int32Array.from(packages, (one) => one.flags),
    packageVersionClass: versionClass,
    packageHold: Int32Array.from(packages, (one) => one.hold),
    packageVariants: Int32Array.from(packages, (one) => one.variants),
    packageText: Int32Array.from(packages, (one) => one.text),
    packageTimestamp: Int32Array.from(packages, (one) => one.timestamp),
    packageDigest: digests.column,
    ...startsAndList(packages, (one) => one.dependencies, 'dependencyStart', 'dependencyList'),
    dependencyType: Int32Array.from(collection.dependencies, (one) => one.type),
    dependencyCondition: Int32Array.from(collection.dependencies, (one) => one.condition),
    ...startsAndList(collection.dependencies, (one) => one.targets, 'dependencyTargetStart', 'targetList'),
    dependencyPredicate: Int32Array.from(collection.dependencies, (one) => one.predicate),
    dependencyRootImage: Int32Array.from(collection.dependencies, (one) => (one.rootImage ? 1 : 0)),
    ...targets.columns,
    conditionStart: starts(collection.conditions, (tags) => tags.length),
    tagName: Int32Array.from(collection.conditions.flat(), (tag) => tag.name),
    ...startsAndList(collection.conditions.flat(), (tag) => tag.values, 'tagValueStart', 'tagValues'),
    textStart: texts.starts(),
  }
  return { columns, digests: digests.bytes, texts: texts.bytes() }
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
    starts: () => starts(list, (text) => text.length),
    bytes: () => Buffer.from(list.join(''), 'utf8'),
  }
}

/** Running sums: one more entry than items. */
export function starts<T>(items: readonly T[], length: (item: T) => number): Int32Array {
  const result = new Int32Array(items.length + 1)
  for (let i = 0; i < items.length; i++) result[i + 1] = result[i]! + length(items[i]!)
  return result
}

function startsAndList<T, Start extends ColumnName, List extends ColumnName>(
  items: readonly T[],
  listOf: (item: T) => readonly number[],
  start: Start,
  list: List,
): { readonly [Name in Start | List]: Int32Array } {
  const startColumn = starts(items, (item) => listOf(item).length)
  const listColumn = new Int32Array(startColumn[items.length]!)
  for (let i = 0; i < items.length; i++) listColumn.set(listOf(items[i]!), startColumn[i]!)
  return { [start]: startColumn, [list]: listColumn } as { readonly [Name in Start | List]: Int32Array }
}

/** By stem, ascending version, publisher; of equal ones the first in input order stays. */
function placePackages(
  collection: Collection,
  stemOrder: readonly number[],
  publisherPosition: Int32Array,
): { packages: CollectedPackage[]; stemStart: Int32Array } {
  const byStem: CollectedPackage[][] = collection.stems.map(() => [])
  for (const one of collection.packages) byStem[one.stem]!.push(one)
  const compare = (a: CollectedPackage, b: CollectedPackage) =>
    compareKeys(a.key, b.key) || publisherPosition[a.publisher]! - publisherPosition[b.publisher]!
  const packages: CollectedPackage[] = []
  const stemStart = new Int32Array(stemOrder.length + 1)
  stemOrder.forEach((old, stem) => {
    let last: CollectedPackage | undefined
    for (const one of byStem[old]!.sort(compare)) {
      if (last === undefined || compare(last, one) !== 0) packages.push(one)
      last = one
    }
    stemStart[stem + 1] = packages.length
  })
  return { packages, stemStart }
}

function versionClasses(packages: readonly CollectedPackage[], stemStart: Int32Array): Int32Array {
  const classes = new Int32Array(packages.length)
  for (let stem = 0; stem + 1 < stemStart.length; stem++) {
    for (let id = stemStart[stem]! + 1; id < stemStart[stem + 1]!; id++) {
      const same = compareKeys(packages[id - 1]!.key, packages[id]!.key) === 0
      classes[id] = classes[id - 1]! + (same ? 0 : 1)
    }
  }
  return classes
}

function arrangeTargets(
  collection: Collection,
  packages: readonly CollectedPackage[],
  stemStart: Int32Array,
  stemPosition: Int32Array,
  publisherPosition: Int32Array,
) {
  const targets = collection.targets
  const list: RunList = { runs: [], budget: targetBudget }
  const unresolved = new Set<number>()
  const targetStem = Int32Array.from(targets, (target) => stemPosition[target.stem]!)
  const targetLow = new Int32Array(targets.length)
  const targetRunStart = new Int32Array(targets.length + 1)
  const keyOf = (id: number) => packages[id]!.key
  targets.forEach((target, id) => {
    const stem = targetStem[id]!
    const low = resolveTarget(target.key, stemStart[stem]!, stemStart[stem + 1]!, keyOf, list)
    if (low === undefined) unresolved.add(id)
    targetLow[id] = low ?? stemStart[stem + 1]!
    targetRunStart[id + 1] = list.runs.length >> 1
  })
  const columns = {
    targetStem,
    targetVersion: Int32Array.from(targets, (target) => target.text),
    targetPublisher: Int32Array.from(targets, (target) =>
      target.publisher < 0 ? -1 : publisherPosition[target.publisher]!,
    ),
    targetLow,
    targetRunStart,
    targetRuns: new Int32Array(list.runs),
  }
  return { columns, unresolved }
}

/** A package whose targets cost more than the budget cannot be judged, so it is no candidate. */
function flagOverspent(
  collection: Collection,
  packages: readonly CollectedPackage[],
  unresolved: ReadonlySet<number>,
): void {
  if (unresolved.size === 0) return
  const lost = collection.dependencies.map(
    (one) => unresolved.has(one.predicate) || one.targets.some((target) => unresolved.has(target)),
  )
  for (const one of packages) {
    if (one.dependencies.some((id) => lost[id])) one.flags |= PackageFlag.unsupported
  }
}

const sha1Pattern = /^[0-9a-f]{40}$/

function arrangeDigests(packages: readonly CollectedPackage[], texts: { id(text: string): number }) {
  const bytes = Buffer.alloc(packages.length * 20)
  const column = new Int32Array(packages.length)
  packages.forEach((one, id) => {
    if (one.manifestSha1 === undefined) column[id] = -2
    else if (sha1Pattern.test(one.manifestSha1)) {
      column[id] = -1
      bytes.write(one.manifestSha1, id * 20, 'hex')
    } else column[id] = texts.id(one.manifestSha1)
  })
  return { column, bytes }
}
