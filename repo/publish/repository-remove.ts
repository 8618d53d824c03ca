import { existsSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Fmri, Manifest, PublisherName, Result } from '#model'
import { attribute, err, fmriDirectoryPath, isPayloadName, ok } from '#model'
import { folderUri } from '../folder-uri.ts'
import { payloadPath } from '../payload/payload.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import { changing, readManifests } from './repository-catalog.ts'
import {
  catalogProblem,
  changeCatalog,
  readPublisherCatalog,
  replaceCatalog,
} from './repository-catalog-files.ts'
import { impatient } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'

/**
 * Removes package versions of a publisher: from the catalog (with update log), then their manifests, then payloads that no
 * other manifest of the publisher names. Problems: `unknown_package`, `unknown_publisher`, `locked`, `bad_catalog`, `storage`;
 * nothing is removed then. Source: repository-v4 §1.4.
 */
export async function removePackages(
  repository: Repository,
  publisher: PublisherName,
  fmris: readonly Fmri[],
  now: number,
): Promise<Result<void, RepositoryChangeProblem>> {
  return changing(repository, publisher, impatient, async (folder) => {
    const catalog = await readPublisherCatalog(folder)
    if (!catalog.ok) return catalog
    if (catalog.value === undefined) {
      return err(catalogProblem(folder, { kind: 'unreadable', reason: 'it is missing' }))
    }
    const operations = fmris.map((fmri) => ({ type: 'remove', fmri }) as const)
    const changed = await changeCatalog(folder, catalog.value, operations, now)
    if (!changed.ok) return changed
    const paths = new Set(fmris.map((fmri) => join(folder, 'pkg', fmriDirectoryPath(fmri))))
    const removed = new Set<string>()
    const kept = new Set<string>()
    for (const found of readManifests(folder, publisher)) {
      // The payloads of a damaged manifest are unknown, so no payload may be called unused then.
      if ('reason' in found && !paths.has(found.path)) return err(damaged(folder, found.path))
      if ('reason' in found) continue
      for (const name of payloadNames(found.manifest)) (paths.has(found.path) ? removed : kept).add(name)
    }
    replaceCatalog(folder, changed.value.files, true)
    for (const path of paths) {
      if (existsSync(path)) unlinkSync(path)
      if (existsSync(dirname(path)) && readdirSync(dirname(path)).length === 0) rmdirSync(dirname(path))
    }
    for (const name of removed) {
      const path = join(folder, 'file', payloadPath(name))
      if (!kept.has(name) && existsSync(path)) unlinkSync(path)
    }
    return ok(undefined)
  })
}

function damaged(folder: string, path: string): RepositoryChangeProblem {
  const code = 'ips::repository_error::bad_manifest'
  return {
    code,
    uri: folderUri(folder),
    fmri: path,
    reason: 'it cannot be read, so it is unknown which payloads it needs',
  }
}

function* payloadNames(manifest: Manifest): Generator<string> {
  for (const action of manifest.actions) {
    const chain = attribute(action, 'chain')?.split(' ') ?? []
    for (const name of [action.payload ?? '', ...chain]) if (isPayloadName(name)) yield name
  }
}
