import { type Catalog, type Fmri, type PackageId, parseVersion, type Stem, type StemId } from '#model'

/** First and one past the last package id of a stem. */
export function packagesOf(catalog: Catalog, stem: StemId): readonly [PackageId, PackageId] {
  return [catalog.stemStart[stem] ?? 0, catalog.stemStart[stem + 1] ?? 0]
}

/** Id of exactly this version of this publisher; undefined when the catalog lacks it. */
export function findPackage(catalog: Catalog, fmri: Fmri): PackageId | undefined {
  const id = fmri.publisher === undefined ? -1 : catalog.findFmri(fmri)
  return id < 0 ? undefined : id
}

/** Publisher prefix of a package. */
export function publisherOf(catalog: Catalog, id: PackageId): Fmri['publisher'] {
  return catalog.publishers[catalog.packagePublisher[id] ?? -1]
}

/** Name of the stem of a package. */
export function stemOf(catalog: Catalog, id: PackageId): Stem {
  return catalog.stemName(catalog.packageStem[id] ?? 0)
}

/** The package as a full FMRI. Throws when the catalog holds a version that does not parse, which its builder excludes. */
export function fmriOf(catalog: Catalog, id: PackageId): Fmri {
  const version = parseVersion(catalog.packageVersion(id))
  if (!version.ok) throw new Error(`catalog version does not parse: ${catalog.packageVersion(id)}`)
  return { publisher: publisherOf(catalog, id), stem: stemOf(catalog, id), version: version.value }
}
