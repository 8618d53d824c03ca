import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '#model'
import { err, ok, refusesLinks, replaceFiles } from '#model'
import { catalogTimestamp, compareTimestamps } from '../catalog/catalog-attrs.ts'
import { folderUri } from '../folder-uri.ts'
import { catalogFilePaths } from '../layout/catalog-paths.ts'
import { defaultSizeLimits } from '../limits.ts'
import { nodeFiles } from '../node-files.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import type {
  CatalogFault,
  CatalogFiles,
  CatalogOperation,
  ChangedCatalog,
  RepositoryCatalog,
} from './catalog-publish.ts'
import { newRepositoryCatalog, openRepositoryCatalog, updateCatalog } from './catalog-publish.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'

/** Time of a change: `now`, or a microsecond after the last one when the clock is not past it, because clients compare. */
export function changeTime(previous: string | null, now: number): string {
  const time = catalogTimestamp(now)
  if (previous === null || compareTimestamps(time, previous) > 0) return time
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:\.(\d{6}))?Z$/.exec(previous)
  if (fields === null) return time
  const [, year, month, day, hour, minute, second, fraction] = fields
  const base = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const microseconds = Number(fraction ?? 0) + 1
  return catalogTimestamp(base + Math.floor(microseconds / 1000), microseconds % 1000)
}

/** A file to be stored in a repository. */
export interface NewStoredFile {
  readonly path: string
  /** Path of the content on the same file system. If no file has this path, the repository stores the content already. */
  readonly staged: string
}

/**
 * Moves files into a repository before any reader looks for them. Contents and names are flushed when it returns. Throws the error of a
 * failed disk call.
 */
export function storeFiles(files: Iterable<NewStoredFile>): void {
  const changed = new Set<string>()
  const found = [...files].filter(({ staged }) => existsSync(staged))
  for (const { staged } of found) nodeFiles.sync(staged)
  for (const { path, staged } of found) {
    makeFolder(dirname(path), changed)
    renameSync(staged, path)
    changed.add(dirname(path))
  }
  for (const folder of changed) nodeFiles.sync(folder)
}

/** Makes a folder and its missing parents, and adds the folders that got a new name in them to `changed`. */
function makeFolder(folder: string, changed: Set<string>): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o755 })
  if (first === undefined) return
  for (let parent = dirname(folder); parent.length >= dirname(first).length; parent = dirname(parent))
    changed.add(parent)
}

/** Its presence makes a folder a catalog. */
const attributesName = 'catalog.attrs'

/** A file of the catalog of a publisher's folder; undefined when it is missing. Throws the error of any other failed disk call. */
export function readCatalogFile(folder: string, name: string): Buffer | undefined {
  for (const path of catalogFilePaths(folder, name)) {
    try {
      return readRegularFile(path, defaultSizeLimits.catalogFile)
    } catch (thrown) {
      if (errorCode(thrown) !== 'ENOENT' && errorCode(thrown) !== 'ENOTDIR') throw thrown
    }
  }
  return undefined
}

/** Most readings of a catalog that changes while it is read. */
const mostReadings = 5

/**
 * Reads the catalog of a publisher's folder, again where it was replaced meanwhile. Undefined when there is none. Problem:
 * `bad_catalog`.
 */
export async function readPublisherCatalog(
  folder: string,
): Promise<Result<RepositoryCatalog | undefined, RepositoryChangeProblem>> {
  for (let reading = 1; ; reading++) {
    let attributes: Buffer | undefined
    const opened = await openRepositoryCatalog((name) => {
      const bytes = readCatalogFile(folder, name)
      if (name === attributesName) attributes = bytes
      return bytes
    })
    if (typeof opened !== 'string') return ok(opened)
    const now = readCatalogFile(folder, attributesName)
    const isReplaced = attributes !== undefined && now?.equals(attributes) !== true
    if (isReplaced && reading < mostReadings) continue
    const uri = folderUri(folder)
    return err({ code: 'ips::repository_error::bad_catalog', uri, file: 'catalog', reason: opened })
  }
}

/** Writes files of a catalog into its folder, flushed. */
function writeCatalogFiles(folder: string, files: CatalogFiles): void {
  replaceFiles(
    nodeFiles,
    [...files].map(([name, content]) => ({ path: join(folder, name), content })),
  )
}

/** Makes a second name of a file; a copy where the file system has no hard links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!refusesLinks(errorCode(error))) throw error
    copyFileSync(from, to)
    nodeFiles.sync(to)
  }
}

/**
 * Moves a folder of catalog files. An overlay file system cannot rename a folder of a lower layer: its files are copied then, and until the
 * copy is whole it has another name. The file that makes the old folder a catalog is removed first.
 */
function moveFiles(from: string, to: string): void {
  try {
    renameSync(from, to)
    return
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error
  }
  const draft = `${to}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o755 })
  for (const name of readdirSync(from)) linkOrCopy(join(from, name), join(draft, name))
  nodeFiles.sync(draft)
  renameSync(draft, to)
  nodeFiles.sync(dirname(to))
  rmSync(join(from, attributesName), { force: true })
  rmSync(from, { recursive: true, force: true })
}

/**
 * Puts changed files into the catalog of a publisher: a copy of the folder is made beside it (unchanged files are linked)
 * and the two change places, so readers find the old catalog or the new one. Source: repository-v4 §1.
 */
export function replaceCatalog(folder: string, files: CatalogFiles, keep: boolean): void {
  const current = join(folder, 'catalog')
  const next = join(folder, `catalog.${process.pid}`)
  const old = join(folder, 'old.catalog')
  rmSync(next, { recursive: true, force: true })
  mkdirSync(next, { mode: 0o755 })
  const kept = keep && existsSync(current) ? readdirSync(current) : []
  for (const name of kept) {
    if (!files.has(name)) linkOrCopy(join(current, name), join(next, name))
  }
  writeCatalogFiles(next, files)
  rmSync(old, { recursive: true, force: true })
  if (existsSync(current)) moveFiles(current, old)
  renameSync(next, current)
  nodeFiles.sync(folder)
  rmSync(old, { recursive: true, force: true })
}

/** Writes the catalog of a publisher without packages. */
export async function startCatalog(folder: string, now: number): Promise<void> {
  const time = changeTime(null, now)
  const changed = await updateCatalog(newRepositoryCatalog(time), [], time)
  if (!changed.ok) throw new Error('an empty catalog takes no operations and cannot refuse one')
  mkdirSync(join(folder, 'catalog'), { recursive: true, mode: 0o755 })
  writeCatalogFiles(join(folder, 'catalog'), changed.value.files)
}

/** The catalog of a publisher's folder, which is made when there is none. Problem: `bad_catalog`. */
export async function openOrStartCatalog(
  folder: string,
  now: number,
): Promise<Result<RepositoryCatalog, RepositoryChangeProblem>> {
  if (!existsSync(join(folder, 'catalog', 'catalog.attrs'))) await startCatalog(folder, now)
  const catalog = await readPublisherCatalog(folder)
  if (!catalog.ok) return catalog
  if (catalog.value === undefined) throw new Error('the catalog was made a moment ago')
  return ok(catalog.value)
}

/** Carries out operations on a catalog, which is used up. Problems: `duplicate_package`, `unknown_package`, `bad_catalog`. */
export async function changeCatalog(
  folder: string,
  catalog: RepositoryCatalog,
  operations: readonly CatalogOperation[],
  now: number,
): Promise<Result<ChangedCatalog, RepositoryChangeProblem>> {
  const time = changeTime(catalog.attributes.lastModified, now)
  const changed = await updateCatalog(catalog, operations, time)
  return changed.ok ? changed : err(catalogProblem(folder, changed.error))
}

/** Turns a fault of a catalog change into a problem. */
export function catalogProblem(folder: string, fault: CatalogFault): RepositoryChangeProblem {
  if (fault.kind === 'duplicate')
    return { code: 'ips::repository_error::duplicate_package', fmri: fault.fmri }
  const uri = folderUri(folder)
  if (fault.kind === 'missing') {
    return { code: 'ips::repository_error::unknown_package', uri, pattern: fault.fmri }
  }
  return { code: 'ips::repository_error::bad_catalog', uri, file: 'catalog', reason: fault.reason }
}

/** Restores the catalog that an interrupted change set aside, and removes its other files. The lock must be held. */
export function recoverCatalog(folder: string): void {
  const current = join(folder, 'catalog')
  const old = join(folder, 'old.catalog')
  if (!existsSync(join(current, attributesName)) && existsSync(old)) {
    rmSync(current, { recursive: true, force: true })
    moveFiles(old, current)
  }
  for (const name of readdirSync(folder).filter((one) =>
    /^(?:catalog\.\d+|old\.catalog(?:\.\d+)?)$/.test(one),
  ))
    rmSync(join(folder, name), { recursive: true, force: true })
}
