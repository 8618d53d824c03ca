import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { PublisherName, Result } from '#model'
import { ok } from '#model'
import { errorCode } from '../transfer-error.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import { changing } from './repository-catalog.ts'
import { readPublisherCatalog } from './repository-catalog-files.ts'
import type { LockPatience } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'
import { publisherNames, storing } from './repository-open.ts'

/** How often the folder of a publisher is made that other publications, which fail, remove again before it can be locked. */
const mostTries = 100

/**
 * Runs a change of one publisher under its lock, as `changing` does. A publisher that the repository lacks is made, and removed when the change
 * fails. Problems: those of the change, `locked`, `unsafe_lock`, `storage`.
 */
export async function changingOrMaking<T>(
  repository: Repository,
  publisher: PublisherName,
  patience: LockPatience,
  change: (folder: string) => Promise<Result<T, RepositoryChangeProblem>>,
): Promise<Result<T, RepositoryChangeProblem>> {
  for (let tries = 1; ; tries++) {
    const made = await makePublisher(repository, publisher)
    if (!made.ok) return made
    const folder = join(repository.root, 'publisher', publisher)
    const mayVanish = !isEstablished(folder)
    let isLocked = false
    const result = await changing(repository, publisher, patience, () => {
      isLocked = true
      return made.value ? orWithdraw(folder, change) : change(folder)
    })
    if (isLocked) return result
    if (made.value) removeEmpty(folder)
    if (result.ok || !mayVanish || !isGone(result.error) || tries === mostTries) return result
  }
}

/** True where the repository lacked the publisher. */
async function makePublisher(
  repository: Repository,
  publisher: PublisherName,
): Promise<Result<boolean, RepositoryChangeProblem>> {
  return storing(repository.root, async () => {
    const names = await publisherNames(repository)
    if (!names.ok) return names
    if (names.value.includes(publisher)) return ok(false)
    mkdirSync(join(repository.root, 'publisher'), { recursive: true, mode: 0o755 })
    try {
      mkdirSync(join(repository.root, 'publisher', publisher), { mode: 0o755 })
      return ok(true)
    } catch (thrown) {
      // Another publication makes the same publisher.
      if (errorCode(thrown) !== 'EEXIST') throw thrown
      return ok(false)
    }
  })
}

async function orWithdraw<T>(
  folder: string,
  change: (folder: string) => Promise<Result<T, RepositoryChangeProblem>>,
): Promise<Result<T, RepositoryChangeProblem>> {
  let isDone = false
  try {
    const result = await change(folder)
    isDone = result.ok
    return result
  } finally {
    if (!isDone) await withdraw(folder)
  }
}

/** Removes a publisher unless it was added by a command, or another publication put packages into it. Its lock must be held. */
async function withdraw(folder: string): Promise<void> {
  try {
    if (existsSync(join(folder, 'pub.p5i'))) return
    const catalog = await readPublisherCatalog(folder)
    if (catalog.ok && !hasPackages(catalog.value?.attributes)) retireFolder(folder)
  } catch (thrown) {
    // The problem of the change says more than this one.
    if (errorCode(thrown) === undefined) throw thrown
  }
}

function hasPackages(attributes: { readonly packageVersionCount: number } | undefined): boolean {
  return attributes !== undefined && attributes.packageVersionCount > 0
}

/** Removes the folder of a publisher whose lock was not taken, unless somebody has a lock in it. */
function removeEmpty(folder: string): void {
  try {
    if (existsSync(join(folder, 'tmp'))) rmdirSync(join(folder, 'tmp'))
    rmdirSync(folder)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
  }
}

/** False for what only a publication at work made. What a command removes stays removed. */
function isEstablished(folder: string): boolean {
  return ['pub.p5i', 'pkg'].some((name) => existsSync(join(folder, name)))
}

/** True where a publication that failed removed the folder before its lock was taken. */
function isGone(problem: RepositoryChangeProblem): boolean {
  if (problem.code === 'ips::repository_error::unknown_publisher') return true
  return problem.code === 'ips::repository_error::storage' && problem.errno === 'ENOENT'
}

/** Removes the folder of a publisher, out of the way first, so that no client finds half a publisher. Throws the error of a failed disk call. */
export function retireFolder(folder: string): void {
  const root = dirname(dirname(folder))
  const retired = join(root, `.removed-${basename(folder)}-${process.pid}`)
  try {
    renameSync(folder, retired)
  } catch (error) {
    // An overlay file system cannot rename a folder of a lower layer.
    if (errorCode(error) !== 'EXDEV') throw error
    rmSync(join(folder, 'pub.p5i'), { force: true })
    rmSync(folder, { recursive: true, force: true })
  }
  rmSync(retired, { recursive: true, force: true })
}
