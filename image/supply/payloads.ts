import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { ActionPlan } from '#executor'
import {
  type Action,
  actionDigests,
  attribute,
  err,
  type Filesystem,
  type Fmri,
  formatFmri,
  hashNames,
  isDiskFull,
  makeDirectories,
  ok,
  type PublisherName,
  parseSize,
  preferredDigest,
  type Result,
  removeTree,
} from '#model'
import type { PayloadRequest, RepositoryProblem } from '#repo'
import type { ImageLayout } from '../layout.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt, attemptQuietly } from '../storage.ts'
import { cachedPayload, PayloadPlaces, payloadPlace } from './payload-places.ts'

/**
 * Brings every payload of a plan into the content cache, each verified by repo before it gets its name; those that
 * are found in a repository on this machine stay there.
 * Problems: the repository's, `bad_manifest` for a payload name that is no digest, `storage` and its kin.
 */
export async function ensurePayloads(
  context: ImageContext,
  payloads: ActionPlan['payloads'],
  places = new PayloadPlaces(context),
): Promise<Result<void, OperationProblem>> {
  const { host, layout } = context
  const requests = new Map<string, NamedRequest[]>()
  const folders = new Set<string>()
  const caches = new Map<string, boolean>()
  const isCached = (publisher: string, path: string): boolean => {
    const any = caches.get(publisher) ?? host.filesystem.lstat(layout.payloads(publisher)) !== undefined
    caches.set(publisher, any)
    return any && host.filesystem.lstat(path)?.type === 'file'
  }
  for (const { fmri, action } of payloads) {
    const destination = payloadPlace(layout, fmri, action)
    if (destination === undefined || fmri.publisher === undefined)
      return err({
        code: 'ips::repository_error::bad_manifest',
        uri: '',
        fmri: formatFmri(fmri),
        reason: `'${action.payload ?? ''}' is not a payload name`,
      })
    const { publisher } = fmri
    const present = attempt(() => {
      const isHere = isCached(publisher, destination)
      if (!isHere && places.find(fmri, action)) return true
      places.cached(fmri, action)
      if (isHere) return true
      const folder = dirname(destination)
      if (!folders.has(folder)) makeDirectories(host.filesystem, folder)
      folders.add(folder)
      return false
    })
    if (!present.ok) return present
    if (present.value) continue
    const list = requests.get(publisher) ?? []
    list.push(new NamedRequest(layout, publisher, fmri, action))
    requests.set(publisher, list)
  }
  for (const [name, list] of requests) {
    const fetched = await fetchFrom(context, name, list)
    if (!fetched.ok) {
      if (wasDiskFull(fetched.error)) discard(host.filesystem, [...requests.values()].flat())
      return fetched
    }
  }
  return ok(undefined)
}

/** True when an operation failed because there was no room on the disk. */
export function wasDiskFull(problem: OperationProblem): boolean {
  switch (problem.code) {
    case 'ips::repository_error::all_origins_failed':
      return problem.causes.some(wasDiskFull)
    case 'ips::repository_error::storage':
      return isDiskFull(problem.errno)
    case 'ips::image_error::storage':
    case 'ips::installer_error::step_failed':
      return isDiskFull(problem.cause.errno)
    default:
      return problem.code === 'ips::installer_error::commit_failed' && isDiskFull(problem.cause?.errno ?? '')
  }
}

/** Payloads that came before the disk was full: kept, they would leave no room for anything else. */
function discard(filesystem: Filesystem, requests: readonly NamedRequest[]): void {
  for (const { destination } of requests) attemptQuietly(() => filesystem.unlink(destination))
}

/** A payload to fetch, and the package that problems name. */
interface FetchRequest extends PayloadRequest {
  readonly fmri?: Fmri
}

/** A request that remembers whose payload it is. There may be very many, so where it goes is made up when it is asked for. */
class NamedRequest implements FetchRequest {
  readonly #layout: ImageLayout
  readonly publisher: PublisherName
  readonly fmri: Fmri
  readonly action: Action

  constructor(layout: ImageLayout, publisher: PublisherName, fmri: Fmri, action: Action) {
    this.#layout = layout
    this.publisher = publisher
    this.fmri = fmri
    this.action = action
  }

  get destination(): string {
    return this.#layout.payload(this.publisher, this.action.payload ?? '')
  }
}

/** The problem with the path and the package of the payload beside its digest, which says nothing to anybody. */
function namePayload(problem: RepositoryProblem, requests: readonly FetchRequest[]): RepositoryProblem {
  if (problem.code === 'ips::repository_error::all_origins_failed') {
    const causes = problem.causes.map((cause) => namePayload(cause, requests))
    return { ...problem, object: nameObject(problem.object, requests), causes }
  }
  return 'object' in problem ? { ...problem, object: nameObject(problem.object, requests) } : problem
}

function nameObject(object: string, requests: readonly FetchRequest[]): string {
  const wanted = requests.find(({ action }) => object === `payload ${action.payload}`)
  if (wanted?.fmri === undefined) return object
  const path = attribute(wanted.action, 'path') ?? attribute(wanted.action, 'license') ?? wanted.action.type
  return `${object} (${path} of ${formatFmri(wanted.fmri)})`
}

/** What the sources had begun to write beside the places of payloads. */
function removeIncoming({ host }: ImageContext, requests: readonly FetchRequest[]): void {
  const { filesystem, process } = host
  const own = new RegExp(`^\\..*\\.${process.pid}-\\d+$`)
  for (const folder of new Set(requests.map(({ destination }) => dirname(destination))))
    attemptQuietly(() => {
      if (filesystem.lstat(folder) === undefined) return
      for (const name of filesystem.readDirectory(folder))
        if (own.test(name)) filesystem.unlink(`${folder}/${name}`)
    })
}

/** Fetches payloads of one publisher; a cancellation leaves no half of a file. Problems: the repository's. */
export async function fetchFrom(
  context: ImageContext,
  name: string,
  requests: readonly FetchRequest[],
): Promise<Result<void, OperationProblem>> {
  const publisher = context.config().publishers.find((one) => one.name === name)
  if (publisher === undefined) return err({ code: 'ips::repository_error::no_origin', publisher: name })
  const withdraw = context.host.cancellation.beforeEnd(() => removeIncoming(context, requests))
  const fetching = context.sources.chain(publisher).fetchPayloads(requests, {
    onProgress: ({ itemsDone, itemsTotal, bytesDone, bytesTotal }) =>
      context.host.events.emit({
        kind: 'progress',
        name: 'download',
        done: itemsDone,
        total: itemsTotal,
        bytesDone,
        bytesTotal,
      }),
  })
  const [first] = await fetching.finally(withdraw)
  return first === undefined ? ok(undefined) : err(namePayload(first.problem, requests))
}

/**
 * Removes those of the cached payloads that are not what their actions state: a power cut may have taken the content of a file that
 * has its name. Answers whether there were any. Throws `FilesystemError`.
 */
export function discardDamaged(context: ImageContext, payloads: ActionPlan['payloads']): boolean {
  const { filesystem } = context.host
  let found = false
  for (const { fmri, action } of payloads) {
    const path = cachedPayload(filesystem, context.layout, fmri, action)
    if (path === undefined || isStoredAsStated(filesystem, path, action)) continue
    filesystem.unlink(path)
    found = true
  }
  return found
}

function isStoredAsStated(filesystem: Filesystem, path: string, action: Action): boolean {
  const size = parseSize(attribute(action, 'pkg.csize'))
  if (size !== undefined && size !== filesystem.lstat(path)?.size) return false
  const digest = preferredDigest(actionDigests(action), 'gzip')
  if (digest === undefined) return false
  const hash = createHash(hashNames[digest.algorithm])
  for (const chunk of filesystem.readChunks(path)) hash.update(chunk)
  return hash.digest('hex') === digest.hex
}

/** Empties the content cache of all publishers. Throws `FilesystemError`. */
export function flushPayloads(context: ImageContext): void {
  const { host, layout } = context
  const publishers = layout.publisher('')
  if (host.filesystem.lstat(publishers)?.type !== 'directory') return
  for (const prefix of host.filesystem.readDirectory(publishers))
    removeTree(host.filesystem, layout.payloads(prefix))
}
