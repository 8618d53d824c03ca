import type { PublisherName } from '#model'
import type { Collector } from './catalog-collect.ts'
import type { CatalogPart, PartEntry } from './catalog-part.ts'

/** The two parts of one origin's catalog that a solver needs; a part that the catalog does not have is undefined. */
export interface OriginParts {
  readonly base: CatalogPart | undefined
  readonly dependency: CatalogPart | undefined
}

const noActions: readonly string[] = []

/**
 * Adds the entries of one publisher in one origin. Of equal versions the one that was added first counts, so the first origin that
 * has a version says what it is. Only the publisher's own entries count, whatever else a catalog holds. Source: catalog-v1 §5.
 */
export function addOrigin(
  collector: Collector,
  publisher: PublisherName,
  { base, dependency }: OriginParts,
): void {
  const dependencies = dependency?.publishers.get(publisher)
  for (const [stem, entries] of base?.publishers.get(publisher) ?? []) {
    const actionsOf = actionsByVersion(dependencies?.get(stem))
    for (const { version, 'signature-sha-1': manifestSha1 } of entries) {
      collector.add({ publisher, stem, version, manifestSha1, actions: actionsOf(version) })
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
