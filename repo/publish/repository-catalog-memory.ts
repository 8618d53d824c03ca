import { ok, type Result } from '#model'
import type { ChangedCatalog, RepositoryCatalog } from './catalog-publish.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import {
  openOrStartCatalog,
  readCatalogFile,
  readPublisherCatalog,
  replaceCatalog,
} from './repository-catalog-files.ts'
import type { Repository } from './repository-open.ts'

/** A catalog as this process read or wrote it, and the attributes file that it had then. */
interface KnownCatalog {
  readonly attributes: Uint8Array
  readonly catalog: RepositoryCatalog
}

/**
 * Catalogs by folder of their publisher, as long as the repository object lives. Reading a whole catalog for each package would make
 * each publication slower than the one before. A known catalog is valid while `catalog.attrs` has the same bytes, because that file states
 * the signature of every other one.
 */
const known = new WeakMap<Repository, Map<string, KnownCatalog>>()

function knownOf(repository: Repository): Map<string, KnownCatalog> {
  const catalogs = known.get(repository) ?? new Map<string, KnownCatalog>()
  known.set(repository, catalogs)
  return catalogs
}

function current(repository: Repository, folder: string): RepositoryCatalog | undefined {
  const one = knownOf(repository).get(folder)
  const attributes = one === undefined ? undefined : readCatalogFile(folder, 'catalog.attrs')
  return attributes?.equals(one!.attributes) === true ? one!.catalog : undefined
}

/**
 * The catalog of a publisher's folder, to be changed under the lock of the publisher; a missing one is made. The memory drops it
 * until `commitCatalog`, because a change modifies it. Problem: `bad_catalog`.
 */
export async function takeCatalog(
  repository: Repository,
  folder: string,
  now: number,
): Promise<Result<RepositoryCatalog, RepositoryChangeProblem>> {
  const catalog = current(repository, folder)
  knownOf(repository).delete(folder)
  return catalog === undefined ? openOrStartCatalog(folder, now) : ok(catalog)
}

/** Puts a changed catalog into the folder of its publisher. Throws the error of a failed disk call. */
export function commitCatalog(
  repository: Repository,
  folder: string,
  { catalog, files }: ChangedCatalog,
): void {
  replaceCatalog(folder, files, true)
  knownOf(repository).set(folder, { attributes: files.get('catalog.attrs')!, catalog })
}

/** The catalog of a publisher's folder, read-only; undefined if there is none, or if it cannot be read. */
export async function peekCatalog(
  repository: Repository,
  folder: string,
): Promise<RepositoryCatalog | undefined> {
  const catalog = current(repository, folder)
  if (catalog !== undefined) return catalog
  const attributes = readCatalogFile(folder, 'catalog.attrs')
  const read = await readPublisherCatalog(folder)
  if (!read.ok || read.value === undefined || attributes === undefined) return undefined
  knownOf(repository).set(folder, { attributes, catalog: read.value })
  return read.value
}
