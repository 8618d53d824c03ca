import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PublisherName, Result } from '#model'
import { err, ok, parsePublisherName, replaceFile } from '#model'
import { folderUri } from '../folder-uri.ts'
import type { RepositoryConfig } from '../layout/repository-config.ts'
import { formatRepositoryConfig, newRepositoryConfig, withConfigValue } from '../layout/repository-config.ts'
import { nodeFiles } from '../node-files.ts'
import { bareInfo, formatPublisherInfo } from '../source/publisher-info.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import { retireFolder } from './publisher-folder.ts'
import { changing } from './repository-catalog.ts'
import { startCatalog } from './repository-catalog-files.ts'
import { impatient, lockFolder } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'
import { openRepository, publisherNames, storing } from './repository-open.ts'

/**
 * Makes an empty version 4 repository: its configuration, nothing else. The folder is made, or is there and empty.
 * Problems: `repository_exists`, `storage`. Source: repository-v4 §1.
 */
export async function createRepository(root: string): Promise<Result<Repository, RepositoryChangeProblem>> {
  return storing(root, async () => {
    mkdirSync(root, { recursive: true, mode: 0o755 })
    if (readdirSync(root).some((name) => name !== '.zfs')) {
      return err({ code: 'ips::repository_error::repository_exists', path: root })
    }
    writeConfig(root, newRepositoryConfig())
    return openRepository(root)
  })
}

/**
 * Adds a publisher with an empty catalog; the first one becomes the default. `now` in milliseconds since 1970-01-01 UTC.
 * Problems: `publisher_exists`, `locked`, `unsafe_lock`, `storage`.
 */
export async function addPublisher(
  repository: Repository,
  name: PublisherName,
  now: number,
): Promise<Result<Repository, RepositoryChangeProblem>> {
  const { root } = repository
  return changingConfig(repository, async () => {
    const known = await publisherNames(repository)
    if (!known.ok) return known
    if (known.value.includes(name)) {
      const uri = folderUri(root)
      return err({ code: 'ips::repository_error::publisher_exists', uri, publisher: name })
    }
    const folder = join(root, 'publisher', name)
    mkdirSync(join(folder, 'tmp'), { recursive: true, mode: 0o755 })
    writeFileSync(join(folder, 'pub.p5i'), formatPublisherInfo([bareInfo(name)]), { mode: 0o644 })
    await startCatalog(folder, now)
    if (known.value.length > 0 || repository.defaultPublisher !== undefined) return ok(repository)
    return writeProperty(repository, 'publisher/prefix', name)
  })
}

/** Removes a publisher with all its packages. Problems: `unknown_publisher`, `locked`, `unsafe_lock`, `storage`. */
export async function removePublisher(
  repository: Repository,
  name: PublisherName,
): Promise<Result<Repository, RepositoryChangeProblem>> {
  return changingConfig(repository, async () => {
    const removed = await changing(repository, name, impatient, async (folder) => {
      retireFolder(folder)
      return ok(undefined)
    })
    if (!removed.ok) return removed
    return repository.defaultPublisher === name
      ? writeProperty(repository, 'publisher/prefix', '')
      : ok(repository)
  })
}

const propertyForms: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['publisher/prefix', (value: string) => value === '' || parsePublisherName(value).ok],
  ['repository/trust-anchor-directory', (value: string) => !/[\r\n]/.test(value)],
  ['repository/signature-required-names', (value: string) => /^\[[^\r\n]*\]$/.test(value)],
  ['repository/check-certificate-revocation', (value: string) => /^(?:true|false)$/i.test(value)],
])

/**
 * Sets a property by `section/name` and writes the configuration. Only properties that can be set without converting the
 * repository are taken. Problems: `bad_property`, `locked`, `unsafe_lock`, `storage`.
 */
export async function setProperty(
  repository: Repository,
  property: string,
  value: string,
): Promise<Result<Repository, RepositoryChangeProblem>> {
  const form = propertyForms.get(property)
  const code = 'ips::repository_error::bad_property'
  if (form === undefined) return err({ code, property, reason: 'there is no such property, or it is fixed' })
  if (!form(value)) return err({ code, property, reason: `"${value}" is not a valid value` })
  return changingConfig(repository, () => writeProperty(repository, property, value))
}

/** Runs a change of the configuration as its only writer. Such a change is short, so this one waits for another. */
async function changingConfig<T>(
  { root }: Repository,
  change: () => Promise<Result<T, RepositoryChangeProblem>>,
): Promise<Result<T, RepositoryChangeProblem>> {
  return storing(root, async () => {
    const lock = await lockFolder(root, { local: 30_000, remote: 30_000 })
    if (!lock.ok) return lock
    try {
      return await change()
    } finally {
      lock.value.release()
    }
  })
}

/** Sets a property in the configuration as it is now: another client may have changed it since this one read it. */
async function writeProperty(
  { root }: Repository,
  property: string,
  value: string,
): Promise<Result<Repository, RepositoryChangeProblem>> {
  const [section = '', name = ''] = property.split('/')
  const current = await openRepository(root)
  if (!current.ok) return current
  writeConfig(root, withConfigValue(current.value.config, section, name, value))
  return openRepository(root)
}

function writeConfig(root: string, config: RepositoryConfig): void {
  const path = join(root, 'pkg5.repository')
  replaceFile(nodeFiles, path, formatRepositoryConfig(config), { staged: `${path}.${process.pid}` })
}
