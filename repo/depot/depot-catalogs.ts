import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { PublisherName, Result } from '#model'
import type { RepositoryCatalog } from '../publish/catalog-publish.ts'
import type { RepositoryChangeProblem } from '../publish/publication-problems.ts'
import { readPublisherCatalog } from '../publish/repository-catalog-files.ts'

/** Catalogs of a repository that is being served, parsed. */
export interface DepotCatalogs {
  /** As `readPublisherCatalog`; the same value again for as long as the catalog does not change on disk. */
  read(publisher: PublisherName): Promise<Result<RepositoryCatalog | undefined, RepositoryChangeProblem>>
}

/** Parsed catalogs kept at a time; a large one takes some hundred megabytes. */
const mostCatalogs = 4

/**
 * Caches parsed catalogs, because a large catalog takes seconds to parse. Requests that arrive meanwhile wait for the same result. `read` reads the catalog of a publisher's folder.
 */
export function createDepotCatalogs(
  root: string,
  read: typeof readPublisherCatalog = readPublisherCatalog,
): DepotCatalogs {
  const kept = new LRUCache<string, ReturnType<typeof readPublisherCatalog>>({ max: mostCatalogs })
  return {
    async read(publisher) {
      const folder = join(root, 'publisher', publisher)
      const status = await stat(join(folder, 'catalog', 'catalog.attrs')).catch(() => undefined)
      // A catalog is replaced as a whole: a new folder with new files.
      const stamp = status === undefined ? 'none' : `${status.ino} ${status.mtimeMs} ${status.size}`
      const key = `${publisher} ${stamp}`
      const known = kept.get(key)
      if (known !== undefined) return known
      for (const other of [...kept.keys()]) if (other.startsWith(`${publisher} `)) kept.delete(other)
      const answer = read(folder)
      kept.set(key, answer)
      const result = await answer.catch((thrown: unknown) => {
        kept.delete(key)
        throw thrown
      })
      if (!result.ok) kept.delete(key)
      return result
    },
  }
}
