import { type Fmri, type PublisherName, parseStem, type Tag } from '#model'
import { createTupleTable, type TupleTable } from '../tuple-table.ts'
import { createVersionKeys, type VersionKey } from './catalog-version.ts'

/** A variant or facet and its values, by text id. */
export interface CollectedTag {
  readonly name: number
  readonly values: readonly number[]
}

/** Positions of things by key, given out in order of first appearance. */
interface Table<T> {
  readonly items: T[]
  id(key: string, make: () => T): number
  /** Position of a known key; undefined for any other. */
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

/** The names in catalog entries, numbered in order of first appearance. */
export interface CatalogNames {
  readonly publishers: readonly PublisherName[]
  readonly stems: readonly string[]
  readonly texts: readonly string[]
  readonly conditions: readonly (readonly CollectedTag[])[]
  readonly targets: TupleTable
  readonly dependencies: TupleTable
  publisherId(name: PublisherName): number
  textId(text: string): number
  /** Id of a stem, or -1 for a text that is none. */
  checkedStem(text: string): number
  /** Id of a condition; -1 for none. */
  conditionId(tags: readonly Tag[]): number
  /** Id of the target that an FMRI is, by how it was written. */
  targetId(written: string, fmri: Fmri): number
  /** Key of the version that a text is; undefined where it is none. */
  versionKey(text: string): VersionKey | undefined
}

export function createCatalogNames(): CatalogNames {
  const keys = createVersionKeys()
  const versionKeys = new Map<string, VersionKey>()
  const publisherTable = createTable<PublisherName>()
  const stemTable = createTable<string>()
  const textTable = createTable<string>()
  const conditionTable = createTable<readonly CollectedTag[]>()
  const targets = createTupleTable()
  const dependencies = createTupleTable()
  const badStems = new Set<string>()

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

  const targetId = (written: string, fmri: Fmri): number => {
    const at = fmri.version === undefined ? -1 : written.lastIndexOf('@')
    const text = at < 0 ? -1 : textId(written.slice(at + 1).trimEnd())
    const stem = stemId(fmri.stem)
    const publisher = fmri.publisher === undefined ? -1 : publisherId(fmri.publisher)
    return targets.id([stem, text, publisher])
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

  const versionKey = (text: string): VersionKey | undefined => {
    const known = versionKeys.get(text)
    if (known !== undefined) return known
    const key = keys.parse(text)
    if (key !== undefined) versionKeys.set(text, key)
    return key
  }

  return {
    publishers: publisherTable.items,
    stems: stemTable.items,
    texts: textTable.items,
    conditions: conditionTable.items,
    targets,
    dependencies,
    publisherId,
    textId,
    checkedStem,
    conditionId,
    targetId,
    versionKey,
  }
}
