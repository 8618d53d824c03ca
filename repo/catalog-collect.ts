import {
  type Action,
  attribute,
  attributes,
  dependencyTypes,
  type Fmri,
  PackageFlag,
  type PublisherName,
  parseAction,
  parseDependency,
  parseStem,
  type Tag,
} from '#model'
import { createVersionKeys, packTimestamp, type VersionKey } from './catalog-version.ts'

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

/** A package version read, with ids into the tables of the `Collection` it is in. */
export interface CollectedPackage {
  readonly stem: number
  readonly publisher: number
  readonly key: VersionKey
  /** Text of the version up to the timestamp, or all of it when `timestamp` is 0. */
  readonly text: number
  /** From `packTimestamp`. */
  readonly timestamp: number
  readonly manifestSha1: string | undefined
  flags: number
  readonly hold: number
  readonly variants: number
  readonly dependencies: readonly number[]
}

export interface CollectedDependency {
  /** Index into `dependencyTypes`. */
  readonly type: number
  readonly condition: number
  readonly targets: readonly number[]
  readonly predicate: number
  readonly rootImage: boolean
}

export interface CollectedTarget {
  readonly stem: number
  readonly text: number
  readonly publisher: number
  readonly key: VersionKey | undefined
}

export interface CollectedTag {
  readonly name: number
  readonly values: readonly number[]
}

/** Entries read into tables; ids are positions, in order of first appearance. Equal things share one id. */
export interface Collection {
  readonly publishers: readonly PublisherName[]
  readonly stems: readonly string[]
  readonly texts: readonly string[]
  readonly packages: readonly CollectedPackage[]
  readonly dependencies: readonly CollectedDependency[]
  readonly targets: readonly CollectedTarget[]
  readonly conditions: readonly (readonly CollectedTag[])[]
}

/** Positions of things by key, given out in order of first appearance. */
interface Table<T> {
  readonly items: T[]
  id(key: string, make: () => T): number
}

function createTable<T>(): Table<T> {
  const ids = new Map<string, number>()
  const items: T[] = []
  return {
    items,
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

/** What one action string means; `set` actions that say nothing to a solver are `ignored`. */
type Meaning =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'dependency'; readonly id: number }
  | { readonly kind: 'flag'; readonly bit: number }
  | { readonly kind: 'hold'; readonly text: number }
  | { readonly kind: 'variant'; readonly tag: Tag }

const ignored: Meaning = { kind: 'ignored' }
const unsupported: Meaning = { kind: 'unsupported' }

const flagNames = new Map<string, number>([
  ['pkg.obsolete', PackageFlag.obsolete],
  ['pkg.renamed', PackageFlag.renamed],
  ['pkg.legacy', PackageFlag.legacy],
  ['pkg.depend.explicit-install', PackageFlag.explicitInstall],
])

/**
 * Reads catalog entries. Each distinct action string is parsed once. An action that does not parse, or a depend action
 * of an unknown type, makes its package `unsupported` and nothing else. Source: catalog-v1 §6.
 */
export function collectEntries(
  publishers: readonly PublisherName[],
  entries: Iterable<CatalogEntry>,
): Collection {
  const keys = createVersionKeys()
  const publisherTable = createTable<PublisherName>()
  const stemTable = createTable<string>()
  const textTable = createTable<string>()
  const targetTable = createTable<CollectedTarget>()
  const dependencyTable = createTable<CollectedDependency>()
  const conditionTable = createTable<readonly CollectedTag[]>()
  const meanings = new Map<string, Meaning>()
  const badStems = new Set<string>()
  const packages: CollectedPackage[] = []
  /** Conditions of packages with one variant, which nearly all are. */
  const variantConditions = new Map<Tag, number>()

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

  const variantsId = (tags: Tag[]): number => {
    const only = tags[0]
    if (only === undefined || tags.length > 1) return conditionId(sortTags(tags))
    const id = variantConditions.get(only) ?? conditionId(tags)
    variantConditions.set(only, id)
    return id
  }

  const targetId = (written: string, fmri: Fmri): number => {
    const at = fmri.version === undefined ? -1 : written.lastIndexOf('@')
    const text = at < 0 ? -1 : textId(written.slice(at + 1).trimEnd())
    const stem = stemId(fmri.stem)
    const publisher = fmri.publisher === undefined ? -1 : publisherId(fmri.publisher)
    return targetTable.id(`${stem} ${text} ${publisher}`, () => ({
      stem,
      text,
      publisher,
      key: fmri.version === undefined ? undefined : keys.of(fmri.version),
    }))
  }

  const readDependency = (action: Action): Meaning => {
    const read = parseDependency(action)
    if (!read.ok) return unsupported
    const { type, targets, predicate, rootImage, tags } = read.value
    const written = attributes(action, 'fmri')
    if (targets.length === 0 || written.length !== targets.length) return unsupported
    const made: CollectedDependency = {
      type: dependencyTypes.indexOf(type),
      condition: conditionId(tags),
      targets: targets.map((fmri, index) => targetId(written[index]!, fmri)),
      predicate: predicate === undefined ? -1 : targetId(attribute(action, 'predicate') ?? '', predicate),
      rootImage,
    }
    const key = `${made.type} ${made.condition} ${made.predicate} ${made.rootImage} ${made.targets.join(' ')}`
    return { kind: 'dependency', id: dependencyTable.id(key, () => made) }
  }

  const readSetting = (action: Action): Meaning => {
    const name = attribute(action, 'name') ?? ''
    if (name.startsWith('variant.')) {
      return { kind: 'variant', tag: { name, values: attributes(action, 'value') } }
    }
    const value = attribute(action, 'value')
    if (value === undefined) return ignored
    if (name === 'pkg.depend.install-hold') return { kind: 'hold', text: textId(value) }
    const bit = flagNames.get(name)
    return bit !== undefined && value.toLowerCase() === 'true' ? { kind: 'flag', bit } : ignored
  }

  const meaningOf = (line: string): Meaning => {
    let meaning = meanings.get(line)
    if (meaning === undefined) {
      const action = parseAction(line)
      if (!action.ok) meaning = unsupported
      else if (action.value.type === 'depend') meaning = readDependency(action.value)
      else meaning = action.value.type === 'set' ? readSetting(action.value) : ignored
      meanings.set(line, meaning)
    }
    return meaning
  }

  const isStem = (text: string): boolean => {
    if (badStems.has(text)) return false
    if (parseStem(text).ok) return true
    badStems.add(text)
    return false
  }

  const addPackage = (entry: CatalogEntry, stem: number): void => {
    const key = keys.parse(entry.version)
    if (key === undefined) return
    let flags = entry.installedOnly ? PackageFlag.installedOnly : 0
    let hold = -1
    const variants: Tag[] = []
    const dependencies: number[] = []
    for (const line of entry.actions) {
      const meaning = meaningOf(line)
      if (meaning.kind === 'dependency') dependencies.push(meaning.id)
      else if (meaning.kind === 'flag') flags |= meaning.bit
      else if (meaning.kind === 'unsupported') flags |= PackageFlag.unsupported
      else if (meaning.kind === 'variant') variants.push(meaning.tag)
      else if (meaning.kind === 'hold' && hold < 0) hold = meaning.text
    }
    const colon = entry.version.indexOf(':')
    const timestamp = colon < 0 ? 0 : packTimestamp(entry.version.slice(colon + 1))
    packages.push({
      stem,
      publisher: publisherId(entry.publisher),
      key,
      text: textId(timestamp === 0 ? entry.version : entry.version.slice(0, colon)),
      timestamp,
      manifestSha1: entry.manifestSha1,
      flags,
      hold,
      variants: variantsId(variants),
      dependencies,
    })
  }

  for (const name of publishers) publisherId(name)
  let lastStem: string | undefined
  let lastId = -1
  for (const entry of entries) {
    if (entry.stem !== lastStem) {
      lastStem = entry.stem
      lastId = isStem(entry.stem) ? stemId(entry.stem) : -1
    }
    if (lastId >= 0) addPackage(entry, lastId)
  }
  return {
    publishers: publisherTable.items,
    stems: stemTable.items,
    texts: textTable.items,
    packages,
    dependencies: dependencyTable.items,
    targets: targetTable.items,
    conditions: conditionTable.items,
  }
}

function sortTags(tags: Tag[]): readonly Tag[] {
  return tags.length < 2 ? tags : tags.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
