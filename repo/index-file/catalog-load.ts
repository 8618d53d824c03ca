import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import {
  attribute,
  type Catalog,
  err,
  type Filesystem,
  makeDirectories,
  ok,
  type PublisherName,
  parseAction,
  type Result,
  replaceFile,
} from '#model'
import { type Collection, createCollector } from '../catalog/catalog-collect.ts'
import { addOrigin } from '../catalog/catalog-merge.ts'
import { type CatalogPart, openPart, type PartEntry } from '../catalog/catalog-part.ts'
import type { PartScanner } from '../catalog/catalog-scan.ts'
import { type PublisherChoice, scanBasePart, scanDependencyPart } from '../catalog/catalog-stream.ts'
import type { RepositoryProblem } from '../problems.ts'
import { onDisk, originDirectory, readIfPresent } from '../refresh/refresh-store.ts'
import { encodeCollection, openCatalogIndex } from './catalog-index.ts'
import { indexFormatVersion } from './catalog-sections.ts'

/** Where the catalogs of a publisher lie, as `refreshPublisher` leaves them. */
export interface LocalPublisher {
  readonly name: PublisherName
  /** The publisher's catalog directory. */
  readonly directory: string
  /** URIs of its enabled origins, in order; the first that has a version defines it. */
  readonly origins: readonly string[]
}

/** The local catalogs of an image. */
export interface CatalogLocation {
  readonly publishers: readonly LocalPublisher[]
  readonly filesystem: Filesystem
}

/** The catalog, and whether it had to be built anew. */
export interface LoadedCatalog {
  readonly catalog: Catalog
  readonly rebuilt: boolean
}

/**
 * Identity of all that an index is made from: format, publishers, origins and their `catalog.attrs`. Equal stamps mean
 * equal catalogs; the parts themselves are not read. Problem: `storage`.
 */
function catalogStamp({ publishers, filesystem }: CatalogLocation): Result<string, RepositoryProblem> {
  return onDisk(() => {
    const facts = publishers.map(({ name, directory, origins }) => [
      name,
      ...origins.map((uri) => {
        const attributes = readIfPresent(filesystem, join(originDirectory(directory, uri), 'catalog.attrs'))
        return [uri, attributes === undefined ? '' : createHash('sha1').update(attributes).digest('hex')]
      }),
    ])
    return createHash('sha256')
      .update(JSON.stringify([indexFormatVersion, facts]))
      .digest('hex')
  })
}

/**
 * The catalog of an image: from the index file when it is fresh, else from the parts, and then the index file is
 * written for the next time (where that is not possible the catalog is good all the same). Origins that were never
 * refreshed have no packages. Problems: `damaged_cache`, `storage`.
 */
export function loadCatalog(input: IndexLocation): Result<LoadedCatalog, RepositoryProblem> {
  const stamp = catalogStamp(input)
  if (!stamp.ok) return stamp
  const loaded = loadStamped(input, stamp)
  if (loaded.ok || loaded.error.code !== 'ips::repository_error::damaged_cache') return loaded
  // Readers take no lock: a refresh may have replaced the parts between two reads.
  const now = catalogStamp(input)
  return now.ok && now.value !== stamp.value ? loadStamped(input, now) : loaded
}

/** Where the catalogs and the index file lie. */
export interface IndexLocation extends CatalogLocation {
  readonly indexPath: string
}

function loadStamped(
  input: IndexLocation,
  stamp: { readonly value: string },
): Result<LoadedCatalog, RepositoryProblem> {
  const file = onDisk(() => readIfPresent(input.filesystem, input.indexPath))
  if (file.ok && file.value !== undefined) {
    const opened = openCatalogIndex(file.value, stamp.value)
    if (typeof opened === 'object') return ok({ catalog: opened, rebuilt: false })
  }
  const collection = scanParts(input)
  const read = collection === undefined ? readParts(input) : ok(collection)
  if (!read.ok) return read
  const bytes = encodeCollection(read.value, stamp.value)
  // On a read-only image, or without the right to write, the catalog stays in memory.
  onDisk(() => {
    makeDirectories(input.filesystem, dirname(input.indexPath))
    replaceFile(input.filesystem, input.indexPath, bytes)
  })
  const catalog = openCatalogIndex(bytes, stamp.value)
  if (typeof catalog === 'string') throw new Error(`a new index is ${catalog}`)
  return ok({ catalog, rebuilt: true })
}

/**
 * All entries, from parts that are written canonically, in memory that does not grow with the parts; undefined when a part is
 * spelled otherwise or does not match the attributes.
 */
function scanParts({ publishers, filesystem }: CatalogLocation): Collection | undefined {
  const collector = createCollector()
  for (const { name } of publishers) collector.addPublisher(name)
  for (const publisher of publishers) {
    const choose: PublisherChoice = (name) => (name === publisher.name ? publisher.name : undefined)
    for (const uri of publisher.origins) {
      const directory = originDirectory(publisher.directory, uri)
      const scanned = onDisk(() => {
        const attributes = readIfPresent(filesystem, join(directory, 'catalog.attrs'))
        if (attributes === undefined) return true
        const scan = (name: string, scanner: PartScanner): boolean | undefined => {
          const stated = statedSha1(attributes, name)
          if (stated === undefined) return undefined
          const path = join(directory, name)
          if (filesystem.lstat(path) === undefined) return false
          for (const piece of filesystem.readChunks(path)) if (!scanner.take(piece)) return false
          const found = scanner.finish()
          return found !== undefined && (stated === null || stated === found.sha1)
        }
        const dependency = scanDependencyPart(choose)
        const hasActions = scan('catalog.dependency.C', dependency.scanner)
        if (hasActions === false) return false
        const actions = hasActions === true ? dependency.actions() : undefined
        return scan('catalog.base.C', scanBasePart(choose, actions, collector)) !== false
      })
      if (!scanned.ok || !scanned.value) return undefined
    }
  }
  return collector.collection()
}

/** All entries, from parts in any spelling. Problems: `damaged_cache`, `storage`. */
function readParts({ publishers, filesystem }: CatalogLocation): Result<Collection, RepositoryProblem> {
  const collector = createCollector()
  for (const { name } of publishers) collector.addPublisher(name)
  for (const publisher of publishers) {
    for (const uri of publisher.origins) {
      const base = readLocalPart(filesystem, publisher, uri, 'catalog.base.C')
      if (!base.ok) return base
      const dependency = readLocalPart(filesystem, publisher, uri, 'catalog.dependency.C')
      if (!dependency.ok) return dependency
      addOrigin(collector, publisher.name, { base: base.value, dependency: dependency.value })
    }
  }
  return ok(collector.collection())
}

/** A part as the origin's attributes state it; undefined when they name none. */
function readLocalPart(
  filesystem: Filesystem,
  publisher: LocalPublisher,
  uri: string,
  name: string,
): Result<CatalogPart | undefined, RepositoryProblem> {
  const directory = originDirectory(publisher.directory, uri)
  const path = join(directory, name)
  const damaged = (reason: string) =>
    err({ code: 'ips::repository_error::damaged_cache', publisher: publisher.name, path, reason } as const)
  const read = onDisk(() => ({
    attributes: readIfPresent(filesystem, join(directory, 'catalog.attrs')),
    part: readIfPresent(filesystem, path),
  }))
  if (!read.ok) return read
  if (read.value.attributes === undefined) return ok(undefined)
  const stated = statedSha1(read.value.attributes, name)
  if (stated === 'unreadable') return damaged('its catalog.attrs cannot be read')
  if (stated === undefined) return ok(undefined)
  if (read.value.part === undefined) return damaged('it is missing')
  const opened = openPart(name, read.value.part)
  if (typeof opened === 'string') return damaged(opened)
  return stated === null || stated === opened.sha1
    ? ok(opened.part)
    : damaged('it is not the one of catalog.attrs')
}

/** Signature that stored attributes (checked when they were stored) state for a part; null: named without signature. */
function statedSha1(attributes: Uint8Array, name: string): string | null | undefined | 'unreadable' {
  try {
    const { parts } = JSON.parse(Buffer.from(attributes).toString('utf8')) as {
      parts: { readonly [name: string]: { readonly 'signature-sha-1'?: string } }
    }
    const record = Object.hasOwn(parts, name) ? parts[name] : undefined
    return record === undefined ? undefined : (record['signature-sha-1'] ?? null)
  } catch {
    return 'unreadable'
  }
}

/** Finds the one-line summary of a version; undefined when it has none. */
export type Summaries = (publisher: string, stem: string, version: string) => string | undefined

/**
 * Summaries of all versions, from the summary parts: tens of megabytes, so only for commands that print them. Only the
 * actions of the requested versions are parsed. Source: catalog-v1 §6. Problems: `damaged_cache`, `storage`.
 */
export function loadSummaries({
  publishers,
  filesystem,
}: CatalogLocation): Result<Summaries, RepositoryProblem> {
  const parts = new Map<string, CatalogPart[]>()
  for (const publisher of publishers) {
    const list: CatalogPart[] = []
    for (const uri of publisher.origins) {
      const part = readLocalPart(filesystem, publisher, uri, 'catalog.summary.C')
      if (!part.ok) return part
      if (part.value !== undefined) list.push(part.value)
    }
    parts.set(publisher.name, list)
  }
  const byVersion = new Map<readonly PartEntry[], Map<string, PartEntry>>()
  const find = (list: readonly PartEntry[] | undefined, version: string) => {
    if (list === undefined) return undefined
    const entries = byVersion.get(list) ?? new Map(list.map((entry) => [entry.version, entry]))
    byVersion.set(list, entries)
    return entries.get(version)
  }
  return ok((publisher, stem, version) => {
    for (const part of parts.get(publisher) ?? []) {
      const entry = find(part.publishers.get(publisher)?.get(stem), version)
      if (entry !== undefined) return summaryOf(entry.actions ?? [])
    }
    return undefined
  })
}

/** `pkg.summary`, or the `description` of old packages. */
function summaryOf(lines: readonly string[]): string | undefined {
  let description: string | undefined
  for (const line of lines) {
    if (!line.includes('summary') && !line.includes('description')) continue
    const action = parseAction(line)
    if (!action.ok || action.value.type !== 'set') continue
    const name = attribute(action.value, 'name')
    if (name === 'pkg.summary') return attribute(action.value, 'value')
    if (name === 'description') description ??= attribute(action.value, 'value')
  }
  return description
}
