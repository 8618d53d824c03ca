import type { PublisherName } from '#model'
import type { CatalogEntry } from './catalog-collect.ts'
import type { CatalogPart, PartEntry } from './catalog-part.ts'

/** The two parts of one origin's catalog that a solver needs; a part that the catalog does not have is undefined. */
export interface OriginParts {
  readonly base: CatalogPart | undefined
  readonly dependency: CatalogPart | undefined
}

const noActions: readonly string[] = []

/**
 * Entries of one publisher from all its origins, the first origin's first: of equal versions the one that comes first
 * counts when a catalog is built, so that the first origin that has a version says what it is. Only the publisher's own
 * entries count, whatever else a catalog holds. Source: catalog-v1 §5.
 */
export function* mergeOrigins(
  publisher: PublisherName,
  origins: readonly OriginParts[],
): Generator<CatalogEntry> {
  for (const { base, dependency } of origins) {
    const dependencies = dependency?.publishers.get(publisher)
    for (const [stem, entries] of base?.publishers.get(publisher) ?? []) {
      const actionsOf = actionsByVersion(dependencies?.get(stem))
      for (const entry of entries) {
        yield {
          publisher,
          stem,
          version: entry.version,
          manifestSha1: entry['signature-sha-1'],
          actions: actionsOf(entry.version),
        }
      }
    }
  }
}

/** Looks up the actions of a version; fast when it is asked in the order of the list, right in any order. */
function actionsByVersion(entries: readonly PartEntry[] | undefined): (version: string) => readonly string[] {
  if (entries === undefined) return () => noActions
  let next = 0
  let byVersion: Map<string, readonly string[]> | undefined
  return (version) => {
    const candidate = entries[next]
    if (candidate?.version === version) {
      next++
      return candidate.actions ?? noActions
    }
    byVersion ??= new Map(entries.map((entry) => [entry.version, entry.actions ?? noActions]))
    return byVersion.get(version) ?? noActions
  }
}
