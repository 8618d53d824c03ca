import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Fmri, Manifest, PublisherName, Result } from '#model'
import {
  errnoText,
  fmriDirectoryPath,
  formatFmri,
  manifestFmri,
  ok,
  parseManifest,
  shortageHelp,
} from '#model'
import { distributeActions } from '../catalog/catalog-distribute.ts'
import { defaultSizeLimits } from '../limits.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import type { ListedPackage } from './catalog-publish.ts'
import { rebuildCatalog } from './catalog-publish.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import {
  changeCatalog,
  changeTime,
  openOrStartCatalog,
  readPublisherCatalog,
  recoverCatalog,
  replaceCatalog,
  startCatalog,
} from './repository-catalog-files.ts'
import type { LockPatience } from './repository-lock.ts'
import { impatient, lockFolder } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'
import { requirePublisher, storing } from './repository-open.ts'

/** A stored manifest. */
export interface StoredManifest {
  readonly fmri: Fmri
  readonly path: string
  readonly text: string
  readonly manifest: Manifest
}

/** A file below `pkg/` that is not the manifest of its place. */
export interface SkippedManifest {
  readonly path: string
  readonly reason: string
}

/** Something in the folder of a publisher that cannot be read. */
export interface Unreadable extends SkippedManifest {
  /** The error of the disk call. */
  readonly cause: unknown
}

/** A file below `pkg/`, with the two components of its path. */
interface ManifestFile {
  readonly path: string
  readonly stem: string
  readonly version: string
}

/** What a failed disk call says about a path, or the path that the error names. Throws where the process or system lacks something that no file has. */
export function unreadable(path: string, cause: unknown): Unreadable {
  const errno = errorCode(cause)
  if (errno === undefined || shortageHelp(errno) !== undefined) throw cause
  const named = cause instanceof Error && 'path' in cause ? String(cause.path) : path
  return { path: named, reason: `it cannot be read: ${errnoText(errno)}`, cause }
}

/** The result of disk calls, or why they failed. Throws as `unreadable` does. */
export function reading<T>(path: string, calls: () => T): T | Unreadable {
  try {
    return calls()
  } catch (cause) {
    return unreadable(path, cause)
  }
}

/** The files below `pkg/`, in order of their paths, and what has the place of a folder of files. */
export function* manifestFiles(folder: string): Generator<ManifestFile | Unreadable> {
  const packages = join(folder, 'pkg')
  if (!existsSync(packages)) return
  const stems = reading(packages, () => readdirSync(packages).sort())
  if ('cause' in stems) return yield stems
  for (const stem of stems) {
    const path = join(packages, stem)
    const versions = reading(path, () => readdirSync(path).sort())
    if ('cause' in versions) yield versions
    else for (const version of versions) yield { path: join(path, version), stem, version }
  }
}

/** Reads all manifests of a publisher, in order of their paths; bad ones are told apart. Throws the error of a failed disk call. */
export function* readManifests(
  folder: string,
  publisher: PublisherName,
): Generator<StoredManifest | SkippedManifest> {
  for (const found of inspectManifests(folder, publisher)) {
    if ('cause' in found) throw found.cause
    yield found
  }
}

/** As `readManifests`, and goes on after what cannot be read. */
export function* inspectManifests(
  folder: string,
  publisher: PublisherName,
): Generator<StoredManifest | SkippedManifest | Unreadable> {
  for (const file of manifestFiles(folder)) {
    if ('cause' in file) {
      yield file
      continue
    }
    const text = reading(file.path, () =>
      readRegularFile(file.path, defaultSizeLimits.manifest).toString('utf8'),
    )
    yield typeof text === 'string' ? checkManifest(file, text, publisher) : text
  }
}

function checkManifest(
  { path, stem, version }: ManifestFile,
  text: string,
  publisher: PublisherName,
): StoredManifest | SkippedManifest {
  const manifest = parseManifest(text)
  if (!manifest.ok) return { path, reason: 'it is not a valid manifest' }
  const fmri = manifestFmri(manifest.value)
  if (fmri?.version === undefined) return { path, reason: 'it has no pkg.fmri' }
  if (fmri.publisher !== publisher) return { path, reason: `it belongs to ${formatFmri(fmri)}` }
  if (fmriDirectoryPath(fmri) !== `${stem}/${version}`)
    return { path, reason: `its pkg.fmri is ${formatFmri(fmri)}` }
  return { fmri, path, text, manifest: manifest.value }
}

/** The catalog's view of a manifest. */
export function listedPackage(fmri: Fmri, text: string, manifest: Manifest): ListedPackage {
  const manifestSha1 = createHash('sha1').update(text, 'utf8').digest('hex')
  return { fmri, manifestSha1, actions: distributeActions(manifest) }
}

/** Result of a maintenance run. */
export interface CatalogReport {
  /** Packages put into the catalog. */
  readonly listed: number
  readonly skipped: readonly SkippedManifest[]
}

/**
 * Makes the catalog of a publisher anew from its manifests: new identity, no update logs; bad manifests are passed over and
 * reported. Problems: `unknown_publisher`, `locked`, `storage`. Source: repository-v4 §1.4.
 */
export async function rebuildRepositoryCatalog(
  repository: Repository,
  publisher: PublisherName,
  now: number,
): Promise<Result<CatalogReport, RepositoryChangeProblem>> {
  return changing(repository, publisher, impatient, async (folder) => {
    const skipped: SkippedManifest[] = []
    const listed: ListedPackage[] = []
    for (const found of readManifests(folder, publisher)) {
      if ('reason' in found) skipped.push(found)
      else listed.push(listedPackage(found.fmri, found.text, found.manifest))
    }
    const before = await readPublisherCatalog(folder)
    const previous = before.ok ? (before.value?.attributes.lastModified ?? null) : null
    if (listed.length === 0) {
      rmSync(join(folder, 'catalog'), { recursive: true, force: true })
      await startCatalog(folder, now)
    } else replaceCatalog(folder, rebuildCatalog(listed, changeTime(previous, now)), false)
    return ok({ listed: listed.length, skipped })
  })
}

/**
 * Adds to the catalog the manifests below `pkg/` that it does not list yet, with an update log. Problems: `unknown_publisher`,
 * `locked`, `bad_catalog`, `storage`.
 */
export async function refreshRepositoryCatalog(
  repository: Repository,
  publisher: PublisherName,
  now: number,
): Promise<Result<CatalogReport, RepositoryChangeProblem>> {
  return changing(repository, publisher, impatient, async (folder) => {
    const catalog = await openOrStartCatalog(folder, now)
    if (!catalog.ok) return catalog
    const known = catalog.value.parts.get('catalog.base.C')?.publishers.get(publisher)
    const skipped: SkippedManifest[] = []
    const operations: ({ readonly type: 'add' } & ListedPackage)[] = []
    for (const found of readManifests(folder, publisher)) {
      if ('reason' in found) {
        skipped.push(found)
        continue
      }
      const listed = listedPackage(found.fmri, found.text, found.manifest)
      const version = formatFmri(found.fmri, 'bare').slice(found.fmri.stem.length + 1)
      const entries = known?.get(found.fmri.stem) ?? []
      if (!entries.some((entry) => entry.version === version)) operations.push({ type: 'add', ...listed })
    }
    if (operations.length === 0) return ok({ listed: 0, skipped })
    const changed = await changeCatalog(folder, catalog.value, operations, now)
    if (!changed.ok) return changed
    replaceCatalog(folder, changed.value.files, true)
    return ok({ listed: operations.length, skipped })
  })
}

/** Runs a change of one publisher under its lock. */
export async function changing<T>(
  repository: Repository,
  publisher: PublisherName,
  patience: LockPatience,
  change: (folder: string) => Promise<Result<T, RepositoryChangeProblem>>,
): Promise<Result<T, RepositoryChangeProblem>> {
  return storing(repository.root, async () => {
    const folder = await requirePublisher(repository, publisher)
    if (!folder.ok) return folder
    const lock = await lockFolder(folder.value, patience)
    if (!lock.ok) return lock
    try {
      recoverCatalog(folder.value)
      return await change(folder.value)
    } finally {
      lock.value.release()
    }
  })
}
