import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalog, err, type Fmri, formatVersion, ok, type PublisherName, type Result } from '#model'
import {
  buildCatalog,
  type CatalogEntry,
  encodeCatalogIndex,
  extendCatalog,
  openCatalogIndex,
  type RepositoryProblem,
  readCatalogFolder,
} from '#repo'
import type { CliProblem } from './problems.ts'
import { writeWholeFile } from './write-file.ts'

/** Where the catalog of a plan comes from. */
export interface PlanCatalogSource {
  /** Catalog folders; the first that has a version of a package says what it is. */
  readonly folders: readonly string[]
  /** File that keeps the index between runs; undefined: it is built in memory each time. */
  readonly index: string | undefined
}

/**
 * All packages of the folders. With an index file the folders are only read when one of their parts has another size or
 * time than when the file was written. Problems: those of `readCatalogFolder`, `not_an_index`, `unwritable_file`.
 */
export function readPlanCatalog(source: PlanCatalogSource): Result<Catalog, RepositoryProblem | CliProblem> {
  if (source.index === undefined) {
    const parts = readFolders(source.folders)
    return parts.ok ? ok(buildCatalog(parts.value.publishers, parts.value.entries)) : parts
  }
  const stamp = stampOf(source.folders)
  const kept = openIndex(source.index, stamp)
  if (!kept.ok) return kept
  if (kept.value !== undefined) return ok(kept.value)
  const parts = readFolders(source.folders)
  if (!parts.ok) return parts
  const bytes = encodeCatalogIndex({ ...parts.value, stamp })
  const written = writeWholeFile(source.index, [bytes])
  if (!written.ok) return written
  const opened = openCatalogIndex(bytes, stamp)
  if (typeof opened === 'string') throw new Error(`a new index is ${opened}`)
  return ok(opened)
}

/** A catalog that holds the installed packages too, also those that no folder offers. */
export function withInstalled(catalog: Catalog, installed: readonly Fmri[]): Catalog {
  const missing = installed.filter((fmri) => !holds(catalog, fmri))
  return missing.length === 0 ? catalog : extendCatalog(catalog, missing.map(installedEntry))
}

function holds(catalog: Catalog, fmri: Fmri): boolean {
  const stem = catalog.findStem(fmri.stem)
  if (stem < 0 || fmri.version === undefined || fmri.publisher === undefined) return false
  const publisher = catalog.publishers.indexOf(fmri.publisher)
  const version = formatVersion(fmri.version)
  for (let id = catalog.stemStart[stem + 1]! - 1; id >= catalog.stemStart[stem]!; id -= 1) {
    if (catalog.packagePublisher[id] === publisher && catalog.packageVersion(id) === version) return true
  }
  return false
}

function installedEntry(fmri: Fmri): CatalogEntry {
  if (fmri.version === undefined || fmri.publisher === undefined) throw new Error('an FMRI is not full')
  const version = formatVersion(fmri.version)
  return { publisher: fmri.publisher, stem: fmri.stem, version, actions: [], installedOnly: true }
}

interface Parts {
  readonly publishers: readonly PublisherName[]
  readonly entries: readonly CatalogEntry[]
}

function readFolders(folders: readonly string[]): Result<Parts, RepositoryProblem> {
  const publishers: PublisherName[] = []
  const entries: CatalogEntry[] = []
  for (const folder of folders) {
    const read = readCatalogFolder(folder)
    if (!read.ok) return read
    publishers.push(...read.value.publishers)
    for (const entry of read.value.entries) entries.push(entry)
  }
  return ok({ publishers, entries })
}

/** The catalog in an index file; undefined where it is not there or made from something else. */
function openIndex(path: string, stamp: string): Result<Catalog | undefined, CliProblem> {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return errno === 'ENOENT' ? ok(undefined) : err({ code: 'ips::cli_error::unreadable_file', path, errno })
  }
  const opened = openCatalogIndex(bytes, stamp)
  if (opened === 'damaged') return err({ code: 'ips::cli_error::not_an_index', path })
  return ok(opened === 'stale' ? undefined : opened)
}

const parts = ['catalog.base.C', 'catalog.dependency.C'].flatMap((name) => [name, `${name}.gz`])

/** What an index of these folders is made of: for each part its place, size and time. */
function stampOf(folders: readonly string[]): string {
  const marks = folders.map((folder) => {
    let place = folder
    try {
      place = realpathSync(folder)
    } catch {
      // Reading the folder names what is wrong with it.
    }
    const sizes = parts.map((name) => {
      const found = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
      return found === undefined ? null : `${found.size} ${found.mtimeNs}`
    })
    return [place, ...sizes]
  })
  return JSON.stringify(marks)
}
