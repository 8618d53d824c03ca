import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Catalog, err, type Fmri, formatVersion, ok, type Result } from '#model'
import {
  type CatalogEntry,
  extendCatalog,
  openCatalogIndex,
  type RepositoryProblem,
  readCatalogFolders,
} from '#repo'
import { type CacheBounds, keepCached, readCached } from '../../io/user-cache.ts'
import { writeWholeFile } from '../../io/write-file.ts'
import type { CliProblem } from '../../problems.ts'

/** Where the catalog of a plan comes from. */
export interface PlanCatalogSource {
  /** Catalog folders; the first that has a version of a package says what it is. */
  readonly folders: readonly string[]
  /** File that keeps the index between runs, named by the user: it must be usable. */
  readonly index?: string | undefined
  /** Folder that keeps the index where no file is named, as far as it can be used; undefined: it is built in memory each time. */
  readonly cache?: string | undefined
}

/** A catalog and its index: opened as kept, made anew and kept, or made in memory for this time only. */
export interface PlanCatalog {
  readonly catalog: Catalog
  readonly index: 'kept' | 'made' | 'in-memory'
}

/** Some ten catalogs of the size of a distribution. */
const cacheBounds: CacheBounds = { files: 32, bytes: 128 * 2 ** 20 }

/**
 * All packages of the folders. With a kept index the folders are only read when one of their parts has another size or
 * time than when the index was made. Nothing that is wrong with the cache is a problem; an index file that was named must
 * be usable. Problems: those of `readCatalogFolders`, `not_an_index`, `unwritable_file`.
 */
export async function readPlanCatalog(
  source: PlanCatalogSource,
): Promise<Result<PlanCatalog, RepositoryProblem | CliProblem>> {
  const marks = marksOf(source.folders)
  const stamp = JSON.stringify(marks)
  const name = `${crc32(JSON.stringify(marks.map(([place]) => place))).toString(16)}.index`
  if (source.index !== undefined) {
    const kept = openIndex(source.index, stamp)
    if (!kept.ok) return kept
    if (kept.value !== undefined) return ok({ catalog: kept.value, index: 'kept' })
  } else if (source.cache !== undefined) {
    const bytes = readCached(source.cache, name, cacheBounds.bytes)
    const opened = bytes === undefined ? 'stale' : openCatalogIndex(bytes, stamp)
    if (typeof opened !== 'string') return ok({ catalog: opened, index: 'kept' })
  }
  const read = await readCatalogFolders(source.folders)
  if (!read.ok) return read
  if (source.index === undefined && source.cache === undefined)
    return ok({ catalog: read.value.catalog(), index: 'in-memory' })
  const bytes = read.value.index(stamp, { digests: false })
  let index: PlanCatalog['index'] = 'made'
  if (source.index !== undefined) {
    const written = writeWholeFile(source.index, bytes)
    if (!written.ok) return written
  } else if (source.cache !== undefined && !keepCached(source.cache, name, () => bytes, cacheBounds))
    index = 'in-memory'
  const opened = openCatalogIndex(bytes, stamp)
  if (typeof opened === 'string') throw new Error(`a new index is ${opened}`)
  return ok({ catalog: opened, index })
}

/** A catalog that holds the installed packages too, also those that no folder offers. */
export function withInstalled(catalog: Catalog, installed: readonly Fmri[]): Catalog {
  const missing = installed.filter((fmri) => catalog.findFmri(fmri) < 0)
  return missing.length === 0 ? catalog : extendCatalog(catalog, missing.map(installedEntry))
}

function installedEntry(fmri: Fmri): CatalogEntry {
  if (fmri.version === undefined || fmri.publisher === undefined) throw new Error('an FMRI is not full')
  const version = formatVersion(fmri.version)
  return { publisher: fmri.publisher, stem: fmri.stem, version, actions: [], installedOnly: true }
}

/** The catalog in an index file; undefined where it is not there or made from something else. */
function openIndex(path: string, stamp: string): Result<Catalog | undefined, CliProblem> {
  let bytes: Uint8Array
  try {
    const status = statSync(path)
    // Nobody shall be told to remove a folder.
    if (status.isDirectory()) return err({ code: 'ips::cli_error::unreadable_file', path, errno: 'EISDIR' })
    // A pipe that nobody writes to would hang.
    if (!status.isFile()) return err({ code: 'ips::cli_error::not_an_index', path })
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

/** A folder's real path, then for each part its size and times; the time of the last change catches what keeps its date. */
type FolderMarks = readonly [place: string, ...sizes: (string | null)[]]

/** What an index of these folders is made of. */
function marksOf(folders: readonly string[]): readonly FolderMarks[] {
  return folders.map((folder) => {
    let place = folder
    try {
      place = realpathSync(folder)
    } catch {
      // Reading the folder names what is wrong with it.
    }
    return [place, ...parts.map((name) => markOf(join(folder, name)))]
  })
}

/** Null where nothing can be seen: what is wrong with a part is said by who reads it. */
function markOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true })
    return `${found.size} ${found.mtimeNs} ${found.ctimeNs}`
  } catch {
    return null
  }
}
