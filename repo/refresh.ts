import { join } from 'node:path'
import {
  type Event,
  err,
  type Filesystem,
  FilesystemError,
  ok,
  type PublisherName,
  type Result,
} from '#model'
import { type CatalogAttributes, openAttributes } from './catalog-attrs.ts'
import { applyLogs, openLog, type PartUnderUpdate, type UpdateLog } from './catalog-log.ts'
import { type OpenedPart, openPart, serialisePart } from './catalog-part.ts'
import { rewritePart, scanStems } from './catalog-rewrite.ts'
import { createPartScanner, type PartScanner } from './catalog-scan.ts'
import type { RepositoryProblem } from './problems.ts'
import { decideRefresh, usableParts } from './refresh-decision.ts'
import {
  installCatalogFiles,
  type NewContent,
  onDisk,
  originDirectory,
  readIfPresent,
  stagedPath,
  stagingSink,
  unstage,
} from './refresh-store.ts'
import type { PieceSink, RepositorySource } from './source.ts'

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
  readonly files: ReadonlyMap<string, NewContent>
  readonly attributes: CatalogAttributes
  /** Publishers in the base part, when that was fetched or changed. */
  readonly publishers: readonly string[] | undefined
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

/**
 * Writes a part beside its place and checks it on the way; gives the publishers in it. `bad_catalog` when it is another
 * one than the attributes state.
 */
async function fetchPart(
  input: OriginInput,
  name: string,
  attributes: CatalogAttributes,
  revalidate: boolean,
): Promise<Fetched<readonly string[]>> {
  const expected = attributes.parts.get(name)?.sha1
  const path = join(input.directory, name)
  const staging = stagingSink(input.filesystem, path)
  let problem: RepositoryProblem | undefined
  for (const past of revalidate ? [true, true] : [false, true]) {
    let check = startPartCheck(name)
    const sink: PieceSink = {
      begin() {
        check = startPartCheck(name)
        staging.begin()
      },
      take(piece) {
        staging.take(piece)
        check.scanner.take(piece)
      },
    }
    const fetched = await untilDiskFails(() =>
      input.source.fetchCatalogFile(input.publisher, name, { revalidate: past, sink }),
    )
    if (!fetched.ok) return fetched
    const checked = finishPartCheck(input, name, check)
    if (!checked.ok) return checked
    const found = checked.value
    if (typeof found !== 'string' && (expected === undefined || found.sha1 === expected)) {
      return ok(found.publishers)
    }
    const reason =
      typeof found === 'string' ? found : `its signature is ${found.sha1}, catalog.attrs says ${expected}`
    problem = badCatalog(input, name, reason)
  }
  return err(problem ?? badCatalog(input, name, 'it was not fetched'))
}

/** Turns a failed disk call in a fetch into `storage`. */
async function untilDiskFails<T>(fetch: () => Promise<Fetched<T>>): Promise<Fetched<T>> {
  try {
    return await fetch()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { path, errno } = error.problem
    return err({ code: 'ips::repository_error::storage', path, errno })
  }
}

interface PartCheck {
  readonly scanner: PartScanner
  readonly publishers: string[]
}

function startPartCheck(name: string): PartCheck {
  const publishers: string[] = []
  const scanner = createPartScanner(isBasePart(name), {
    member: (member) => {
      if (!member.startsWith('_')) publishers.push(member)
    },
    stem() {},
    entryStart() {},
    action() {},
    entry() {},
  })
  return { scanner, publishers }
}

/** Signature and publishers of a staged part, or the reason why it is none; what the scanner refuses is read as a whole. */
function finishPartCheck(
  { filesystem, directory }: OriginInput,
  name: string,
  { scanner, publishers }: PartCheck,
): Fetched<{ readonly sha1: string; readonly publishers: readonly string[] } | string> {
  const scanned = scanner.finish()
  if (scanned !== undefined) return ok({ sha1: scanned.sha1, publishers })
  const bytes = onDisk(() => filesystem.readFile(stagedPath(join(directory, name))))
  if (!bytes.ok) return bytes
  const opened = openPart(name, bytes.value)
  if (typeof opened === 'string') return ok(opened)
  return ok({ sha1: opened.sha1, publishers: [...opened.part.publishers.keys()] })
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
  const files = new Map<string, NewContent>()
  let publishers: readonly string[] | undefined
  for (const name of names) {
    const part = await fetchPart(input, name, remote.attributes, revalidate)
    if (!part.ok) {
      for (const begun of names) unstage(input.filesystem, join(input.directory, begun))
      return part
    }
    files.set(name, 'staged')
    if (name === 'catalog.base.C') publishers = part.value
  }
  files.set('catalog.attrs', remote.bytes)
  return ok({ files, attributes: remote.attributes, publishers })
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
  const rewritten = onDisk(() => rewriteParts(input, local, remote, decision.parts, logs))
  if (!rewritten.ok) return undefined
  if (rewritten.value !== 'refused') return rewritten.value
  const parts = new Map<string, PartUnderUpdate>()
  for (const name of decision.parts) {
    const opened = readLocalPart(input, local, name)
    const since = local.parts.get(name)?.lastModified
    if (opened === undefined || since === undefined) return undefined
    parts.set(name, { part: opened.part, since })
  }
  if (applyLogs(logs, parts) !== undefined) return undefined
  const files = new Map<string, NewContent>()
  let publishers: readonly string[] | undefined
  for (const [name, { part }] of parts) {
    const { bytes, sha1 } = serialisePart(part)
    const expected = remote.attributes.parts.get(name)?.sha1
    if (expected !== undefined && sha1 !== expected) return undefined
    files.set(name, bytes)
    if (name === 'catalog.base.C') publishers = [...part.publishers.keys()]
  }
  files.set('catalog.attrs', remote.bytes)
  return { files, attributes: remote.attributes, publishers }
}

/**
 * As `updateParts`, by reading each part twice in pieces: once for the stems that the logs name, once to write it anew.
 * `refused`: a part is not written canonically or damaged; undefined: the logs do not make it the remote one.
 */
function rewriteParts(
  input: OriginInput,
  local: CatalogAttributes,
  remote: FetchedAttributes,
  names: readonly string[],
  logs: readonly UpdateLog[],
): NewState | 'refused' | undefined {
  const { filesystem, directory } = input
  const scanFile = (name: string, scanner: PartScanner): void => {
    const path = join(directory, name)
    if (filesystem.lstat(path) === undefined) return
    for (const piece of filesystem.readChunks(path)) if (!scanner.take(piece)) return
  }
  const named = new Map<string, Set<string>>()
  for (const log of logs) {
    for (const [publisher, stems] of log.publishers) {
      named.set(publisher, new Set([...(named.get(publisher) ?? []), ...stems.keys()]))
    }
  }
  const parts = new Map<string, PartUnderUpdate>()
  for (const name of names) {
    const { scanner, part } = scanStems(isBasePart(name), named)
    scanFile(name, scanner)
    const found = scanner.finish()
    const before = local.parts.get(name)
    if (found === undefined || before === undefined) return 'refused'
    if (before.sha1 !== undefined && before.sha1 !== found.sha1) return 'refused'
    parts.set(name, { part, since: before.lastModified })
  }
  if (applyLogs(logs, parts) !== undefined) return undefined
  const files = new Map<string, NewContent>()
  let publishers: readonly string[] | undefined
  let fits = true
  try {
    for (const [name, { part }] of parts) {
      const staging = stagingSink(filesystem, join(directory, name))
      staging.begin()
      const rewriter = rewritePart(isBasePart(name), named, part, staging.take)
      scanFile(name, rewriter.scanner)
      const done = rewriter.finish()
      const expected = remote.attributes.parts.get(name)?.sha1
      fits = done !== undefined && (expected === undefined || done.sha1 === expected)
      if (!fits) return undefined
      files.set(name, 'staged')
      if (name === 'catalog.base.C') publishers = done?.publishers
    }
    files.set('catalog.attrs', remote.bytes)
    return { files, attributes: remote.attributes, publishers }
  } catch (error) {
    fits = false
    throw error
  } finally {
    if (!fits) for (const name of names) unstage(filesystem, join(directory, name))
  }
}

function isBasePart(name: string): boolean {
  return name.startsWith('catalog.base.')
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
