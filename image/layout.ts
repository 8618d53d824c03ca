import { join } from 'node:path'
import type { AbsolutePath, Fmri } from '#model'
import { besidePlace, configName, fmriDirectoryPath, foreignConfigName, metadataNames } from '#model'

export { configName, foreignConfigName, metadataNames }

/** Where the metadata folder of an image waits that is being replaced. Nobody else calls a copy of it that. */
export function setAside(place: string): string {
  return `${place}${besidePlace.replaced}`
}

/** Paths of an image's own files. */
export type ImageLayout = ReturnType<typeof imageLayout>

/**
 * Paths of the files in a metadata folder. Throws RangeError for FMRIs without publisher or version: installed and catalog packages have
 * both. Source: image §3; docs/image-files.md has the differences.
 */
export function imageLayout(metadata: AbsolutePath) {
  const publisher = (prefix: string): string => join(metadata, 'publisher', prefix)
  const prefixOf = (fmri: Fmri): string => {
    if (fmri.publisher === undefined) throw new RangeError(`no publisher: ${fmri.stem}`)
    return fmri.publisher
  }
  return {
    metadata,
    config: join(metadata, configName),
    lock: join(metadata, 'lock'),
    /** Installed database, the truth. */
    database: join(metadata, 'installed.db'),
    /** Stamped copy of the database for readers. */
    snapshot: join(metadata, 'installed.snapshot'),
    /** Touched after every change of the image. */
    modified: join(metadata, 'modified'),
    /** Space reserved for operations that free space on a full disk. */
    reserve: join(metadata, 'reserve'),
    history: join(metadata, 'history'),
    /** Release notes of operations. */
    notes: join(metadata, 'notes'),
    cache: join(metadata, 'cache'),
    /** Disposable: names the configuration text that was found right last. */
    checkedConfig: join(metadata, 'cache', 'config.checked'),
    /** Disposable: the merged catalogs. */
    catalogIndex: join(metadata, 'cache', 'catalog.index'),
    publisher,
    lastRefreshed: (prefix: string) => join(publisher(prefix), 'last_refreshed'),
    installedManifest: (fmri: Fmri) => join(publisher(prefixOf(fmri)), 'pkg', fmriDirectoryPath(fmri)),
    /** Manifests fetched for planning, disposable. */
    cachedManifest: (fmri: Fmri) =>
      join(metadata, 'cache', 'publisher', prefixOf(fmri), 'pkg', fmriDirectoryPath(fmri)),
    /** Content cache of a publisher. */
    payloads: (prefix: string) => join(publisher(prefix), 'file'),
    payload: (prefix: string, hash: string) => join(publisher(prefix), 'file', hash.slice(0, 2), hash),
  } as const
}
