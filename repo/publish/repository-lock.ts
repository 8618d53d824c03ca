import { linkSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { HeldLock, LockCalls, LockFault, LockRequest, Result } from '#model'
import { err, lockFileFault, sweepLockDrafts, takeLockFile } from '#model'
import { nodeFiles } from '../node-files.ts'
import { startMark } from '../process-mark.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'

/** The client that holds a lock. */
export interface LockHolder {
  readonly name: string
  readonly hostname: string
  readonly pid: number | undefined
}

/** How a change waits for another change of the same folder. */
export interface LockPatience {
  /** Milliseconds to wait for a process of this host, which is known to live, and for one of another host. */
  readonly local: number
  readonly remote: number
  /** Called for each client that makes this change wait longer than a second. */
  readonly onWait?: ((holder: LockHolder) => void) | undefined
}

/** Maintenance does not wait. */
export const impatient: LockPatience = { local: 0, remote: 0 }

/** Publication waits until a process of this host ends. A process of another host cannot be checked, so that wait is limited. */
export function publicationPatience(onWait: LockPatience['onWait']): LockPatience {
  return { local: Number.POSITIVE_INFINITY, remote: 300_000, onWait }
}

/** Milliseconds between two looks at a lock. */
const pause = 20
/** Milliseconds of waiting before the wait is reported. */
const silence = 1000

/**
 * Takes the lock `tmp/lock` of a folder. The lock of a publisher guards its packages, the lock of a repository its configuration. The protocol is
 * that of the lock of an image (docs/image-files.md, "The lock"). pkg5 excludes its own kind by a record lock, which Node cannot take; a pkg5 at work is
 * recognised by its text in the file, but does not see our lock. Problems: `locked`, `unsafe_lock`. Throws the error of a failed disk call.
 */
export async function lockFolder(
  folder: string,
  patience: LockPatience,
): Promise<Result<HeldLock, RepositoryChangeProblem>> {
  const path = join(folder, 'tmp', 'lock')
  let told = ''
  for (let waited = 0; ; waited += pause) {
    makeTemporary(join(folder, 'tmp'))
    const request = lockRequest()
    // A check costs one read; an attempt to take the lock costs a flush.
    const fault = lockFileFault(path, request)
    const taken = fault === undefined ? takeLockFile(path, request) : err(fault)
    if (taken.ok) {
      sweepLockDrafts(path, request)
      return taken
    }
    const { error } = taken
    if (error.kind === 'unsafe')
      return err({ code: 'ips::repository_error::unsafe_lock', path: error.path, found: error.found })
    if (waited >= (error.unknowable === undefined ? patience.local : patience.remote))
      return err(lockedProblem(folder, error))
    const holder = `${error.pid} ${error.hostname}`
    if (waited >= silence && holder !== told) {
      told = holder
      patience.onWait?.(error)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Not its parents: a publisher that was removed meanwhile stays removed. */
function makeTemporary(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 })
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown
  }
}

function lockRequest(): LockRequest {
  const { pid } = process
  const client = { pid, hostname: hostname(), clientName: 'pkg6repo', startMark }
  return { filesystem: lockCalls, client, now: Date.now() }
}

function lockedProblem(path: string, fault: Extract<LockFault, { kind: 'held' }>): RepositoryChangeProblem {
  const { kind: _, ...holder } = fault
  return { code: 'ips::repository_error::locked', path, ...holder }
}

const lockCalls: LockCalls = {
  ...nodeFiles,
  lstat(path) {
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (status === undefined) return undefined
    return { type: status.isFile() ? 'file' : status.isSymbolicLink() ? 'link' : 'other' }
  },
  readFile: readRegularFile,
  readDirectory: (path) => readdirSync(path).sort(),
  hardLink: linkSync,
}
