import type { Catalog, PublisherName, Stem, Tag } from '#model'
import { unpackTimestamp } from './catalog-version.ts'

/** Columns of the index, in file order; `growing` ones are starts: one more entry than the things they start. */
export const columnKinds = {
  publisherText: 'plain',
  stemText: 'plain',
  stemStart: 'growing',
  packagePublisher: 'plain',
  packageFlags: 'plain',
  packageVersionClass: 'plain',
  packageHold: 'plain',
  packageVariants: 'plain',
  /** Text id of the version up to the timestamp; of the whole version where `packageTimestamp` is 0. */
  packageText: 'plain',
  packageTimestamp: 'plain',
  /** -1: in the blob `digests`; -2: none; else a text id (a digest that is not 40 lower-case hex digits). */
  packageDigest: 'plain',
  dependencyStart: 'growing',
  dependencyList: 'plain',
  dependencyType: 'plain',
  dependencyCondition: 'plain',
  dependencyTargetStart: 'growing',
  targetList: 'plain',
  dependencyPredicate: 'plain',
  dependencyRootImage: 'plain',
  targetStem: 'plain',
  targetVersion: 'plain',
  targetPublisher: 'plain',
  targetLow: 'plain',
  targetRunStart: 'growing',
  targetRuns: 'plain',
  conditionStart: 'growing',
  tagName: 'plain',
  tagValueStart: 'growing',
  tagValues: 'plain',
  /** Start of each text in the decoded text blob, in UTF-16 units. */
  textStart: 'growing',
} as const

export type ColumnName = keyof typeof columnKinds
export const columnNames = Object.keys(columnKinds) as readonly ColumnName[]
export type Columns = { readonly [Name in ColumnName]: Int32Array }

/** Everything an index file holds. */
export interface CatalogTables {
  readonly columns: Columns
  /** 20 bytes a package. */
  readonly digests: Uint8Array
  /** All texts one after the other, UTF-8. */
  readonly texts: Uint8Array
}

/** True when every start table has its length, begins at 0 and ends where its list does. Growth was checked on reading. */
export function tablesAgree({ columns, digests }: CatalogTables): boolean {
  const packages = columns.packageText.length
  const dependencies = columns.dependencyType.length
  const targets = columns.targetStem.length
  const conditions = columns.conditionStart.length - 1
  const starts = (start: Int32Array, count: number, end: number) =>
    start.length === count + 1 && start[0] === 0 && start[count] === end
  const long = (length: number, ...names: readonly ColumnName[]) =>
    names.every((name) => columns[name].length === length)
  return (
    starts(columns.stemStart, columns.stemText.length, packages) &&
    long(packages, 'packagePublisher', 'packageFlags', 'packageVersionClass', 'packageHold') &&
    long(packages, 'packageVariants', 'packageTimestamp', 'packageDigest') &&
    digests.length === packages * 20 &&
    starts(columns.dependencyStart, packages, columns.dependencyList.length) &&
    long(dependencies, 'dependencyCondition', 'dependencyPredicate', 'dependencyRootImage') &&
    starts(columns.dependencyTargetStart, dependencies, columns.targetList.length) &&
    long(targets, 'targetVersion', 'targetPublisher', 'targetLow') &&
    starts(columns.targetRunStart, targets, columns.targetRuns.length >> 1) &&
    columns.targetRuns.length % 2 === 0 &&
    conditions >= 0 &&
    starts(columns.conditionStart, conditions, columns.tagName.length) &&
    starts(columns.tagValueStart, columns.tagName.length, columns.tagValues.length) &&
    columns.textStart.length >= 1 &&
    columns.textStart[0] === 0
  )
}

/** The catalog that the tables hold. Texts are decoded on first use. */
export function catalogOfTables({ columns, digests, texts }: CatalogTables): Catalog {
  let decoded: string | undefined
  const text = (id: number): string => {
    const start = columns.textStart[id]
    if (start === undefined) throw new RangeError(`no text ${id}`)
    decoded ??= Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength).toString('utf8')
    return decoded.slice(start, columns.textStart[id + 1])
  }
  const conditions = new Map<number, readonly Tag[]>()
  const condition = (id: number): readonly Tag[] => {
    let tags = conditions.get(id)
    if (tags === undefined) {
      tags = range(columns.conditionStart, id).map((tag) => ({
        name: text(columns.tagName[tag]!),
        values: range(columns.tagValueStart, tag).map((value) => text(columns.tagValues[value]!)),
      }))
      conditions.set(id, tags)
    }
    return tags
  }
  const stemCount = columns.stemText.length
  const stemName = (stem: number) => text(columns.stemText[stem]!) as Stem
  return {
    ...columns,
    publishers: Array.from(columns.publisherText, (id) => text(id) as PublisherName),
    stemCount,
    packageCount: columns.packageText.length,
    packageStem: stemOfPackages(columns.stemStart),
    dependencyCount: columns.dependencyType.length,
    targetCount: columns.targetStem.length,
    stemName,
    findStem: (name) => findSorted(name, stemCount, stemName),
    packageVersion(id) {
      const dotted = text(columns.packageText[id]!)
      const timestamp = columns.packageTimestamp[id]!
      return timestamp === 0 ? dotted : `${dotted}:${unpackTimestamp(timestamp)}`
    },
    manifestSha1(id) {
      const digest = columns.packageDigest[id]!
      if (digest >= 0) return text(digest)
      if (digest === -2) return undefined
      return Buffer.from(digests.buffer, digests.byteOffset + id * 20, 20).toString('hex')
    },
    text,
    condition,
  }
}

/** Stem of each package, from the starts. */
export function stemOfPackages(stemStart: Int32Array): Int32Array {
  const stems = new Int32Array(stemStart[stemStart.length - 1] ?? 0)
  for (let stem = 0; stem + 1 < stemStart.length; stem++) {
    stems.fill(stem, stemStart[stem]!, stemStart[stem + 1]!)
  }
  return stems
}

/** Position of a name among `count` names in code-point order (stems are ASCII), or -1. */
export function findSorted(name: string, count: number, nameAt: (index: number) => string): number {
  let low = 0
  let high = count - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const found = nameAt(middle)
    if (found === name) return middle
    if (found < name) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Numbers from start[id] to start[id + 1] - 1. */
function range(start: Int32Array, id: number): readonly number[] {
  const numbers: number[] = []
  for (let number = start[id]!; number < start[id + 1]!; number += 1) numbers.push(number)
  return numbers
}
