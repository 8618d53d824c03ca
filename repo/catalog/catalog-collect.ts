import { GrowingInts, PackageFlag, type PublisherName } from '#model'
import { createDigestList } from '../digest-list.ts'
import type { TupleTable } from '../tuple-table.ts'
import { createLineReader, Kind, kindBits, kindMask, type Meaning } from './catalog-action.ts'
import type { LineTable } from './catalog-lines.ts'
import { type CollectedTag, createCatalogNames } from './catalog-names.ts'
import { packTimestamp, type VersionKey } from './catalog-version.ts'

/** One package version as a catalog states it. */
export interface CatalogEntry {
  readonly publisher: PublisherName
  /** Checked here; an entry with a bad stem or version is left out. */
  readonly stem: string
  /** Full version text. */
  readonly version: string
  /** Lower-case hex. */
  readonly manifestSha1?: string | undefined
  /** Action strings of the dependency part, in order. */
  readonly actions: readonly string[]
  /** Known only because it is installed. */
  readonly installedOnly?: boolean | undefined
}

/** Entries read into columns; ids are positions, in order of first appearance. Equal things share one id. */
export interface Collection {
  readonly publishers: readonly PublisherName[]
  readonly stems: readonly string[]
  readonly texts: readonly string[]
  readonly packages: PackageColumns
  /** Dependency ids, package by package. */
  readonly dependencyList: Int32Array
  /** By dependency: index into `dependencyTypes`, condition id, predicate's target id (or -1), root image (0 or 1), target ids. */
  readonly dependencies: Tuples
  /** By target: stem id, text id of the version (or -1), publisher id (or -1). */
  readonly targets: Tuples
  readonly conditions: readonly (readonly CollectedTag[])[]
  /** Key of the version that a text is, by text id; only asked for texts of packages and targets. */
  versionKey(text: number): VersionKey
}

/** Lists of numbers by id: those of `id` are `values[starts[id]]` to `values[starts[id + 1] - 1]`. */
export interface Tuples {
  readonly count: number
  readonly starts: Int32Array
  readonly values: Int32Array
}

/** Numbers before the target ids of a dependency. */
export const dependencyHead = 4

export interface PackageColumns {
  readonly count: number
  readonly stem: Int32Array
  readonly publisher: Int32Array
  /** Text of the version up to the timestamp, or all of it when `timestamp` is 0. */
  readonly text: Int32Array
  /** From `packTimestamp`. */
  readonly timestamp: Int32Array
  readonly flags: Int32Array
  readonly hold: Int32Array
  readonly variants: Int32Array
  /** `count` + 1 entries into `dependencyList`. */
  readonly dependencyStart: Int32Array
  /** Hex, or undefined. */
  manifestSha1(id: number): string | undefined
  /** Copies a digest of 40 lower-case hex digits as 20 bytes; false where there is another one or none. */
  copyDigest(id: number, to: Uint8Array, at: number): boolean
}

/** An entry whose actions are numbers of a `LineTable`: those from `start` to `end` - 1 of `list`. */
export interface NumberedEntry {
  readonly publisher: PublisherName
  readonly stem: string
  readonly version: string
  readonly manifestSha1: string | undefined
  readonly list: Int32Array
  readonly start: number
  readonly end: number
}

/** Takes catalog entries one by one and keeps their content in columns. */
export interface Collector {
  /** Gives a publisher its id, which need not have packages. */
  addPublisher(name: PublisherName): void
  add(entry: CatalogEntry): void
  /** For entries whose actions are numbers in one table. */
  numbered(lines: LineTable): (entry: NumberedEntry) => void
  collection(): Collection
}

/** Reads catalog entries; see `createCollector`. */
export function collectEntries(
  publishers: readonly PublisherName[],
  entries: Iterable<CatalogEntry>,
): Collection {
  const collector = createCollector()
  for (const name of publishers) collector.addPublisher(name)
  for (const entry of entries) collector.add(entry)
  return collector.collection()
}

/**
 * Each distinct action string is parsed once. An action that does not parse, or a depend action of an unknown type,
 * makes its package `unsupported` and nothing else. Source: catalog-v1 §6.
 */
export function createCollector(): Collector {
  const names = createCatalogNames()
  const { publisherId, textId, checkedStem, versionKey } = names
  const { readLine, variantsId } = createLineReader(names)
  const meanings = new Map<string, Meaning>()
  const columns = {
    stem: new GrowingInts(),
    publisher: new GrowingInts(),
    text: new GrowingInts(),
    timestamp: new GrowingInts(),
    flags: new GrowingInts(),
    hold: new GrowingInts(),
    variants: new GrowingInts(),
    dependencyStart: new GrowingInts(),
  }
  columns.dependencyStart.push(0)
  const digests = createDigestList()
  const dependencyList = new GrowingInts()

  const meaningOf = (line: string): Meaning => {
    const meaning = meanings.get(line) ?? readLine(line)
    meanings.set(line, meaning)
    return meaning
  }

  let flags = 0
  let hold = -1
  let variants: number[] = []
  const begin = (): void => {
    flags = 0
    hold = -1
    if (variants.length > 0) variants = []
  }
  const apply = (meaning: Meaning): void => {
    const kind = meaning & kindMask
    const value = meaning >> kindBits
    if (kind === Kind.dependency) dependencyList.push(value)
    else if (kind === Kind.flag) flags |= value
    else if (kind === Kind.unsupported) flags |= PackageFlag.unsupported
    else if (kind === Kind.variant) variants.push(value)
    else if (kind === Kind.hold && hold < 0) hold = value
  }
  const finish = (
    stem: number,
    timestamp: number,
    { publisher, version, manifestSha1 }: Pick<CatalogEntry, 'publisher' | 'version' | 'manifestSha1'>,
  ): void => {
    columns.stem.push(stem)
    columns.publisher.push(publisherId(publisher))
    columns.text.push(textId(timestamp === 0 ? version : version.slice(0, version.indexOf(':'))))
    columns.timestamp.push(timestamp)
    columns.flags.push(flags)
    columns.hold.push(hold)
    columns.variants.push(variantsId(variants))
    columns.dependencyStart.push(dependencyList.length)
    digests.push(manifestSha1)
  }
  /** Timestamp of a version, 0 where it is to be kept as text, undefined where a text is no version. */
  const timestampOf = (version: string): number | undefined => {
    const colon = version.indexOf(':')
    if (versionKey(colon < 0 ? version : version.slice(0, colon)) === undefined) return undefined
    return colon < 0 ? 0 : packTimestamp(version.slice(colon + 1))
  }

  return {
    addPublisher: publisherId,
    add(entry) {
      const stem = checkedStem(entry.stem)
      const timestamp = stem < 0 ? undefined : timestampOf(entry.version)
      if (timestamp === undefined) return
      begin()
      if (entry.installedOnly) flags = PackageFlag.installedOnly
      for (const line of entry.actions) apply(meaningOf(line))
      finish(stem, timestamp, entry)
    },
    numbered(lines) {
      const known = new Int32Array(lines.size)
      return (entry) => {
        const stem = checkedStem(entry.stem)
        const timestamp = stem < 0 ? undefined : timestampOf(entry.version)
        if (timestamp === undefined) return
        begin()
        for (let at = entry.start; at < entry.end; at++) {
          const line = entry.list[at]!
          if (known[line] === Kind.unknown) known[line] = readLine(lines.text(line))
          apply(known[line]!)
        }
        finish(stem, timestamp, entry)
      }
    },
    collection: () => ({
      publishers: names.publishers,
      stems: names.stems,
      texts: names.texts,
      packages: {
        count: columns.stem.length,
        stem: columns.stem.values(),
        publisher: columns.publisher.values(),
        text: columns.text.values(),
        timestamp: columns.timestamp.values(),
        flags: columns.flags.values(),
        hold: columns.hold.values(),
        variants: columns.variants.values(),
        dependencyStart: columns.dependencyStart.values(),
        manifestSha1: digests.at,
        copyDigest: digests.copy,
      },
      dependencyList: dependencyList.values(),
      dependencies: tuplesOf(names.dependencies),
      targets: tuplesOf(names.targets),
      conditions: names.conditions,
      versionKey(text) {
        const key = versionKey(names.texts[text]!)
        if (key === undefined) throw new Error(`text ${text} is not a version`)
        return key
      },
    }),
  }
}

function tuplesOf(table: TupleTable): Tuples {
  return { count: table.size, starts: table.starts(), values: table.values() }
}
