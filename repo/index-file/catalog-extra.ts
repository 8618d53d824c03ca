import type { PublisherName } from '#model'
import {
  type CatalogEntry,
  type Collection,
  collectEntries,
  dependencyHead,
} from '../catalog/catalog-collect.ts'
import type { CollectedTag } from '../catalog/catalog-names.ts'
import { createVersionKeys, type VersionKey, wholeVersion } from '../catalog/catalog-version.ts'
import { packageVersions } from './catalog-index.ts'

/** A package version read, with ids into the tables of the `Extra` it is in. */
export interface ExtraPackage {
  readonly stem: number
  readonly publisher: number
  readonly key: VersionKey
  /** Text of the version up to the timestamp, or all of it when `timestamp` is 0. */
  readonly text: number
  /** From `packTimestamp`. */
  readonly timestamp: number
  readonly manifestSha1: string | undefined
  readonly flags: number
  readonly hold: number
  readonly variants: number
  readonly dependencies: readonly number[]
}

export interface ExtraDependency {
  /** Index into `dependencyTypes`. */
  readonly type: number
  readonly condition: number
  readonly targets: readonly number[]
  readonly predicate: number
  /** 0 or 1. */
  readonly rootImage: number
}

export interface ExtraTarget {
  readonly stem: number
  readonly text: number
  readonly publisher: number
  readonly key: VersionKey | undefined
}

/** A collection of few entries, as objects. */
export interface Extra {
  readonly publishers: readonly PublisherName[]
  readonly stems: readonly string[]
  readonly texts: readonly string[]
  readonly packages: readonly ExtraPackage[]
  readonly dependencies: readonly ExtraDependency[]
  readonly targets: readonly ExtraTarget[]
  readonly conditions: readonly (readonly CollectedTag[])[]
}

/** Reads the entries that a catalog is to be extended by. */
export function collectExtra(entries: Iterable<CatalogEntry>): Extra {
  const collection = collectEntries([], entries)
  const { publishers, stems, texts, conditions } = collection
  return {
    publishers,
    stems,
    texts,
    conditions,
    packages: listPackages(collection),
    dependencies: listDependencies(collection),
    targets: listTargets(collection),
  }
}

function listPackages(collection: Collection): readonly ExtraPackage[] {
  const { packages, dependencyList } = collection
  const keys = createVersionKeys()
  const versions = packageVersions(collection)
  return Array.from({ length: packages.count }, (_, id) => ({
    stem: packages.stem[id]!,
    publisher: packages.publisher[id]!,
    key: keys.of(wholeVersion(versions, id)),
    text: packages.text[id]!,
    timestamp: packages.timestamp[id]!,
    manifestSha1: packages.manifestSha1(id),
    flags: packages.flags[id]!,
    hold: packages.hold[id]!,
    variants: packages.variants[id]!,
    dependencies: Array.from(
      dependencyList.subarray(packages.dependencyStart[id], packages.dependencyStart[id + 1]),
    ),
  }))
}

function listDependencies({
  dependencies: { count, starts, values },
}: Collection): readonly ExtraDependency[] {
  return Array.from({ length: count }, (_, id) => {
    const start = starts[id]!
    return {
      type: values[start]!,
      condition: values[start + 1]!,
      predicate: values[start + 2]!,
      rootImage: values[start + 3]!,
      targets: Array.from(values.subarray(start + dependencyHead, starts[id + 1])),
    }
  })
}

function listTargets({ targets: { count, starts, values }, versionKey }: Collection): readonly ExtraTarget[] {
  return Array.from({ length: count }, (_, id) => {
    const text = values[starts[id]! + 1]!
    return {
      stem: values[starts[id]!]!,
      text,
      publisher: values[starts[id]! + 2]!,
      key: text < 0 ? undefined : versionKey(text),
    }
  })
}
