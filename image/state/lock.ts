import {
  err,
  type HeldLock,
  type LockCalls,
  type LockFault,
  type LockProcess,
  type LockRequest,
  lockFileFault,
  type Result,
  sweepLockDrafts,
  takeLockFile,
} from '#model'
import type { ImageProblem } from '../problems.ts'
import { attempt } from '../storage.ts'

/** The lock of an image. The holder alone may write to the image. */
export type ImageLock = HeldLock

interface ImageLockRequest {
  readonly filesystem: LockCalls
  readonly process: LockProcess
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number
}

/**
 * Takes the lock of an image, never waiting. A lock whose owner is dead is replaced. Problems: `locked`, `unsafe_lock`,
 * `no_permission`, `read_only`, `storage`. The protocol: docs/image-files.md, "The lock".
 */
export function takeLock(path: string, request: ImageLockRequest): Result<ImageLock, ImageProblem> {
  const taken = attempt(() => takeLockFile(path, lockRequest(request)))
  if (!taken.ok) return taken
  return taken.value.ok ? taken.value : err(lockProblem(taken.value.error))
}

/** True while a live process (this one included) holds the lock. Reads only; unreadable counts as not held. */
export function lockIsHeld(path: string, request: ImageLockRequest): boolean {
  return lockHolder(path, request) !== undefined
}

/** The problem of a lock that a live process holds; undefined where none does, or where the lock cannot be read. */
export function lockHolder(path: string, request: ImageLockRequest): ImageProblem | undefined {
  const fault = attempt(() => lockFileFault(path, lockRequest(request)))
  return fault.ok && fault.value !== undefined ? lockProblem(fault.value) : undefined
}

/** Removes drafts of locks whose processes died before they took the lock. Call it as the holder of the lock. */
export function sweepDrafts(path: string, request: ImageLockRequest): void {
  sweepLockDrafts(path, lockRequest(request))
}

function lockRequest({ filesystem, process, now }: ImageLockRequest): LockRequest {
  return { filesystem, client: process, now }
}

function lockProblem(fault: LockFault): ImageProblem {
  if (fault.kind === 'unsafe') {
    const { path, found } = fault
    return { code: 'ips::image_error::unsafe_lock', path, found }
  }
  const { kind: _, ...owner } = fault
  return { code: 'ips::image_error::locked', ...owner }
}
