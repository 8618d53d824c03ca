import {
  type CatalogAttributes,
  compareTimestamps,
  type FileRecord,
  localeOf,
} from '../catalog/catalog-attrs.ts'
import { logName, neededLogs } from '../catalog/catalog-log.ts'

/** The parts that a client keeps; all of locale C. */
export const usableParts = ['catalog.base.C', 'catalog.dependency.C', 'catalog.summary.C'] as const

/** The fetches that bring a local catalog to the state of the remote one. */
export type RefreshDecision =
  | { readonly kind: 'unchanged' }
  /** Only `catalog.attrs` differs. */
  | { readonly kind: 'attributes' }
  /** Apply these logs, in this order, to these parts. */
  | { readonly kind: 'incremental'; readonly logs: readonly string[]; readonly parts: readonly string[] }
  /** Fetch these parts whole. */
  | { readonly kind: 'parts'; readonly parts: readonly string[] }
  /** It is another catalog than before: fetch everything. */
  | { readonly kind: 'full' }

/** Compares the attributes. Source: catalog-v1 §5 steps 3 to 5. Pure. */
export function decideRefresh(local: CatalogAttributes, remote: CatalogAttributes): RefreshDecision {
  if (local.created !== remote.created) return { kind: 'full' }
  if (local.lastModified === remote.lastModified) return { kind: 'unchanged' }
  const changed: string[] = []
  let since: string | null = null
  for (const [name, before] of local.parts) {
    const after = remote.parts.get(name)
    if (after === undefined) return { kind: 'full' }
    if (!isUsable(name)) continue
    const order = compareTimestamps(after.lastModified, before.lastModified)
    if (order < 0) return { kind: 'full' }
    if (order === 0) continue
    changed.push(name)
    if (compareTimestamps(before.lastModified, since) > 0) since = before.lastModified
  }
  const added = [...remote.parts.keys()].filter((name) => isUsable(name) && !local.parts.has(name))
  if (changed.length === 0 && added.length === 0) return { kind: 'attributes' }
  if (added.length > 0 || since === null || !changed.every((name) => hasLogOf(name, local.parts, remote))) {
    return { kind: 'parts', parts: [...changed, ...added] }
  }
  return { kind: 'incremental', logs: neededLogs(remote.updates, 'C', since), parts: changed }
}

function isUsable(name: string): boolean {
  return (usableParts as readonly string[]).includes(name)
}

/** The log of the hour in which the local part was last changed shows that logs reach back far enough. */
function hasLogOf(name: string, parts: ReadonlyMap<string, FileRecord>, remote: CatalogAttributes): boolean {
  const before = parts.get(name)
  return before !== undefined && remote.updates.has(logName(before.lastModified, localeOf(name)))
}
