import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PublisherName } from '#model'
import { folderUri } from '../folder-uri.ts'
import { listPublishers, openLayout } from '../layout/repository-layout.ts'
import type { Repository } from '../publish/repository-open.ts'

/** The repository of a depot and its publishers. */
export interface DepotFacts {
  readonly repository: Repository
  readonly publishers: readonly PublisherName[]
}

/** A file system may not tell changes apart that come within this time; milliseconds. */
const COARSE = 2000

/** Reads the facts about a repository, and again only after its configuration or its list of publishers has changed. */
export function createDepotFacts(root: string, now: () => number): () => Promise<DepotFacts | undefined> {
  let known: { readonly stamp: string; readonly facts: DepotFacts } | undefined
  return async () => {
    const stamp = stampOf(root, now)
    if (known !== undefined && known.stamp === stamp) return known.facts
    known = undefined
    const layout = await openLayout(root, folderUri(root))
    if (!layout.ok || layout.value.kind !== 'version-4') return undefined
    const publishers = await listPublishers(layout.value)
    if (!publishers.ok) return undefined
    const facts = { repository: layout.value, publishers: publishers.value }
    if (stamp !== undefined) known = { stamp, facts }
    return facts
  }
}

/** Differs after a change; undefined while a further change might not be seen. Threads that take the calls over cost more than these do. */
function stampOf(root: string, now: () => number): string | undefined {
  const parts: string[] = []
  for (const place of [join(root, 'pkg5.repository'), join(root, 'publisher')]) {
    const found = statusOf(place)
    if (found === undefined || found.mtimeMs >= now() - COARSE) return undefined
    parts.push(`${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`)
  }
  return parts.join()
}

/** Status of a path, links followed; undefined when it is missing or cannot be read. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    // The caller that reads the file reports why.
    return undefined
  }
}
