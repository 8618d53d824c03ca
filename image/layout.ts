import { join } from 'node:path'
import type { AbsolutePath, Fmri, ImageKind } from '#model'
import { fmriDirectoryPath } from '#model'

/** Name of the configuration file; its presence makes a directory an image. Source: image §12. */
export const configName = 'pkg6.image.json'

/** Name of pkg5's configuration file: recognised, never read. */
export const foreignConfigName = 'pkg5.image'

/** Metadata directory below the root, by kind. Order: where both are, the first wins. */
export const metadataNames: readonly (readonly [ImageKind, string])[] = [
  ['user', '.org.opensolaris,pkg'],
  ['partial', '.pkg'],
  ['full', 'var/pkg'],
]

/** Where the metadata folder of an image waits that is being replaced. Nobody else calls a copy of it that. */
export function setAside(place: string): string {
  return `${place}.replaced`
}

/** Paths of an image's own files. Source: image §3; docs/image-files.md has the differences. */
export interface ImageLayout {
  readonly metadata: AbsolutePath
  readonly config: string
  readonly lock: string
  /** Installed database, the truth. */
  readonly database: string
  /** Stamped copy of the database for readers. */
  readonly snapshot: string
  /** Touched after every change of the image. */
  readonly modified: string
  readonly history: string
  /** Release notes of operations. */
  readonly notes: string
  readonly cache: string
  /** Disposable: names the configuration text that was found right last. */
  readonly checkedConfig: string
  /** Disposable: the merged catalogs. */
  readonly catalogIndex: string
  publisher(prefix: string): string
  lastRefreshed(prefix: string): string
  /** Installed manifests. */
  installedManifest(fmri: Fmri): string
  /** Manifests fetched for planning, disposable. */
  cachedManifest(fmri: Fmri): string
  /** Content cache of a publisher. */
  payloads(prefix: string): string
  payload(prefix: string, hash: string): string
}

/** Throws RangeError for FMRIs without publisher or version: installed and catalog packages have both. */
export function imageLayout(metadata: AbsolutePath): ImageLayout {
  const publisher = (prefix: string): string => join(metadata, 'publisher', prefix)
  const prefixOf = (fmri: Fmri): string => {
    if (fmri.publisher === undefined) throw new RangeError(`no publisher: ${fmri.stem}`)
    return fmri.publisher
  }
  return {
    metadata,
    config: join(metadata, configName),
    lock: join(metadata, 'lock'),
    database: join(metadata, 'installed.db'),
    snapshot: join(metadata, 'installed.snapshot'),
    modified: join(metadata, 'modified'),
    history: join(metadata, 'history'),
    notes: join(metadata, 'notes'),
    cache: join(metadata, 'cache'),
    checkedConfig: join(metadata, 'cache', 'config.checked'),
    catalogIndex: join(metadata, 'cache', 'catalog.index'),
    publisher,
    lastRefreshed: (prefix) => join(publisher(prefix), 'last_refreshed'),
    installedManifest: (fmri) => join(publisher(prefixOf(fmri)), 'pkg', fmriDirectoryPath(fmri)),
    cachedManifest: (fmri) =>
      join(metadata, 'cache', 'publisher', prefixOf(fmri), 'pkg', fmriDirectoryPath(fmri)),
    payloads: (prefix) => join(publisher(prefix), 'file'),
    payload: (prefix, hash) => join(publisher(prefix), 'file', hash.slice(0, 2), hash),
  }
}
