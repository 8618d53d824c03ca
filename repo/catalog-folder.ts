import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { err, ok, type PublisherName, parsePublisherName, type Result } from '#model'
import { maximumFileLength } from './catalog-canonical.ts'
import type { CatalogEntry } from './catalog-collect.ts'
import { mergeOrigins } from './catalog-merge.ts'
import { type CatalogPart, openPart } from './catalog-part.ts'
import type { RepositoryProblem } from './problems.ts'

/** A catalog that lies in a folder, without repository around it. */
export interface FolderCatalog {
  /** Publishers that its parts name, as they come. */
  readonly publishers: readonly PublisherName[]
  readonly entries: readonly CatalogEntry[]
}

/**
 * Reads `catalog.base.C` and `catalog.dependency.C` of a folder, plain or gzipped (`NAME.gz`), signatures checked.
 * For bench and for plans without image. Problems: `not_found` without base part, `bad_catalog`.
 */
export function readCatalogFolder(path: string): Result<FolderCatalog, RepositoryProblem> {
  const base = readPart(path, 'catalog.base.C')
  if (!base.ok) return base
  const dependency = readPart(path, 'catalog.dependency.C')
  if (!dependency.ok) return dependency
  if (base.value === undefined) {
    return err({ code: 'ips::repository_error::not_found', uri: path, object: 'catalog.base.C' })
  }
  const publishers: PublisherName[] = []
  for (const name of base.value.publishers.keys()) {
    const publisher = parsePublisherName(name)
    if (publisher.ok) publishers.push(publisher.value)
  }
  const parts = [{ base: base.value, dependency: dependency.value }]
  return ok({ publishers, entries: publishers.flatMap((publisher) => [...mergeOrigins(publisher, parts)]) })
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
    if (existsSync(path)) return readFileSync(path)
    if (existsSync(`${path}.gz`)) {
      return gunzipSync(readFileSync(`${path}.gz`), { maxOutputLength: maximumFileLength })
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}
