import { linkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '#model'
import { err, ok } from '#model'
import { defaultSizeLimits } from '../limits.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'

/** The right to change one publisher of a repository folder. */
export interface PublisherLock {
  release(): void
}

const pause = 50

/**
 * Takes the lock of a publisher's folder, waiting at most `timeout` milliseconds. It is a file that holds the number of its
 * process and is taken over when that process is no more. pkg5 locks by other means (a record lock, which Node cannot
 * take), so the two do not see each other: do not publish with both at one time. Problem: `locked`. Throws the error of a failed disk call.
 */
export async function lockPublisher(
  folder: string,
  timeout: number,
): Promise<Result<PublisherLock, RepositoryChangeProblem>> {
  const path = join(folder, 'tmp', 'pkg6.lock')
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  for (let waited = 0; ; waited += pause) {
    if (take(path)) return ok({ release: () => unlinkSync(path) })
    const owner = ownerOf(path)
    if (owner === undefined) continue
    if (waited >= timeout) {
      const process = `the process ${owner}`
      return err({ code: 'ips::repository_error::locked', path: folder, owner: process })
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 })
    return true
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') return false
    throw thrown
  }
}

/** The living owner; a lock whose owner is dead or that holds no number is taken away. */
function ownerOf(path: string): number | undefined {
  const owner = livingOwner(path)
  if (owner !== undefined) return owner
  // Between the look and the removal another process may have taken the lock, so the moved file is read again.
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
  const other = livingOwner(aside)
  if (other !== undefined) linkSync(aside, path)
  unlinkSync(aside)
  return other
}

function livingOwner(path: string): number | undefined {
  try {
    const owner = Number(readRegularFile(path, defaultSizeLimits.statement).toString('utf8').trim())
    return Number.isSafeInteger(owner) && owner > 0 && isAlive(owner) ? owner : undefined
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0)
    return true
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM'
  }
}
