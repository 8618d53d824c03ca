import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Fmri, Manifest, PublisherName, Result } from '#model'
import { fmriDirectoryPath, formatFmri, manifestFmri, ok, parseManifest } from '#model'
import { distributeActions } from '../catalog/catalog-distribute.ts'
import { defaultSizeLimits } from '../limits.ts'
import { readRegularFile } from '../regular-file.ts'
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

/** The files below `pkg/`, in order of their paths, with the two components of each. Throws the error of a failed disk call. */
export function* manifestFiles(
  folder: string,
): Generator<{ readonly path: string; readonly stem: string; readonly version: string }> {
  const packages = join(folder, 'pkg')
  if (!existsSync(packages)) return
  for (const stem of readdirSync(packages).sort())
    for (const version of readdirSync(join(packages, stem)).sort())
      yield { path: join(packages, stem, version), stem, version }
}

/** Reads all manifests of a publisher, in order of their paths; bad ones are told apart. Throws the error of a failed disk call. */
export function* readManifests(
  folder: string,
  publisher: PublisherName,
): Generator<StoredManifest | SkippedManifest> {
  for (const { path, stem, version } of manifestFiles(folder)) {
    const text = readRegularFile(path, defaultSizeLimits.manifest).toString('utf8')
    const manifest = parseManifest(text)
    if (!manifest.ok) {
      yield { path, reason: 'it is not a valid manifest' }
      continue
    }
    const fmri = manifestFmri(manifest.value)
    if (fmri?.version === undefined) yield { path, reason: 'it has no pkg.fmri' }
    else if (fmri.publisher !== publisher) yield { path, reason: `it belongs to ${formatFmri(fmri)}` }
    else if (fmriDirectoryPath(fmri) !== `${stem}/${version}`) {
      yield { path, reason: `its pkg.fmri is ${formatFmri(fmri)}` }
    } else yield { fmri, path, text, manifest: manifest.value }
  }
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
