import { join } from 'node:path'
import { type Event, err, type Filesystem, ok, type PublisherName, type Result } from '#model'
import { type CatalogAttributes, openAttributes } from './catalog-attrs.ts'
import { applyLogs, openLog, type PartUnderUpdate, type UpdateLog } from './catalog-log.ts'
import { type OpenedPart, openPart, serialisePart } from './catalog-part.ts'
import type { RepositoryProblem } from './problems.ts'
import { decideRefresh, usableParts } from './refresh-decision.ts'
import { installCatalogFiles, onDisk, originDirectory, readIfPresent } from './refresh-store.ts'
import type { RepositorySource } from './source.ts'

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

interface OriginInput extends Omit<RefreshInput, 'sources'> {
  readonly source: RepositorySource
  readonly directory: string
}

/** An expected failure, or a reason why the content does not fit together and everything must be fetched anew. */
type Fetched<T> = Result<T, RepositoryProblem>

/** What is to be written: changed files, `catalog.attrs` among them. */
interface NewState {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly attributes: CatalogAttributes
  /** Set when the base part was fetched or changed. */
  readonly base: OpenedPart | undefined
}

async function refreshOrigin(
  input: OriginInput,
): Promise<Result<'changed' | 'unchanged', RepositoryProblem>> {
  const local = input.full ? undefined : await readLocal(input)
  if (local !== undefined) {
    const remote = await fetchAttributes(input, false)
    if (!remote.ok) return remote
    const state = await bringForward(input, local, remote.value)
    if (state === 'unchanged') return ok('unchanged')
    if (state !== undefined) return install(input, state)
  }
  const fetched = await fetchAll(input)
  if (!fetched.ok && fetched.error.code !== 'ips::repository_error::bad_catalog') return fetched
  const last = fetched.ok ? fetched : await fetchAll(input)
  return last.ok ? install(input, last.value) : last
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

interface FetchedAttributes {
  readonly attributes: CatalogAttributes
  readonly bytes: Uint8Array
}

function badCatalog(input: OriginInput, file: string, reason: string): RepositoryProblem {
  return { code: 'ips::repository_error::bad_catalog', uri: input.source.uri, file, reason }
}

/** Fetches a file and reads it; content that does not verify is fetched once more past all caches. */
async function fetchFile<T>(
  input: OriginInput,
  name: string,
  revalidate: boolean,
  open: (bytes: Uint8Array) => Promise<T | string> | T | string,
): Promise<Fetched<{ bytes: Uint8Array; opened: T }>> {
  let problem: RepositoryProblem | undefined
  for (const past of revalidate ? [true, true] : [false, true]) {
    const bytes = await input.source.fetchCatalogFile(input.publisher, name, { revalidate: past })
    if (!bytes.ok) return bytes
    const opened = await open(bytes.value)
    if (typeof opened !== 'string') return ok({ bytes: bytes.value, opened })
    problem = badCatalog(input, name, opened)
  }
  return err(problem ?? badCatalog(input, name, 'it was not fetched'))
}

async function fetchAttributes(input: OriginInput, revalidate: boolean): Promise<Fetched<FetchedAttributes>> {
  const fetched = await fetchFile(input, 'catalog.attrs', revalidate, openAttributes)
  return fetched.ok ? ok({ attributes: fetched.value.opened, bytes: fetched.value.bytes }) : fetched
}

/** A part as the attributes state it; `bad_catalog` when it is another one. */
async function fetchPart(
  input: OriginInput,
  name: string,
  attributes: CatalogAttributes,
  revalidate: boolean,
): Promise<Fetched<{ bytes: Uint8Array; opened: OpenedPart }>> {
  const expected = attributes.parts.get(name)?.sha1
  return fetchFile(input, name, revalidate, (bytes) => {
    const opened = openPart(name, bytes)
    if (typeof opened === 'string' || expected === undefined || opened.sha1 === expected) return opened
    return `its signature is ${opened.sha1}, catalog.attrs says ${expected}`
  })
}

/** The whole catalog, past all caches. */
async function fetchAll(input: OriginInput): Promise<Fetched<NewState>> {
  const fetched = await fetchAttributes(input, true)
  if (!fetched.ok) return fetched
  const { attributes, bytes } = fetched.value
  return fetchParts(input, { attributes, bytes }, [...attributes.parts.keys()].filter(isUsable), true)
}

function isUsable(name: string): boolean {
  return (usableParts as readonly string[]).includes(name)
}

async function fetchParts(
  input: OriginInput,
  remote: FetchedAttributes,
  names: readonly string[],
  revalidate: boolean,
): Promise<Fetched<NewState>> {
  const files = new Map<string, Uint8Array>()
  let base: OpenedPart | undefined
  for (const name of names) {
    const part = await fetchPart(input, name, remote.attributes, revalidate)
    if (!part.ok) return part
    files.set(name, part.value.bytes)
    if (name === 'catalog.base.C') base = part.value.opened
  }
  files.set('catalog.attrs', remote.bytes)
  return ok({ files, attributes: remote.attributes, base })
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

/** Applies logs to the local parts and checks that they have become the remote ones. */
async function updateParts(
  input: OriginInput,
  local: CatalogAttributes,
  remote: FetchedAttributes,
  decision: { readonly logs: readonly string[]; readonly parts: readonly string[] },
): Promise<NewState | undefined> {
  const logs: UpdateLog[] = []
  for (const name of decision.logs) {
    const expected = remote.attributes.updates.get(name)?.sha1
    const log = await fetchFile(input, name, false, openLog)
    if (!log.ok || (expected !== undefined && log.value.opened.sha1 !== expected)) return undefined
    logs.push(log.value.opened.log)
  }
  const parts = new Map<string, PartUnderUpdate>()
  for (const name of decision.parts) {
    const opened = readLocalPart(input, local, name)
    const since = local.parts.get(name)?.lastModified
    if (opened === undefined || since === undefined) return undefined
    parts.set(name, { part: opened.part, since })
  }
  if (applyLogs(logs, parts) !== undefined) return undefined
  const files = new Map<string, Uint8Array>()
  let base: OpenedPart | undefined
  for (const [name, { part }] of parts) {
    const { bytes, sha1 } = serialisePart(part)
    const expected = remote.attributes.parts.get(name)?.sha1
    if (expected !== undefined && sha1 !== expected) return undefined
    files.set(name, bytes)
    if (name === 'catalog.base.C') base = { part, sha1 }
  }
  files.set('catalog.attrs', remote.bytes)
  return { files, attributes: remote.attributes, base }
}

function readLocalPart(input: OriginInput, local: CatalogAttributes, name: string): OpenedPart | undefined {
  const bytes = onDisk(() => readIfPresent(input.filesystem, join(input.directory, name)))
  if (!bytes.ok || bytes.value === undefined) return undefined
  const opened = openPart(name, bytes.value)
  const expected = local.parts.get(name)?.sha1
  if (typeof opened === 'string' || (expected !== undefined && opened.sha1 !== expected)) return undefined
  return opened
}

function install(input: OriginInput, state: NewState): Result<'changed', RepositoryProblem> {
  const { publisher, source } = input
  if (state.base !== undefined && !state.base.part.publishers.has(publisher)) {
    const names = [...state.base.part.publishers.keys()]
    if (names.length > 0) {
      input.onEvent({
        kind: 'warning',
        code: 'ips::repository_warning::other_publisher',
        text: `The catalog of ${source.uri} has no packages of ${publisher}, only of ${names.slice(0, 5).join(', ')}`,
      })
    }
  }
  const drop = usableParts.filter((name) => !state.attributes.parts.has(name))
  const written = onDisk(() => installCatalogFiles(input.filesystem, input.directory, state.files, drop))
  return written.ok ? ok('changed') : written
}
