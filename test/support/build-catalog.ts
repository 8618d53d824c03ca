import type { Catalog, PublisherName } from '#model'
import type { CatalogEntry } from '#repo'
import { collectEntries } from '../../repo/catalog/catalog-collect.ts'
import { catalogOfCollection, encodeCollection } from '../../repo/index-file/catalog-index.ts'

/** A catalog of entries in memory, without file. Publishers get an id even without packages. */
export function buildCatalog(publishers: readonly PublisherName[], entries: Iterable<CatalogEntry>): Catalog {
  return catalogOfCollection(collectEntries(publishers, entries))
}

/** The bytes of the index file of entries. */
export function encodeCatalogIndex(input: {
  readonly publishers: readonly PublisherName[]
  readonly entries: Iterable<CatalogEntry>
  readonly stamp: string
}): Uint8Array {
  return encodeCollection(collectEntries(input.publishers, input.entries), input.stamp)
}
