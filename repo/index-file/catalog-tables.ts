import {
  type Catalog,
  type Column,
  type Fmri,
  formatVersion,
  PackageFlag,
  type PackageId,
  type PublisherName,
  type Stem,
  type StemId,
  type Tag,
  type Version,
} from '#model'
import { packTimestamp, unpackTimestamp } from '../catalog/catalog-version.ts'
import { lowerBound } from '../lower-bound.ts'

/** Columns of the index, in file order. Those called starts have one more entry than the things they start. */
export const columnNames = [
  'publisherText',
  'stemText',
  'stemStart',
  'packageStem',
  'packagePublisher',
  'packageFlags',
  'packageVersionClass',
  'packageHold',
  'packageVariants',
  /** Text id of the version up to the timestamp; of the whole version where `packageTimestamp` is 0. */
  'packageText',
  'packageTimestamp',
  /** -1: in the blob `digests`; -2: none; else a text id (a digest that is not 40 lower-case hex digits). */
  'packageDigest',
  'dependencyStart',
  'dependencyList',
  'dependencyType',
  'dependencyCondition',
  'dependencyTargetStart',
  'targetList',
  'dependencyPredicate',
  'dependencyRootImage',
  'targetStem',
  'targetVersion',
  'targetPublisher',
  'targetLow',
  'targetRunStart',
  'targetRuns',
  'conditionStart',
  'tagName',
  'tagValueStart',
  'tagValues',
  /** Start of each text in the blob `texts`, in bytes. */
  'textStart',
] as const

export type ColumnName = (typeof columnNames)[number]
export type Columns = { readonly [Name in ColumnName]: Column }

/** Everything an index file holds. */
export interface CatalogTables {
  readonly columns: Columns
  /** 20 bytes a package, or nothing where no package has its digest here. */
  readonly digests: Uint8Array
  /** All texts one after the other, UTF-8. */
  readonly texts: Uint8Array
}

/** True when every start table has its length, begins at 0 and ends where its list does. */
export function tablesAgree({ columns, digests, texts }: CatalogTables): boolean {
  const packages = columns.packageText.length
  const dependencies = columns.dependencyType.length
  const targets = columns.targetStem.length
  const conditions = columns.conditionStart.length - 1
  const starts = (start: Column, count: number, end: number) =>
    start.length === count + 1 && start[0] === 0 && start[count] === end
  const long = (length: number, ...names: readonly ColumnName[]) =>
    names.every((name) => columns[name].length === length)
  return (
    starts(columns.stemStart, columns.stemText.length, packages) &&
    long(packages, 'packageStem', 'packagePublisher', 'packageFlags', 'packageVersionClass', 'packageHold') &&
    long(packages, 'packageVariants', 'packageTimestamp', 'packageDigest') &&
    (digests.length === packages * 20 || (digests.length === 0 && !columns.packageDigest.includes(-1))) &&
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
    starts(columns.textStart, columns.textStart.length - 1, texts.length)
  )
}

const slash = 0x2f

/** The catalog that the tables hold. Texts are decoded when they are asked for. */
export function catalogOfTables({ columns, digests, texts: bytes }: CatalogTables): Catalog {
  const { textStart, stemText, stemStart, packagePublisher, packageText, packageTimestamp } = columns
  const texts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (id: number): string => {
    const start = textStart[id]
    if (start === undefined) throw new RangeError(`no text ${id}`)
    return texts.toString('utf8', start, textStart[id + 1])
  }
  const conditions = new Map<number, readonly Tag[]>()
  const condition = (id: number): readonly Tag[] => {
    let tags = conditions.get(id)
    if (tags === undefined) {
      tags = listed(columns.conditionStart, id, (tag) => ({
        name: text(columns.tagName[tag]!),
        values: listed(columns.tagValueStart, tag, (value) => text(columns.tagValues[value]!)),
      }))
      conditions.set(id, tags)
    }
    return tags
  }
  const stemCount = stemText.length
  const stemName = (stem: number) => text(stemText[stem]!) as Stem
  /** Order of an ASCII name and a text. */
  const compareName = (name: string, id: number): number => {
    const start = textStart[id]!
    const length = textStart[id + 1]! - start
    const shared = Math.min(length, name.length)
    for (let index = 0; index < shared; index += 1) {
      const difference = name.charCodeAt(index) - texts[start + index]!
      if (difference !== 0) return difference
    }
    return name.length - length
  }
  const publishers = Array.from(columns.publisherText, (id) => text(id) as PublisherName)
  const findStem = (name: string) => findSorted(stemCount, (stem) => compareName(name, stemText[stem]!))
  const stemsEnding = (name: string): readonly StemId[] => {
    const stems: StemId[] = []
    for (let stem = 0; stem < stemCount; stem += 1) {
      const id = stemText[stem]!
      const start = textStart[id + 1]! - name.length
      if (start < textStart[id]! || (start > textStart[id]! && texts[start - 1] !== slash)) continue
      if (after(start, name) >= 0) stems.push(stem)
    }
    return stems
  }
  /** Where a text goes on after a piece that it must have there, or -1. */
  const after = (at: number, piece: string): number => {
    if (at < 0) return -1
    for (let index = 0; index < piece.length; index += 1)
      if (texts[at + index] !== piece.charCodeAt(index)) return -1
    return at + piece.length
  }
  /** Whether a text is a version without its timestamp. Nothing is put together: images have thousands of packages. */
  const isUntimed = (id: number, { release, build, branch }: Version): boolean => {
    const end = after(after(after(textStart[id]!, release), ','), build)
    return (branch === undefined ? end : after(after(end, '-'), branch)) === textStart[id + 1]
  }
  const findFmri = ({ publisher: name, stem: stemOf, version }: Fmri): PackageId => {
    const stem = findStem(stemOf)
    const publisher = name === undefined ? -1 : publishers.indexOf(name)
    if (stem < 0 || version === undefined || (name !== undefined && publisher < 0)) return -1
    const packed = (version.timestamp === undefined ? undefined : packTimestamp(version.timestamp)) ?? 0
    for (let id = stemStart[stem + 1]! - 1; id >= stemStart[stem]!; id -= 1) {
      if (packageTimestamp[id] !== packed || (publisher >= 0 && packagePublisher[id] !== publisher)) continue
      const isIt =
        packed === 0
          ? text(packageText[id]!) === formatVersion(version)
          : isUntimed(packageText[id]!, version)
      if (isIt) return id
    }
    return -1
  }
  /** The installed packages are looked for when the catalog is completed, and again when it is looked at through the image. */
  const found = new WeakMap<Fmri, PackageId>()
  return {
    ...columns,
    publishers,
    stemCount,
    packageCount: packageText.length,
    dependencyCount: columns.dependencyType.length,
    targetCount: columns.targetStem.length,
    stemName,
    findStem,
    stemsEnding,
    packageVersion(id) {
      const dotted = text(packageText[id]!)
      const timestamp = packageTimestamp[id]!
      return timestamp === 0 ? dotted : `${dotted}:${unpackTimestamp(timestamp)}`
    },
    findFmri(fmri) {
      let id = found.get(fmri)
      if (id === undefined) {
        id = findFmri(fmri)
        found.set(fmri, id)
      }
      return id
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

type DependencyColumns = Pick<
  Columns,
  | 'packageFlags'
  | 'dependencyStart'
  | 'dependencyList'
  | 'dependencyTargetStart'
  | 'targetList'
  | 'dependencyPredicate'
>

/** Marks packages with a target that cost more than the budget: they cannot be judged, so they are no candidates. */
export function flagUnresolved(columns: DependencyColumns, unresolved: ReadonlySet<number>): void {
  if (unresolved.size === 0) return
  const lost = Array.from(
    columns.dependencyPredicate,
    (predicate, id) =>
      unresolved.has(predicate) ||
      listed(columns.dependencyTargetStart, id, (at) => columns.targetList[at]!).some((target) =>
        unresolved.has(target),
      ),
  )
  columns.packageFlags.forEach((flags, id) => {
    const first = columns.dependencyStart[id]!
    const own = columns.dependencyList.subarray(first, columns.dependencyStart[id + 1]!)
    if (own.some((dependency) => lost[dependency])) columns.packageFlags[id] = flags | PackageFlag.unsupported
  })
}

/** Stem of each package, from the starts. */
export function stemOfPackages(stemStart: Column): Int32Array {
  const stems = new Int32Array(stemStart[stemStart.length - 1] ?? 0)
  for (let stem = 0; stem + 1 < stemStart.length; stem++) {
    stems.fill(stem, stemStart[stem]!, stemStart[stem + 1]!)
  }
  return stems
}

/** Position among `count` things in ascending order of the one that `compare` (wanted to the one there) calls equal, or -1. */
function findSorted(count: number, compare: (index: number) => number): number {
  const found = lowerBound(0, count, (index) => compare(index) > 0)
  return found < count && compare(found) === 0 ? found : -1
}

/** Reads the numbers from start[id] to start[id + 1] - 1. */
function listed<T>(start: Column, id: number, read: (number: number) => T): readonly T[] {
  const first = start[id]!
  return Array.from({ length: start[id + 1]! - first }, (_, index) => read(first + index))
}
