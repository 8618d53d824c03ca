import type { Dispatcher } from 'undici'
import type { Action, Fmri, PublisherName, Result } from '#model'
import { err, fmriUrlPath, formatFmri, ok } from '#model'
import { isCatalogFileName } from '../catalog/catalog-name.ts'
import { createLimiter } from '../concurrency.ts'
import { checkManifestText } from '../layout/manifest-text.ts'
import { expectPayload } from '../payload/payload.ts'
import { savePayload } from '../payload/payload-save.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { PieceSink, RepositorySource } from '../source.ts'
import { discard } from '../stream-write.ts'
import { TransferError } from '../transfer-error.ts'
import type { HttpBody } from './http-body.ts'
import { collectBody, readBody } from './http-body.ts'
import { connectionProblem, statusProblem } from './http-failure.ts'
import type { OfferedVersions } from './http-versions.ts'
import { chooseVersion, parseVersions, publisherBase } from './http-versions.ts'
import { parsePublisherInfo } from './publisher-info.ts'
import type { TransportSettings } from './transport-settings.ts'

interface Wanted {
  readonly url: string
  /** Name in problems. */
  readonly object: string
  readonly limit: number
  /** Whether an encoded answer is welcome: catalogs and manifests only, payloads are packed already. */
  readonly encoded: boolean
  /** Go past caches on the way. */
  readonly fresh: boolean
  /** Expected bytes; undefined if unknown. */
  readonly stated?: number | undefined
}

/**
 * Reads a depot over http or https. Each call is one try (`retryingSource` adds the others); at most
 * `settings.concurrency` transfers run at a time over kept connections. `versions/0` is asked once. After bad content the
 * next try of the same object goes past caches. Source: transport §2 to §5, §8.
 */
export function createHttpSource(uri: string, settings: TransportSettings): RepositorySource {
  let connected: Promise<Connection> | undefined
  const limiter = createLimiter(Math.max(1, settings.concurrency))
  const suspects = new Set<string>()
  let asked: Promise<Result<OfferedVersions, RepositoryProblem>> | undefined

  async function open(wanted: Wanted): Promise<Result<HttpBody, RepositoryProblem>> {
    let url = new URL(wanted.url)
    for (let redirects = 0; ; redirects += 1) {
      let answer: Dispatcher.ResponseData
      connected ??= connect(settings)
      const { request, dispatcherFor } = await connected
      try {
        answer = await request(url, {
          dispatcher: dispatcherFor(url),
          method: 'GET',
          headers: requestHeaders(settings, wanted),
          headersTimeout: settings.lowSpeedTimeout,
          bodyTimeout: 0,
        })
      } catch (thrown) {
        return err(connectionProblem(uri, wanted.object, thrown, settings.proxyFor(url.href)))
      }
      const location = textHeader(answer, 'location')
      if (isRedirect(answer.statusCode) && location !== undefined) {
        discard(answer.body)
        const next = redirectTarget(url, location)
        if (next === undefined || redirects >= settings.maximumRedirects) {
          const why = next === undefined ? `redirected to "${location}"` : 'too many redirects'
          const reason = `${wanted.object}: ${why}`
          return err({ code: 'ips::repository_error::unreachable', uri, reason, status: undefined })
        }
        url = next
        continue
      }
      return accept(wanted, answer)
    }
  }

  function accept(wanted: Wanted, answer: Dispatcher.ResponseData): Result<HttpBody, RepositoryProblem> {
    const refuse = (problem: RepositoryProblem) => {
      discard(answer.body)
      return err(problem)
    }
    if (answer.statusCode !== 200) {
      const { object } = wanted
      const detail = textHeader(answer, 'x-ipkg-error')
      const status = answer.statusCode
      return refuse(statusProblem({ uri, object, status, statusText: answer.statusText ?? '', detail }))
    }
    const length = Number(textHeader(answer, 'content-length') ?? '')
    if (length > wanted.limit) {
      return refuse({
        code: 'ips::repository_error::bad_size',
        uri,
        object: wanted.object,
        expected: wanted.limit,
        found: length,
      })
    }
    return ok({
      uri,
      object: wanted.object,
      stream: answer.body,
      encoding: textHeader(answer, 'content-encoding'),
      limit: wanted.limit,
      lowSpeedTimeout: settings.lowSpeedTimeout,
      lowSpeedLimit: settings.lowSpeedLimit,
      longest: longestTransfer(settings, wanted.stated),
    })
  }

  async function collect(wanted: Wanted, sink?: PieceSink): Promise<Result<Uint8Array, RepositoryProblem>> {
    return limiter(async () => {
      const body = await open(wanted)
      if (!body.ok) return body
      try {
        if (sink === undefined) return ok(await collectBody(body.value))
        sink.begin()
        for await (const piece of readBody(body.value)) sink.take(piece)
        return ok(new Uint8Array(0))
      } catch (thrown) {
        if (thrown instanceof TransferError) return err(thrown.problem)
        throw thrown
      }
    })
  }

  async function askVersions(): Promise<Result<OfferedVersions, RepositoryProblem>> {
    const url = `${uri}versions/0/`
    const limit = settings.sizes.statement
    const bytes = await collect({ url, object: 'versions/0', limit, encoded: false, fresh: false })
    if (!bytes.ok) {
      if (bytes.error.code !== 'ips::repository_error::not_found') return bytes
      const reason = 'versions/0: HTTP status 404'
      return err({ code: 'ips::repository_error::unreachable', uri, reason, status: 404 })
    }
    const versions = parseVersions(Buffer.from(bytes.value).toString('utf8'))
    if (versions !== undefined) return ok(versions)
    const reason = `${url} does not answer as a package repository.`
    return err({ code: 'ips::repository_error::not_a_repository', uri, reason })
  }

  /** Only a success is kept: a depot that was away may come back. */
  async function versions(): Promise<Result<OfferedVersions, RepositoryProblem>> {
    const mine = asked ?? askVersions()
    asked = mine
    const answer = await mine
    if (!answer.ok && asked === mine) asked = undefined
    return answer
  }

  /** Address of an operation, or why it cannot be asked. */
  async function operationUrl(
    operation: string,
    known: readonly number[],
    publisher: PublisherName | undefined,
  ): Promise<Result<string, RepositoryProblem>> {
    const offered = await versions()
    if (!offered.ok) return offered
    const version = chooseVersion(offered.value, operation, known)
    if (version === undefined) {
      const reason = `It does not offer ${operation} in version ${known.join(' or ')}.`
      return err({ code: 'ips::repository_error::not_a_repository', uri, reason })
    }
    const base = publisher === undefined ? uri : publisherBase(uri, offered.value, publisher)
    return ok(`${base}${operation}/${version}/`)
  }

  /** Keeps in mind where content was bad. Bounded: forgetting costs no more than one cached answer. */
  function judge<T>(url: string, outcome: Result<T, RepositoryProblem>): Result<T, RepositoryProblem> {
    if (outcome.ok) suspects.delete(url)
    else if (isBadContent(outcome.error)) {
      if (suspects.size >= 10_000) suspects.clear()
      suspects.add(url)
    }
    return outcome
  }

  return {
    uri,
    async fetchPublishers() {
      const base = await operationUrl('publisher', [0, 1], undefined)
      if (!base.ok) return base
      const limit = settings.sizes.statement
      const object = 'publisher information'
      const bytes = await collect({ url: base.value, object, limit, encoded: false, fresh: false })
      return bytes.ok ? parsePublisherInfo(Buffer.from(bytes.value).toString('utf8'), uri) : bytes
    },
    async fetchCatalogFile(publisher, name, options) {
      const object = `catalog file ${name}`
      if (!isCatalogFileName(name)) return err({ code: 'ips::repository_error::not_found', uri, object })
      const base = await operationUrl('catalog', [1], publisher)
      if (!base.ok) return base
      const url = `${base.value}${name}`
      const limit = settings.sizes.catalogFile
      return collect({ url, object, limit, encoded: true, fresh: options.revalidate }, options.sink)
    },
    async fetchManifest(publisher: PublisherName, fmri: Fmri, sha1: string | undefined) {
      const base = await operationUrl('manifest', [0, 1], publisher)
      if (!base.ok) return base
      const url = `${base.value}${fmriUrlPath(fmri)}`
      const object = `manifest ${formatFmri(fmri)}`
      const limit = settings.sizes.manifest
      const bytes = await collect({ url, object, limit, encoded: true, fresh: suspects.has(url) })
      return bytes.ok ? judge(url, checkManifestText(bytes.value, sha1, fmri, uri)) : bytes
    },
    async fetchPayload(publisher: PublisherName, action: Action, destination: string) {
      const expected = expectPayload(action, uri)
      if (!expected.ok) return expected
      const base = await operationUrl('file', [1, 0], publisher)
      if (!base.ok) return base
      const url = `${base.value}${expected.value.name}`
      const object = `payload ${expected.value.name}`
      const limit = expected.value.storedSize ?? settings.sizes.payload
      return limiter(async () => {
        const body = await open({
          url,
          object,
          limit,
          encoded: false,
          fresh: suspects.has(url),
          stated: expected.value.storedSize,
        })
        if (!body.ok) return judge(url, body)
        const bytes = readBody(body.value)
        const job = { bytes, expected: expected.value, destination, uri, limit: settings.sizes.payload }
        const saved = await savePayload(job)
        discard(body.value.stream)
        return judge(url, saved)
      })
    },
    payloadFolders: async () => [],
    close: async () => (await connected)?.destroy(),
  }
}

interface Connection {
  readonly request: typeof import('undici').request
  /** A redirect may lead to a host with another proxy. */
  readonly dispatcherFor: (url: URL) => Dispatcher
  readonly destroy: () => Promise<void>
}

/** Loads the HTTP client at the first request: most commands never make one, and it is large. */
async function connect(settings: TransportSettings): Promise<Connection> {
  // The default export is what the package itself calls its exports; a bundle has no other names for them.
  const { Agent, ProxyAgent, request } = (await import('undici')).default
  // Stated here, because NODE_TLS_REJECT_UNAUTHORIZED in the environment changes the default.
  const plain = { timeout: settings.connectTimeout, rejectUnauthorized: true }
  let secure: typeof plain | undefined
  const transportFor = (url: URL, proxy = ''): typeof plain => {
    if (url.protocol !== 'https:' && !/^https:/i.test(proxy)) return plain
    secure ??= { ...plain, ...trustOf(settings) }
    return secure
  }
  const dispatchers = new Map<string, Dispatcher>()
  const make = (proxy: string | undefined, transport: typeof plain): Dispatcher => {
    const common = { connect: transport, connections: Math.max(1, settings.concurrency), pipelining: 1 }
    return proxy === undefined
      ? new Agent(common)
      : new ProxyAgent({
          ...common,
          uri: proxy,
          requestTls: transport,
          proxyTls: transport,
          proxyTunnel: false,
        })
  }
  return {
    request,
    dispatcherFor(url) {
      const proxy = settings.proxyFor(url.href)
      const key = `${url.protocol} ${proxy}`
      const known = dispatchers.get(key)
      if (known !== undefined) return known
      const dispatcher = make(proxy, transportFor(url, proxy))
      dispatchers.set(key, dispatcher)
      return dispatcher
    },
    async destroy() {
      await Promise.all([...dispatchers.values()].map((one) => one.destroy()))
    },
  }
}

/** Whom connections over TLS trust, and who they are themselves. Calls `certificateAuthorities`. */
function trustOf({ certificateAuthorities, clientCertificate }: TransportSettings) {
  return {
    ...(certificateAuthorities && { ca: [...certificateAuthorities()] }),
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  }
}

function requestHeaders(settings: TransportSettings, wanted: Wanted): Record<string, string> {
  return {
    'user-agent': settings.userAgent,
    'accept-encoding': wanted.encoded ? 'gzip, deflate' : 'identity',
    ...(wanted.fresh && { 'cache-control': 'no-cache', pragma: 'no-cache' }),
  }
}

/** Milliseconds for a whole answer, because an answer above the lowest speed may still never end. 0 = no limit. */
function longestTransfer(settings: TransportSettings, stated = 0): number {
  if (settings.lowSpeedTimeout === 0) return 0
  return settings.transferTimeout + (1000 * stated) / Math.max(1, settings.lowSpeedLimit)
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** Only to web addresses, and never from https down to http: the catalog is trusted for the sake of its connection. */
function redirectTarget(from: URL, location: string): URL | undefined {
  if (!URL.canParse(location, from.href)) return undefined
  const target = new URL(location, from.href)
  if (target.protocol === 'https:') return target
  return target.protocol === 'http:' && from.protocol === 'http:' ? target : undefined
}

function textHeader(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

function isBadContent(problem: RepositoryProblem): boolean {
  return (
    problem.code === 'ips::repository_error::bad_digest' ||
    problem.code === 'ips::repository_error::bad_size' ||
    problem.code === 'ips::repository_error::bad_manifest'
  )
}
