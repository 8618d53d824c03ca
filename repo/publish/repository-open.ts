import { join } from 'node:path'
import type { PublisherName, Result } from '#model'
import { err, ok } from '#model'
import { folderUri } from '../folder-uri.ts'
import type { RepositoryLayout } from '../layout/repository-layout.ts'
import { listPublishers, openLayout } from '../layout/repository-layout.ts'
import { errorCode } from '../transfer-error.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'

/** A version 4 repository folder that may be changed. */
export type Repository = Extract<RepositoryLayout, { kind: 'version-4' }>

/** Runs disk calls; a failed one is `storage`. */
export async function storing<T>(
  path: string,
  calls: () => Promise<Result<T, RepositoryChangeProblem>> | Result<T, RepositoryChangeProblem>,
): Promise<Result<T, RepositoryChangeProblem>> {
  try {
    return await calls()
  } catch (thrown) {
    const errno = errorCode(thrown)
    if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) throw thrown
    const failed = thrown instanceof Error && 'path' in thrown ? String(thrown.path) : path
    return err({ code: 'ips::repository_error::storage', path: failed, errno })
  }
}

/** Opens a repository folder for changes. Problem: `not_a_repository`. */
export async function openRepository(root: string): Promise<Result<Repository, RepositoryChangeProblem>> {
  const uri = folderUri(root)
  const layout = await openLayout(root, uri)
  if (!layout.ok) return layout
  if (layout.value.kind === 'version-4') return ok(layout.value)
  const reason = `The path '${root}' holds a catalog only.`
  return err({ code: 'ips::repository_error::not_a_repository', uri, reason })
}

/** Publishers of a repository, default first. Problem: `unreachable`. */
export async function publisherNames(
  repository: Repository,
): Promise<Result<readonly PublisherName[], RepositoryChangeProblem>> {
  const names = await listPublishers(repository)
  if (names.ok) return names
  const reason = `its publishers cannot be listed (${names.error})`
  const uri = folderUri(repository.root)
  return err({ code: 'ips::repository_error::unreachable', uri, reason, status: undefined })
}

/** Folder of a publisher that exists. Problem: `unknown_publisher`. */
export async function requirePublisher(
  repository: Repository,
  name: string,
): Promise<Result<string, RepositoryChangeProblem>> {
  const names = await publisherNames(repository)
  if (!names.ok) return names
  if (names.value.some((known) => known === name)) return ok(join(repository.root, 'publisher', name))
  const uri = folderUri(repository.root)
  return err({ code: 'ips::repository_error::unknown_publisher', uri, publisher: name })
}
