import { createReadStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createGunzip, gunzipSync } from 'node:zlib'
import { type Catalog, err, ok, parsePublisherName, type Result } from '#model'
import { maximumFileLength } from '../catalog/catalog-canonical.ts'
import { type Collection, type Collector, createCollector } from '../catalog/catalog-collect.ts'
import { addOrigin } from '../catalog/catalog-merge.ts'
import { type CatalogPart, openPart } from '../catalog/catalog-part.ts'
import type { PartScanner } from '../catalog/catalog-scan.ts'
import { type PublisherChoice, scanBasePart, scanDependencyPart } from '../catalog/catalog-stream.ts'
import type { RepositoryProblem } from '../problems.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import { catalogOfCollection, encodeCollection, type IndexContent } from './catalog-index.ts'

/** Parsed catalogs of folders that are not repositories. */
export interface FolderCatalogs {
  /** Number of package versions in all folders; equal ones count each time. */
  readonly versions: number
  catalog(): Catalog
  /** The bytes of an index file. */
  index(stamp: string, content?: IndexContent): Uint8Array
}

/**
 * Reads `catalog.base.C` and `catalog.dependency.C` of folders, plain or gzipped (`NAME.gz`), signatures checked. The first
 * folder that has a version of a package defines it. Memory does not grow with parts that are written canonically. For plans
 * without image. Problems: `not_found` without base part, `bad_catalog`.
 */
export async function readCatalogFolders(
  paths: readonly string[],
): Promise<Result<FolderCatalogs, RepositoryProblem>> {
  const scanned = await scanFolders(paths)
  const read = scanned === undefined ? openFolders(paths) : ok(scanned)
  if (!read.ok) return read
  const collection = read.value
  return ok({
    versions: collection.packages.count,
    catalog: () => catalogOfCollection(collection),
    index: (stamp, content) => encodeCollection(collection, stamp, content),
  })
}

const parts = { base: 'catalog.base.C', dependency: 'catalog.dependency.C' } as const

/** Undefined when a part is not there, cannot be read or is refused by the scanner. */
async function scanFolders(paths: readonly string[]): Promise<Collection | undefined> {
  const collector = createCollector()
  const choose: PublisherChoice = (name) => {
    const publisher = name.startsWith('_') ? undefined : parsePublisherName(name)
    return publisher?.ok ? publisher.value : undefined
  }
  for (const path of paths) {
    const dependency = scanDependencyPart(choose)
    const hasActions = await scanPart(join(path, parts.dependency), dependency.scanner)
    if (hasActions === 'refused') return undefined
    const actions = hasActions === 'fits' ? dependency.actions() : undefined
    const base = scanBasePart(choose, actions, collector)
    if ((await scanPart(join(path, parts.base), base)) !== 'fits') return undefined
  }
  return collector.collection()
}

async function scanPart(path: string, scanner: PartScanner): Promise<'fits' | 'absent' | 'refused'> {
  const plain = existsSync(path)
  if (!plain && !existsSync(`${path}.gz`)) return 'absent'
  const present = plain ? path : `${path}.gz`
  if (statSync(present, { throwIfNoEntry: false })?.isFile() !== true) return 'refused'
  const file = createReadStream(present, { highWaterMark: 1 << 18 })
  const pieces = plain ? file : file.pipe(createGunzip({ chunkSize: 1 << 18 }))
  // A pipe does not hand on the errors of what it reads from.
  if (!plain) file.on('error', (error) => pieces.destroy(error))
  try {
    for await (const piece of pieces) if (!scanner.take(piece as Buffer)) return 'refused'
  } catch {
    return 'refused'
  } finally {
    file.destroy()
  }
  return scanner.finish() === undefined ? 'refused' : 'fits'
}

/** As `scanFolders` for parts in any spelling; reports their faults. */
function openFolders(paths: readonly string[]): Result<Collection, RepositoryProblem> {
  const collector = createCollector()
  for (const path of paths) {
    const problem = openFolder(path, collector)
    if (problem !== undefined) return err(problem)
  }
  return ok(collector.collection())
}

function openFolder(path: string, collector: Collector): RepositoryProblem | undefined {
  const base = readPart(path, parts.base)
  if (!base.ok) return base.error
  const dependency = readPart(path, parts.dependency)
  if (!dependency.ok) return dependency.error
  if (base.value === undefined) {
    return { code: 'ips::repository_error::not_found', uri: path, object: parts.base }
  }
  for (const name of base.value.publishers.keys()) {
    const publisher = parsePublisherName(name)
    if (!publisher.ok) continue
    collector.addPublisher(publisher.value)
    addOrigin(collector, publisher.value, { base: base.value, dependency: dependency.value })
  }
  return undefined
}

function readPart(path: string, name: string): Result<CatalogPart | undefined, RepositoryProblem> {
  const bytes = readPlainOrZipped(join(path, name))
  if (bytes === undefined) return ok(undefined)
  const opened = typeof bytes === 'string' ? bytes : openPart(name, bytes)
  return typeof opened === 'string'
    ? err({ code: 'ips::repository_error::bad_catalog', uri: path, file: name, reason: opened })
    : ok(opened.part)
}

function readPlainOrZipped(path: string): Uint8Array | string | undefined {
  try {
    const plain = readIfThere(path)
    if (plain !== undefined) return plain
    const zipped = readIfThere(`${path}.gz`)
    return zipped === undefined ? undefined : gunzipSync(zipped, { maxOutputLength: maximumFileLength })
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readRegularFile(path, maximumFileLength)
  } catch (error) {
    const errno = errorCode(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw error
  }
}
