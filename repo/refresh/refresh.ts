import { join } from 'node:path'
import { type Event, type Filesystem, ok, type PublisherName, parseTimestamp, type Result } from '#model'
import { type CatalogAttributes, compareTimestamps, openAttributes } from '../catalog/catalog-attrs.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { RepositorySource } from '../source.ts'
import { decideRefresh, usableParts } from './refresh-decision.ts'
import {
  type FetchedAttributes,
  fetchAll,
  fetchAttributes,
  fetchParts,
  type NewState,
  type OriginPlace,
} from './refresh-fetch.ts'
import { installCatalogFiles, onDisk, originDirectory, readIfPresent } from './refresh-store.ts'
import { updateParts } from './refresh-update.ts'

/** One publisher to be refreshed. */
export interface RefreshInput {
  readonly publisher: PublisherName
  /** One for each enabled origin, in the publisher's order. */
  readonly sources: readonly RepositorySource[]
  /** The publisher's catalog directory; each origin has its own below `origins/`. */
  readonly directory: string
  readonly filesystem: Filesystem
  /** Fetch everything anew, past all caches. */
  readonly full: boolean
  readonly onEvent: (event: Event) => void
}

/** How it went with one origin. */
export type OriginRefresh =
  | { readonly uri: string; readonly outcome: 'changed' | 'unchanged' }
  | { readonly uri: string; readonly outcome: 'failed'; readonly problem: RepositoryProblem }

/** How it went with a publisher, in the order of its origins. */
export interface PublisherRefresh {
  readonly publisher: PublisherName
  readonly origins: readonly OriginRefresh[]
}

/**
 * When the local catalog of an origin was last changed by its repository, in milliseconds since 1970-01-01 UTC. Undefined: there is no
 * catalog, or it does not say.
 */
export async function catalogTime(
  { filesystem, directory }: Pick<RefreshInput, 'filesystem' | 'directory'>,
  uri: string,
): Promise<number | undefined> {
  const bytes = onDisk(() =>
    readIfPresent(filesystem, join(originDirectory(directory, uri), 'catalog.attrs')),
  )
  const attributes = bytes.ok && bytes.value !== undefined ? await openAttributes(bytes.value) : ''
  if (typeof attributes === 'string') return undefined
  return parseTimestamp(attributes.lastModified?.replace(/\.\d+Z$/, 'Z'))
}

/**
 * Brings the local catalogs of a publisher's origins up to date, each on its own: a failed origin keeps the catalog it
 * had. Problems are returned by origin, never thrown. Source: catalog-v1 §5, transport §5.
 */
export async function refreshPublisher(input: RefreshInput): Promise<PublisherRefresh> {
  const origins: OriginRefresh[] = []
  const total = input.sources.length
  const progress = () =>
    input.onEvent({ kind: 'progress', name: `refresh ${input.publisher}`, done: origins.length, total })
  progress()
  for (const source of input.sources) {
    const directory = originDirectory(input.directory, source.uri)
    const refreshed = await refreshOrigin({ ...input, source, directory })
    if (refreshed.ok) origins.push({ uri: source.uri, outcome: refreshed.value })
    else origins.push({ uri: source.uri, outcome: 'failed', problem: refreshed.error })
    progress()
  }
  return { publisher: input.publisher, origins }
}

interface OriginInput extends OriginPlace {
  readonly full: boolean
  readonly onEvent: (event: Event) => void
}

async function refreshOrigin(
  input: OriginInput,
): Promise<Result<'changed' | 'unchanged', RepositoryProblem>> {
  const local = await readLocal(input)
  if (local !== undefined && !input.full) {
    const remote = await fetchAttributes(input, false)
    if (!remote.ok) return remote
    const state = await bringForward(input, local, remote.value)
    if (state === 'unchanged') return ok('unchanged')
    if (state !== undefined) return install(input, state, local)
  }
  // An update that does not fit the local catalog may come from a cache.
  const fetched = await fetchAll(input, local !== undefined)
  if (!fetched.ok && fetched.error.code !== 'ips::repository_error::bad_catalog') return fetched
  const last = fetched.ok ? fetched : await fetchAll(input, true)
  return last.ok ? install(input, last.value, local) : last
}

/** Attributes of the local catalog; undefined when there is none, or none that can be built upon. */
async function readLocal({ filesystem, directory }: OriginInput): Promise<CatalogAttributes | undefined> {
  const read = onDisk(() => readIfPresent(filesystem, join(directory, 'catalog.attrs')))
  if (!read.ok || read.value === undefined) return undefined
  const attributes = await openAttributes(read.value)
  if (typeof attributes === 'string') return undefined
  const present = onDisk(() =>
    usableParts.every(
      (name) => !attributes.parts.has(name) || filesystem.lstat(join(directory, name)) !== undefined,
    ),
  )
  return present.ok && present.value ? attributes : undefined
}

/** The new state by the cheapest way; undefined when only a full refresh will do. */
async function bringForward(
  input: OriginInput,
  local: CatalogAttributes,
  remote: FetchedAttributes,
): Promise<NewState | 'unchanged' | undefined> {
  const decision = decideRefresh(local, remote.attributes)
  if (decision.kind === 'unchanged') return 'unchanged'
  if (decision.kind === 'full') return undefined
  if (decision.kind === 'incremental') return updateParts(input, local, remote, decision)
  const fetched = await fetchParts(input, remote, decision.kind === 'parts' ? decision.parts : [], false)
  return fetched.ok ? fetched.value : undefined
}

function install(
  input: OriginInput,
  state: NewState,
  local: CatalogAttributes | undefined,
): Result<'changed', RepositoryProblem> {
  const { publisher, source } = input
  warnOfOlder(input, state.attributes, local)
  const names = state.publishers ?? []
  if (names.length > 0 && !names.includes(publisher)) {
    input.onEvent({
      kind: 'warning',
      code: 'ips::repository_warning::other_publisher',
      text: `The catalog of ${source.uri} has no packages of ${publisher}, only of ${names.slice(0, 5).join(', ')}`,
    })
  }
  const drop = usableParts.filter((name) => !state.attributes.parts.has(name))
  const written = onDisk(() => installCatalogFiles(input.filesystem, input.directory, state.files, drop))
  return written.ok ? ok('changed') : written
}

/** An old copy of a repository hides newer packages, for example those with security fixes. */
function warnOfOlder(
  input: OriginInput,
  remote: CatalogAttributes,
  local: CatalogAttributes | undefined,
): void {
  if (local === undefined || compareTimestamps(remote.lastModified, local.lastModified) >= 0) return
  input.onEvent({
    kind: 'warning',
    code: 'ips::repository_warning::older_catalog',
    text:
      `The catalog of ${input.source.uri} is older than the one that was known before: ` +
      `${remote.lastModified ?? 'without a time'} instead of ${local.lastModified}. It may be an old copy that hides newer packages.`,
  })
}
