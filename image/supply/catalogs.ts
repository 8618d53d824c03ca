import { type Catalog, formatVersion, ok, type Result } from '#model'
import {
  type CatalogEntry,
  type CatalogLocation,
  catalogTime,
  extendCatalog,
  loadCatalog,
  loadSummaries,
  type RepositoryProblem,
  refreshPublisher,
  type Summaries,
} from '#repo'
import { findPackage } from '../catalog-lookup.ts'
import type { ConfiguredPublisher } from '../config/image-config.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'

/** Outcome of one publisher: `partial` when some of its origins failed; `not-due` and publishers without origin ask nobody. */
export interface PublisherRefresh {
  readonly publisher: string
  readonly outcome: 'unchanged' | 'changed' | 'partial' | 'failed' | 'not-due'
  /** One per failed origin. */
  readonly problems: readonly RepositoryProblem[]
}

/** Result of fetching the catalogs of a publisher. */
export interface FetchedCatalogs extends PublisherRefresh {
  /** URIs of the failed origins, in the order of `problems`. */
  readonly failedOrigins: readonly string[]
}

/**
 * Known packages of all enabled publishers, from the index file where it is fresh, plus the installed ones that none of them offers.
 * Problems: `damaged_cache`, `storage`.
 */
export async function imageCatalog(
  context: ImageContext,
  state: InstalledState,
): Promise<Result<Catalog, OperationProblem>> {
  const loaded = loadCatalog({ ...location(context), indexPath: context.layout.catalogIndex })
  if (!loaded.ok) return loaded
  const { catalog } = loaded.value
  const missing = state.packages.filter(({ fmri }) => findPackage(catalog, fmri) === undefined)
  return ok(missing.length === 0 ? catalog : extendCatalog(catalog, missing.map(installedEntry)))
}

/**
 * When the repositories of a publisher last changed its stored catalogs, in milliseconds since 1970-01-01 UTC: the latest of its enabled
 * origins. Undefined: none of them has a catalog.
 */
export async function catalogUpdated(
  context: ImageContext,
  publisher: ConfiguredPublisher,
): Promise<number | undefined> {
  const place = { filesystem: context.host.filesystem, directory: context.layout.publisher(publisher.name) }
  let latest: number | undefined
  for (const { uri, enabled } of publisher.origins) {
    const time = enabled ? await catalogTime(place, uri) : undefined
    if (time !== undefined) latest = Math.max(time, latest ?? time)
  }
  return latest
}

/** One-line summaries of known packages. Costs a read of all summary parts. Problems: `damaged_cache`, `storage`. */
export function catalogSummaries(context: ImageContext): Result<Summaries, OperationProblem> {
  return loadSummaries(location(context))
}

/** Brings the stored catalogs of one publisher up to date, origin by origin. */
export async function fetchCatalogs(
  context: ImageContext,
  publisher: ConfiguredPublisher,
  options: { readonly full: boolean },
): Promise<FetchedCatalogs> {
  const { origins } = await refreshPublisher({
    publisher: publisher.name,
    sources: context.sources.origins(publisher),
    directory: context.layout.publisher(publisher.name),
    filesystem: context.host.filesystem,
    full: options.full,
    onEvent: (event) => context.host.events.emit(event),
  })
  const problems = origins.flatMap((origin) => (origin.outcome === 'failed' ? [origin.problem] : []))
  const failedOrigins = origins.flatMap(({ uri, outcome }) => (outcome === 'failed' ? [uri] : []))
  const changed = origins.some(({ outcome }) => outcome === 'changed')
  const outcome =
    problems.length === 0
      ? changed
        ? 'changed'
        : 'unchanged'
      : problems.length === origins.length
        ? 'failed'
        : 'partial'
  return { publisher: publisher.name, outcome, problems, failedOrigins }
}

function location(context: ImageContext): CatalogLocation {
  return {
    filesystem: context.host.filesystem,
    publishers: context
      .config()
      .publishers.filter(({ enabled }) => enabled)
      .map((publisher) => ({
        name: publisher.name,
        directory: context.layout.publisher(publisher.name),
        origins: publisher.origins.filter(({ enabled }) => enabled).map(({ uri }) => uri),
      })),
  }
}

function installedEntry(record: InstalledRecord): CatalogEntry {
  const { publisher, stem, version } = record.fmri
  if (publisher === undefined || version === undefined)
    throw new RangeError(`an installed package needs publisher and version: ${stem}`)
  return {
    publisher,
    stem,
    version: formatVersion(version),
    actions: record.catalogActions === '' ? [] : record.catalogActions.split('\n'),
    installedOnly: true,
  }
}
