import {
  type Action,
  attribute,
  attributes,
  type DependencyType,
  dependencyTypes,
  type Fmri,
  PackageFlag,
  type PublisherName,
  parseAction,
  parseDependency,
  parseStem,
  type Tag,
} from '#model'
import type { LineTable } from './catalog-lines.ts'
import { createVersionKeys, packTimestamp, type VersionKey } from './catalog-version.ts'
import { createIntegerList } from './integer-list.ts'
import { createTupleTable, type TupleTable } from './tuple-table.ts'

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

export interface CollectedTag {
  readonly name: number
  readonly values: readonly number[]
}

/** Positions of things by key, given out in order of first appearance. */
interface Table<T> {
  readonly items: T[]
  id(key: string, make: () => T): number
  /** Position of what has a key already; undefined: nothing has. */
  find(key: string): number | undefined
}

function createTable<T>(): Table<T> {
  const ids = new Map<string, number>()
  const items: T[] = []
  return {
    items,
    find: (key) => ids.get(key),
    id(key, make) {
      const known = ids.get(key)
      if (known !== undefined) return known
      const id = items.length
      ids.set(key, id)
      items.push(make())
      return id
    },
  }
}

/**
 * What one action string means: a kind, and above it the id or the bits that belong to it. `set` actions that say nothing
 * to a solver are `ignored`.
 */
type Meaning = number
const Kind = { unknown: 0, ignored: 1, unsupported: 2, dependency: 3, flag: 4, hold: 5, variant: 6 } as const
const kindBits = 3
const kindMask = (1 << kindBits) - 1

/** One FMRI without publisher, at most one facet, nothing quoted. Kinds with more to say are left out. */
const plainDependency =
  /^depend (?:(facet\.[^\s"'=\\]+)=([^\s"'=\\]+) )?fmri=pkg:\/([^\s"'@\\/][^\s"'@\\]*)(?:@([^\s"'@\\]+))? type=(require|optional|exclude|incorporate|group)$/

const flagNames = new Map<string, number>([
  ['pkg.obsolete', PackageFlag.obsolete],
  ['pkg.renamed', PackageFlag.renamed],
  ['pkg.legacy', PackageFlag.legacy],
  ['pkg.depend.explicit-install', PackageFlag.explicitInstall],
])

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

/** Takes catalog entries one by one; what they say is kept, they themselves are not. */
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
  const keys = createVersionKeys()
  const versionKeys = new Map<string, VersionKey>()
  const publisherTable = createTable<PublisherName>()
  const stemTable = createTable<string>()
  const textTable = createTable<string>()
  const targets = createTupleTable()
  const dependencies = createTupleTable()
  const conditionTable = createTable<readonly CollectedTag[]>()
  const meanings = new Map<string, Meaning>()
  const badStems = new Set<string>()
  const variantTags: Tag[] = []
  const columns = {
    stem: createIntegerList(),
    publisher: createIntegerList(),
    text: createIntegerList(),
    timestamp: createIntegerList(),
    flags: createIntegerList(),
    hold: createIntegerList(),
    variants: createIntegerList(),
    dependencyStart: createIntegerList(),
  }
  columns.dependencyStart.push(0)
  const digests = createDigestList()
  const dependencyList = createIntegerList()
  /** Conditions of packages with one variant, which nearly all are. */
  const variantConditions = new Map<number, number>()

  const publisherId = (name: PublisherName) => publisherTable.id(name, () => name)
  const stemId = (name: string) => stemTable.id(name, () => name)
  const textId = (text: string) => textTable.id(text, () => text)

  const conditionId = (tags: readonly Tag[]): number => {
    if (tags.length === 0) return -1
    const key = JSON.stringify(tags.map((tag) => [tag.name, ...tag.values]))
    return conditionTable.id(key, () =>
      tags.map((tag) => ({ name: textId(tag.name), values: tag.values.map(textId) })),
    )
  }

  const variantsId = (tags: readonly number[]): number => {
    const only = tags[0]
    if (only === undefined) return -1
    if (tags.length > 1) return conditionId(sortTags(tags.map((tag) => variantTags[tag]!)))
    const id = variantConditions.get(only) ?? conditionId([variantTags[only]!])
    variantConditions.set(only, id)
    return id
  }

  const targetId = (written: string, fmri: Fmri): number => {
    const at = fmri.version === undefined ? -1 : written.lastIndexOf('@')
    const text = at < 0 ? -1 : textId(written.slice(at + 1).trimEnd())
    const stem = stemId(fmri.stem)
    const publisher = fmri.publisher === undefined ? -1 : publisherId(fmri.publisher)
    return targets.id([stem, text, publisher])
  }

  const readDependency = (action: Action): Meaning => {
    const read = parseDependency(action)
    if (!read.ok) return Kind.unsupported
    const { type, predicate, rootImage, tags } = read.value
    const written = attributes(action, 'fmri')
    if (read.value.targets.length === 0 || written.length !== read.value.targets.length)
      return Kind.unsupported
    const condition = conditionId(tags)
    const targetIds = read.value.targets.map((fmri, index) => targetId(written[index]!, fmri))
    const predicateId =
      predicate === undefined ? -1 : targetId(attribute(action, 'predicate') ?? '', predicate)
    const head = [dependencyTypes.indexOf(type), condition, predicateId, rootImage ? 1 : 0]
    return (dependencies.id(head.concat(targetIds)) << kindBits) | Kind.dependency
  }

  const readSetting = (action: Action): Meaning => {
    const name = attribute(action, 'name') ?? ''
    if (name.startsWith('variant.')) {
      variantTags.push({ name, values: attributes(action, 'value') })
      return ((variantTags.length - 1) << kindBits) | Kind.variant
    }
    const value = attribute(action, 'value')
    if (value === undefined) return Kind.ignored
    if (name === 'pkg.depend.install-hold') return (textId(value) << kindBits) | Kind.hold
    const bit = flagNames.get(name)
    return bit !== undefined && value.toLowerCase() === 'true' ? (bit << kindBits) | Kind.flag : Kind.ignored
  }

  /**
   * As `readDependency`, for the form that nearly all dependencies have; undefined for any other, and for what is wrong.
   */
  const readPlainDependency = (line: string): Meaning | undefined => {
    const match = plainDependency.exec(line)
    if (match === null) return undefined
    const [, tag, value, stemText, version, type] = match
    if (version !== undefined && keyOfText(version) === undefined) return undefined
    const stem = checkedStem(stemText!)
    if (stem < 0) return undefined
    const condition = tag === undefined ? -1 : conditionId([{ name: tag, values: [value!] }])
    const target = targets.id([stem, version === undefined ? -1 : textId(version), -1])
    const typeId = dependencyTypes.indexOf(type as DependencyType)
    return (dependencies.id([typeId, condition, -1, 0, target]) << kindBits) | Kind.dependency
  }

  const readLine = (line: string): Meaning => {
    const plain = readPlainDependency(line)
    if (plain !== undefined) return plain
    const action = parseAction(line)
    if (!action.ok) return Kind.unsupported
    if (action.value.type === 'depend') return readDependency(action.value)
    return action.value.type === 'set' ? readSetting(action.value) : Kind.ignored
  }

  const meaningOf = (line: string): Meaning => {
    const meaning = meanings.get(line) ?? readLine(line)
    meanings.set(line, meaning)
    return meaning
  }

  let lastStem: string | undefined
  let lastId = -1
  /** Id of a stem, or -1 for a text that is none. */
  const checkedStem = (text: string): number => {
    if (text === lastStem) return lastId
    lastStem = text
    lastId = stemTable.find(text) ?? (badStems.has(text) || !parseStem(text).ok ? -1 : stemId(text))
    if (lastId < 0) badStems.add(text)
    return lastId
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
    if (keyOfText(colon < 0 ? version : version.slice(0, colon)) === undefined) return undefined
    return colon < 0 ? 0 : packTimestamp(version.slice(colon + 1))
  }
  const keyOfText = (text: string): VersionKey | undefined => {
    const known = versionKeys.get(text)
    if (known !== undefined) return known
    const key = keys.parse(text)
    if (key !== undefined) versionKeys.set(text, key)
    return key
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
      publishers: publisherTable.items,
      stems: stemTable.items,
      texts: textTable.items,
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
      dependencies: tuplesOf(dependencies),
      targets: tuplesOf(targets),
      conditions: conditionTable.items,
      versionKey(text) {
        const key = keyOfText(textTable.items[text]!)
        if (key === undefined) throw new Error(`text ${text} is no version`)
        return key
      },
    }),
  }
}

function tuplesOf(table: TupleTable): Tuples {
  return { count: table.size, starts: table.starts(), values: table.values() }
}

const sha1Pattern = /^[0-9a-f]{40}$/

/** Texts that nearly all are SHA-1 digests in hex, 20 bytes each. */
function createDigestList() {
  let bytes = Buffer.alloc(20 * 1024)
  let count = 0
  const others = new Map<number, string | undefined>()
  return {
    push(text: string | undefined): void {
      if ((count + 1) * 20 > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2)
      if (text !== undefined && sha1Pattern.test(text)) bytes.write(text, count * 20, 'hex')
      else others.set(count, text)
      count++
    },
    copy(id: number, to: Uint8Array, at: number): boolean {
      if (others.has(id)) return false
      bytes.copy(to, at, id * 20, id * 20 + 20)
      return true
    },
    at: (id: number): string | undefined =>
      others.has(id) ? others.get(id) : bytes.toString('hex', id * 20, id * 20 + 20),
  }
}

function sortTags(tags: Tag[]): readonly Tag[] {
  return tags.length < 2 ? tags : tags.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
