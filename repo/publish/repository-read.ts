import type { Fmri, PublisherName, Result } from '#model'
import { attribute, compareFmris, err, ok, parseAction, parseFmri } from '#model'
import type { RepositoryProblem } from '../problems.ts'
import type { RepositorySource } from '../source.ts'
import type { RepositoryCatalog } from './catalog-publish.ts'
import { openRepositoryCatalog } from './catalog-publish.ts'

/** A package version as a catalog lists it. */
export interface CatalogListing {
  readonly fmri: Fmri
  readonly state: 'offered' | 'obsolete' | 'renamed' | 'legacy'
  readonly summary: string
  /** SHA-1 (hex) of the manifest, where the catalog states it. */
  readonly manifestSha1: string | undefined
}

/**
 * Downloads and checks the whole catalog of a publisher; once more past all caches if it does not verify, or if it changed meanwhile.
 * Problems: those of the source, `bad_catalog`.
 */
export async function fetchRepositoryCatalog(
  source: RepositorySource,
  publisher: PublisherName,
): Promise<Result<RepositoryCatalog, RepositoryProblem>> {
  const first = await fetchWhole(source, publisher, false)
  const again = !first.ok && first.error.code === 'ips::repository_error::bad_catalog'
  return again ? fetchWhole(source, publisher, true) : first
}

async function fetchWhole(
  source: RepositorySource,
  publisher: PublisherName,
  revalidate: boolean,
): Promise<Result<RepositoryCatalog, RepositoryProblem>> {
  const files = new Map<string, Uint8Array>()
  const attrs = await source.fetchCatalogFile(publisher, 'catalog.attrs', { revalidate })
  if (!attrs.ok) return attrs
  files.set('catalog.attrs', attrs.value)
  // Opening the catalog tells which part is missing.
  for (;;) {
    let wanted: string | undefined
    const opened = await openRepositoryCatalog((name) => {
      const bytes = files.get(name)
      if (bytes === undefined) wanted ??= name
      return bytes
    })
    if (opened !== undefined && typeof opened !== 'string') return ok(opened)
    if (wanted === undefined || files.size > 200) {
      const reason = opened ?? 'it has no attributes'
      return err({ code: 'ips::repository_error::bad_catalog', uri: source.uri, file: 'catalog', reason })
    }
    const part = await source.fetchCatalogFile(publisher, wanted, { revalidate })
    if (!part.ok) return part
    files.set(wanted, part.value)
  }
}

/** Package versions of a catalog by stem, newest first within a stem. */
export function listCatalog(catalog: RepositoryCatalog, publisher: PublisherName): readonly CatalogListing[] {
  const actionsOf = (part: string) => {
    const found = new Map<string, readonly string[]>()
    for (const [stem, entries] of catalog.parts.get(part)?.publishers.get(publisher) ?? []) {
      for (const entry of entries) found.set(`${stem}@${entry.version}`, entry.actions ?? [])
    }
    return found
  }
  const dependencies = actionsOf('catalog.dependency.C')
  const summaries = actionsOf('catalog.summary.C')
  const listings: CatalogListing[] = []
  for (const [stem, entries] of catalog.parts.get('catalog.base.C')?.publishers.get(publisher) ?? []) {
    for (const entry of entries) {
      const fmri = parseFmri(`pkg://${publisher}/${stem}@${entry.version}`)
      if (!fmri.ok) continue
      const key = `${stem}@${entry.version}`
      listings.push({
        fmri: fmri.value,
        state: stateOf(dependencies.get(key) ?? []),
        summary: settingOf(summaries.get(key) ?? [], 'pkg.summary') ?? '',
        manifestSha1: entry['signature-sha-1'],
      })
    }
  }
  return listings.sort((a, b) =>
    a.fmri.stem === b.fmri.stem ? compareFmris(b.fmri, a.fmri) : a.fmri.stem < b.fmri.stem ? -1 : 1,
  )
}

/** State of a package version by its actions in the dependency part. */
export function stateOf(actions: readonly string[]): CatalogListing['state'] {
  if (settingOf(actions, 'pkg.obsolete') === 'true') return 'obsolete'
  if (settingOf(actions, 'pkg.renamed') === 'true') return 'renamed'
  return settingOf(actions, 'pkg.legacy') === 'true' ? 'legacy' : 'offered'
}

function settingOf(actions: readonly string[], name: string): string | undefined {
  for (const line of actions) {
    if (!line.startsWith('set ') || !line.includes(name)) continue
    const action = parseAction(line)
    if (action.ok && attribute(action.value, 'name') === name) return attribute(action.value, 'value')
  }
  return undefined
}
