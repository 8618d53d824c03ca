import { join } from 'node:path'
import type { Fmri, PublisherName } from '#model'
import {
  fmriDirectoryPath,
  formatFmri,
  isPayloadName,
  matchesPattern,
  parseFmri,
  parseManifest,
  parsePattern,
  payloadName,
  unquote,
} from '#model'
import { isCatalogFileName } from '../catalog/catalog-name.ts'
import { isSafeSegment } from '../layout/repository-layout.ts'
import { readStored, readStoredGzip } from '../layout/stored-file.ts'
import { defaultSizeLimits } from '../limits.ts'
import { payloadPath } from '../payload/payload.ts'
import { createFileSource } from '../source/file-source.ts'
import { formatPublisherInfo } from '../source/publisher-info.ts'
import type { DepotAnswer } from './depot-answer.ts'
import { cacheHeaders, errorAnswer, keepSeconds, textAnswer } from './depot-answer.ts'
import { createDepotCatalogs, type DepotCatalogs } from './depot-catalogs.ts'
import { createDepotFacts, type DepotFacts, statusOf } from './depot-facts.ts'
import { packageInfo } from './depot-info.ts'

/** Most bytes of a licence text that `info` answers with; longer ones are left out. */
const longestLicence = 4 << 20

export interface DepotOptions {
  /** Absolute path of a version 4 repository. */
  readonly root: string
  /** Name and version in `versions/0`. */
  readonly software: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number
}

/** A request as far as a depot looks at it. */
export interface DepotRequest {
  readonly method: string
  /** As sent: undecoded, with leading slash. */
  readonly url: string
  readonly ifModifiedSince: string | undefined
}

/** Versions by operation, in order of name; the depot only reads. */
const operations: ReadonlyMap<string, readonly number[]> = new Map([
  ['catalog', [1]],
  ['file', [0, 1]],
  ['info', [0]],
  ['manifest', [0, 1]],
  ['p5i', [0]],
  ['publisher', [0, 1]],
  ['status', [0]],
  ['versions', [0]],
])

/** Operations of other depots: their names are never those of publishers. */
const unoffered = new Set([
  'abandon',
  'add',
  'admin',
  'append',
  'close',
  'feed',
  'index',
  'open',
  'search',
  'syspub',
])

interface Call extends DepotFacts {
  /** From the address. */
  readonly publisher: PublisherName | undefined
  readonly operation: string
  /** Undecoded. */
  readonly rest: readonly string[]
  readonly request: DepotRequest
}

/**
 * Answers requests to a version 4 repository without changing it: the read operations of a depot. Every path is made of
 * checked parts, so no request leads out of the repository. Source: repository-v4 §5.
 */
export function createDepot(options: DepotOptions): (request: DepotRequest) => Promise<DepotAnswer> {
  const catalogs = createDepotCatalogs(options.root)
  const factsNow = createDepotFacts(options.root, options.now)
  const handlers: Readonly<Record<string, (call: Call) => Promise<DepotAnswer>>> = {
    catalog: (call) => catalogAnswer(call, options),
    file: (call) => payloadAnswer(call, options),
    info: (call) => infoAnswer(call, options),
    manifest: (call) => manifestAnswer(call, options),
    p5i: (call) => p5iAnswer(call, options, catalogs),
    publisher: (call) => publisherAnswer(call, options),
    status: (call) => statusAnswer(call, options, catalogs),
    versions: async () => versionsAnswer(options),
  }
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return errorAnswer(405, 'This depot only reads.')
    }
    if (request.url.length > 8192) return errorAnswer(414, 'The address is too long.')
    const facts = await factsNow()
    if (facts === undefined) return errorAnswer(500, 'The repository cannot be read.')
    const segments = (request.url.split('?')[0] ?? '').split('/').slice(1)
    let publisher: PublisherName | undefined
    const [first = ''] = segments
    if (!operations.has(first) && !unoffered.has(first) && segments.length > 1) {
      const name = unquote(first)
      publisher = facts.publishers.find((known) => known === name)
      if (publisher === undefined) return errorAnswer(400, 'Unknown publisher')
      segments.shift()
    }
    const [operation = '', version = '', ...rest] = segments
    const versions = operations.get(operation)
    if (versions === undefined) return errorAnswer(404, 'There is no such operation.')
    if (!/^\d{1,6}$/.test(version)) return errorAnswer(400, 'The operation needs a version.')
    if (!versions.includes(Number(version)))
      return errorAnswer(404, 'The operation is not offered in this version.')
    const handler = handlers[operation]
    if (handler === undefined) return errorAnswer(404, 'There is no such operation.')
    return handler({
      ...facts,
      publisher,
      operation,
      rest,
      request,
    })
  }
}

function versionsAnswer(options: DepotOptions): DepotAnswer {
  const lines = [...operations].map(([name, versions]) => `${name} ${versions.join(' ')}\n`)
  const text = `pkg-server ${options.software}\n${lines.join('')}`
  return textAnswer(text, 'text/plain; charset=utf-8', keepSeconds.brief, options.now())
}

async function publisherAnswer(call: Call, options: DepotOptions): Promise<DepotAnswer> {
  const source = createFileSource('', options.root, defaultSizeLimits)
  const stated = await source.fetchPublishers()
  if (!stated.ok) return errorAnswer(500, 'The publisher information cannot be read.')
  const wanted = stated.value.filter((one) => call.publisher === undefined || one.name === call.publisher)
  const type = 'application/vnd.pkg5.info'
  return textAnswer(formatPublisherInfo(wanted), type, keepSeconds.listing, options.now())
}

async function catalogAnswer(call: Call, options: DepotOptions): Promise<DepotAnswer> {
  const name = unquote(call.rest.join('/'))
  if (name === undefined) return errorAnswer(400, 'The address is not validly encoded.')
  if (name === '') return errorAnswer(403, 'A catalog file must be named.')
  const publisher = call.publisher ?? call.repository.defaultPublisher
  if (publisher === undefined || !isCatalogFileName(name))
    return errorAnswer(404, 'There is no such catalog file.')
  // The attributes and the logs change in place; parts are only asked for after the attributes.
  const changing = name === 'catalog.attrs' || name.startsWith('update.')
  const path = join(options.root, 'publisher', publisher, 'catalog', name)
  const seconds = changing ? 0 : keepSeconds.listing
  return fileAnswer([path], 'text/plain; charset=utf-8', seconds, call.request, options)
}

async function payloadAnswer(call: Call, options: DepotOptions): Promise<DepotAnswer> {
  const name = unquote(call.rest.join('/')) ?? ''
  if (name === '') return errorAnswer(403, 'A file must be named.')
  if (!isPayloadName(name)) return errorAnswer(404, 'There is no such file.')
  const stored = payloadPath(name)
  const folders = searched(call).map((publisher) =>
    join(options.root, 'publisher', publisher, 'file', stored),
  )
  const paths = [...folders, join(options.root, 'file', stored)]
  return fileAnswer(paths, 'application/data', keepSeconds.content, call.request, options)
}

async function manifestAnswer(call: Call, options: DepotOptions): Promise<DepotAnswer> {
  const wanted = wantedFmri(call)
  if (!('stem' in wanted)) return wanted
  const paths = manifestPaths(call, options, wanted)
  return fileAnswer(paths, 'text/plain; charset=utf-8', keepSeconds.content, call.request, options)
}

async function infoAnswer(call: Call, options: DepotOptions): Promise<DepotAnswer> {
  const wanted = wantedFmri(call)
  if (!('stem' in wanted)) return wanted
  for (const publisher of searched(call, wanted)) {
    const [path = ''] = manifestPaths({ ...call, publisher }, options, wanted)
    const bytes = await readStored({ path, uri: '', object: 'manifest' }, defaultSizeLimits.manifest)
    if (!bytes.ok) continue
    const manifest = parseManifest(Buffer.from(bytes.value).toString('utf8'))
    if (!manifest.ok) return errorAnswer(500, 'The manifest is damaged.')
    const licences: string[] = []
    for (const action of manifest.value.actions) {
      const name = action.type === 'license' ? payloadName(action) : undefined
      if (name === undefined) continue
      const stored = join(options.root, 'publisher', publisher, 'file', payloadPath(name))
      const text = await readStoredGzip({ path: stored, uri: '', object: 'licence' }, longestLicence)
      if (text.ok) licences.push(Buffer.from(text.value).toString('utf8'))
    }
    const info = packageInfo({ ...wanted, publisher }, manifest.value, licences)
    return textAnswer(info, 'text/plain; charset=utf-8', keepSeconds.content, options.now())
  }
  return errorAnswer(404, 'There is no such package.')
}

async function statusAnswer(
  call: Call,
  options: DepotOptions,
  catalogs: DepotCatalogs,
): Promise<DepotAnswer> {
  const publishers = new Map<string, object>()
  for (const name of call.publishers) {
    const catalog = await catalogs.read(name)
    const attributes = catalog.ok ? catalog.value?.attributes : undefined
    publishers.set(name, {
      'last-catalog-update': attributes?.lastModified ?? '',
      'package-count': attributes?.packageCount ?? 0,
      'package-version-count': attributes?.packageVersionCount ?? 0,
      status: 'online',
    })
  }
  const sections = [...call.repository.config].filter(([name]) => name !== 'CONFIGURATION')
  const configuration = Object.fromEntries(
    sections.map(([name, values]) => [name, Object.fromEntries(values)]),
  )
  const requests = { catalog: 0, file: 0, manifests: 0 }
  const repository = {
    configuration,
    publishers: Object.fromEntries(publishers),
    requests,
    status: 'online',
    version: 4,
  }
  const text = `${JSON.stringify({ repository, version: 1 }, null, 2)}\n`
  return textAnswer(text, 'application/json; charset=utf-8', keepSeconds.brief, options.now())
}

async function p5iAnswer(call: Call, options: DepotOptions, catalogs: DepotCatalogs): Promise<DepotAnswer> {
  const text = unquote(call.rest.join('/'))?.replace(/\.p5i$/, '')
  const pattern = text === undefined ? undefined : parsePattern(text)
  if (text === undefined || pattern === undefined || !pattern.ok)
    return errorAnswer(400, 'This is not a package pattern.')
  const byStem = !text.includes('@') || text.includes('*')
  const publishers: object[] = []
  for (const name of call.publisher === undefined ? call.publishers : [call.publisher]) {
    const catalog = await catalogs.read(name)
    const stems = catalog.ok ? catalog.value?.parts.get('catalog.base.C')?.publishers.get(name) : undefined
    const packages = new Set<string>()
    for (const [stem, entries] of stems ?? []) {
      for (const entry of entries) {
        const fmri = parseFmri(`pkg://${name}/${stem}@${entry.version}`)
        if (fmri.ok && matchesPattern(pattern.value, fmri.value)) {
          packages.add(byStem ? stem : formatFmri(fmri.value, 'bare'))
        }
      }
    }
    const sorted = byStem ? [...packages].sort() : [...packages]
    if (sorted.length > 0) publishers.push({ alias: null, name, packages: sorted, repositories: [] })
  }
  if (publishers.length === 0) return errorAnswer(404, 'No package matches.')
  const document = `${JSON.stringify({ packages: [], publishers, version: 1 }, null, 2)}\n`
  return textAnswer(document, 'application/vnd.pkg5.info', keepSeconds.listing, options.now())
}

/** Publishers a request without prefix is about. */
function searched(call: Call, fmri?: Fmri): readonly PublisherName[] {
  if (call.publisher !== undefined) return [call.publisher]
  if (fmri?.publisher === undefined) return call.publishers
  return call.publishers.filter((name) => name === fmri.publisher)
}

function wantedFmri(call: Call): Fmri | DepotAnswer {
  const text = unquote(call.rest.join('/'))
  if (text === '') return errorAnswer(403, 'A package must be named.')
  const fmri = text === undefined ? undefined : parseFmri(text)
  if (fmri === undefined || !fmri.ok || fmri.value.version === undefined) {
    return errorAnswer(400, 'This is not a complete FMRI.')
  }
  return fmri.value
}

function manifestPaths(call: Call, options: DepotOptions, fmri: Fmri): readonly string[] {
  const segments = fmriDirectoryPath(fmri).split('/')
  if (!segments.every(isSafeSegment)) return []
  return searched(call, fmri).map((publisher) =>
    join(options.root, 'publisher', publisher, 'pkg', ...segments),
  )
}

/** The first of some files that is there; 304 when the client has it. */
async function fileAnswer(
  paths: readonly string[],
  type: string,
  seconds: number,
  request: DepotRequest,
  options: DepotOptions,
): Promise<DepotAnswer> {
  for (const path of paths) {
    const status = statusOf(path)
    if (status === undefined || !status.isFile()) continue
    const headers = {
      'content-type': type,
      'last-modified': status.mtime.toUTCString(),
      ...cacheHeaders(seconds, options.now()),
    }
    const since = Date.parse(request.ifModifiedSince ?? '')
    // The header counts seconds.
    if (since >= Math.floor(status.mtimeMs / 1000) * 1000)
      return { status: 304, headers, body: { kind: 'none' } }
    return { status: 200, headers, body: { kind: 'file', path, size: status.size } }
  }
  return errorAnswer(404, 'There is no such object.')
}
