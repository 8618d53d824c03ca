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
} from '#model'
import { isCatalogFileName } from '../catalog/catalog-name.ts'
import { catalogFilePaths } from '../layout/catalog-paths.ts'
import { isSafeSegment } from '../layout/repository-layout.ts'
import { readStored, readStoredGzip } from '../layout/stored-file.ts'
import { defaultSizeLimits } from '../limits.ts'
import { payloadPath } from '../payload/payload.ts'
import { createFileSource } from '../source/file-source.ts'
import { formatPublisherInfo } from '../source/publisher-info.ts'
import type { DepotAnswer } from './depot-answer.ts'
import { cacheHeaders, errorAnswer, keepSeconds, textAnswer } from './depot-answer.ts'
import type { DepotCatalogs } from './depot-catalogs.ts'
import { type DepotFacts, statusOf } from './depot-facts.ts'
import { packageInfo } from './depot-info.ts'

/** Most bytes of a licence text in an answer of `info`; longer texts are left out. */
const longestLicence = 4 << 20

/** A served repository. */
export interface DepotOptions {
  /** Absolute path of a version 4 repository. */
  readonly root: string
  /** Name and version in `versions/0`. */
  readonly software: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number
}

/** A request for an operation, with the repository that it is about. */
export interface Call extends DepotOptions, DepotFacts {
  readonly catalogs: DepotCatalogs
  /** The publisher that the address names. */
  readonly publisher: PublisherName | undefined
  /** Decoded path behind the operation and its version; undefined when it is not validly encoded. */
  readonly object: string | undefined
  readonly ifModifiedSince: string | undefined
}

interface Operation {
  readonly versions: readonly number[]
  readonly answer: (call: Call) => DepotAnswer | Promise<DepotAnswer>
}

/**
 * The operations that the depot offers: a row is an endpoint. In order of name, as `versions/0` lists them. Every path is made of
 * checked parts, so no request leads out of the repository. Source: repository-v4 §5.1.
 */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['catalog', { versions: [1], answer: catalogAnswer }],
  ['file', { versions: [0, 1], answer: payloadAnswer }],
  ['info', { versions: [0], answer: infoAnswer }],
  ['manifest', { versions: [0, 1], answer: manifestAnswer }],
  ['p5i', { versions: [0], answer: p5iAnswer }],
  ['publisher', { versions: [0, 1], answer: publisherAnswer }],
  ['status', { versions: [0], answer: statusAnswer }],
  ['versions', { versions: [0], answer: versionsAnswer }],
])

function versionsAnswer({ software, now }: Call): DepotAnswer {
  const lines = [...operations].map(([name, { versions }]) => `${name} ${versions.join(' ')}\n`)
  const text = `pkg-server ${software}\n${lines.join('')}`
  return textAnswer(text, 'text/plain; charset=utf-8', keepSeconds.brief, now())
}

async function publisherAnswer(call: Call): Promise<DepotAnswer> {
  const source = createFileSource('', call.root, defaultSizeLimits)
  const stated = await source.fetchPublishers()
  if (!stated.ok) return errorAnswer(500, 'The publisher information cannot be read.')
  const wanted = stated.value.filter((one) => call.publisher === undefined || one.name === call.publisher)
  const type = 'application/vnd.pkg5.info'
  return textAnswer(formatPublisherInfo(wanted), type, keepSeconds.listing, call.now())
}

function catalogAnswer(call: Call): DepotAnswer {
  const name = call.object
  if (name === undefined) return errorAnswer(400, 'The address is not validly encoded.')
  if (name === '') return errorAnswer(403, 'A catalog file must be named.')
  const publisher = call.publisher ?? call.repository.defaultPublisher
  if (publisher === undefined || !isCatalogFileName(name))
    return errorAnswer(404, 'There is no such catalog file.')
  // The attributes and the logs change in place; parts are only asked for after the attributes.
  const changing = name === 'catalog.attrs' || name.startsWith('update.')
  const paths = catalogFilePaths(join(call.root, 'publisher', publisher), name)
  const seconds = changing ? 0 : keepSeconds.listing
  return fileAnswer(paths, 'text/plain; charset=utf-8', seconds, call)
}

function payloadAnswer(call: Call): DepotAnswer {
  const name = call.object ?? ''
  if (name === '') return errorAnswer(403, 'A file must be named.')
  if (!isPayloadName(name)) return errorAnswer(404, 'There is no such file.')
  const stored = payloadPath(name)
  const folders = searched(call).map((publisher) => join(call.root, 'publisher', publisher, 'file', stored))
  const paths = [...folders, join(call.root, 'file', stored)]
  return fileAnswer(paths, 'application/data', keepSeconds.content, call)
}

function manifestAnswer(call: Call): DepotAnswer {
  const wanted = wantedFmri(call)
  if (!('stem' in wanted)) return wanted
  const paths = manifestPaths(call, wanted)
  return fileAnswer(paths, 'text/plain; charset=utf-8', keepSeconds.content, call)
}

async function infoAnswer(call: Call): Promise<DepotAnswer> {
  const wanted = wantedFmri(call)
  if (!('stem' in wanted)) return wanted
  for (const publisher of searched(call, wanted)) {
    const [path = ''] = manifestPaths({ ...call, publisher }, wanted)
    const bytes = await readStored({ path, uri: '', object: 'manifest' }, defaultSizeLimits.manifest)
    if (!bytes.ok) continue
    const manifest = parseManifest(Buffer.from(bytes.value).toString('utf8'))
    if (!manifest.ok) return errorAnswer(500, 'The manifest is damaged.')
    const licences: string[] = []
    for (const action of manifest.value.actions) {
      const name = action.type === 'license' ? payloadName(action) : undefined
      if (name === undefined) continue
      const stored = join(call.root, 'publisher', publisher, 'file', payloadPath(name))
      const text = await readStoredGzip({ path: stored, uri: '', object: 'licence' }, longestLicence)
      if (text.ok) licences.push(Buffer.from(text.value).toString('utf8'))
    }
    const info = packageInfo({ ...wanted, publisher }, manifest.value, licences)
    return textAnswer(info, 'text/plain; charset=utf-8', keepSeconds.content, call.now())
  }
  return errorAnswer(404, 'There is no such package.')
}

async function statusAnswer(call: Call): Promise<DepotAnswer> {
  const publishers = new Map<string, object>()
  for (const name of call.publishers) {
    const catalog = await call.catalogs.read(name)
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
  return textAnswer(text, 'application/json; charset=utf-8', keepSeconds.brief, call.now())
}

async function p5iAnswer(call: Call): Promise<DepotAnswer> {
  const text = call.object?.replace(/\.p5i$/, '')
  const pattern = text === undefined ? undefined : parsePattern(text)
  if (text === undefined || pattern === undefined || !pattern.ok)
    return errorAnswer(400, 'This is not a package pattern.')
  const byStem = !text.includes('@') || text.includes('*')
  const publishers: object[] = []
  for (const name of call.publisher === undefined ? call.publishers : [call.publisher]) {
    const catalog = await call.catalogs.read(name)
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
  return textAnswer(document, 'application/vnd.pkg5.info', keepSeconds.listing, call.now())
}

/** Publishers a request without prefix is about. */
function searched(call: Call, fmri?: Fmri): readonly PublisherName[] {
  if (call.publisher !== undefined) return [call.publisher]
  if (fmri?.publisher === undefined) return call.publishers
  return call.publishers.filter((name) => name === fmri.publisher)
}

function wantedFmri(call: Call): Fmri | DepotAnswer {
  const text = call.object
  if (text === '') return errorAnswer(403, 'A package must be named.')
  const fmri = text === undefined ? undefined : parseFmri(text)
  if (fmri === undefined || !fmri.ok || fmri.value.version === undefined) {
    return errorAnswer(400, 'This is not a complete FMRI.')
  }
  return fmri.value
}

function manifestPaths(call: Call, fmri: Fmri): readonly string[] {
  const segments = fmriDirectoryPath(fmri).split('/')
  if (!segments.every(isSafeSegment)) return []
  return searched(call, fmri).map((publisher) => join(call.root, 'publisher', publisher, 'pkg', ...segments))
}

/** The first of some files that is there; 304 when the client has it. */
function fileAnswer(paths: readonly string[], type: string, seconds: number, call: Call): DepotAnswer {
  for (const path of paths) {
    const status = statusOf(path)
    if (status === undefined || !status.isFile()) continue
    const headers = {
      'content-type': type,
      'last-modified': status.mtime.toUTCString(),
      ...cacheHeaders(seconds, call.now()),
    }
    const since = Date.parse(call.ifModifiedSince ?? '')
    // The header counts seconds.
    if (since >= Math.floor(status.mtimeMs / 1000) * 1000)
      return { status: 304, headers, body: { kind: 'none' } }
    return { status: 200, headers, body: { kind: 'file', path, size: status.size } }
  }
  return errorAnswer(404, 'There is no such object.')
}
