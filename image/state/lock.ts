import { dirname, join } from 'node:path'
import { err, type Filesystem, FilesystemError, ok, type Result } from '#model'
import type { ProcessInfo } from '../host.ts'
import type { ImageProblem } from '../problems.ts'
import { attempt, attemptQuietly } from '../storage.ts'

/** A held lock. The holder alone may write to the image. */
export interface ImageLock {
  /** Gives the lock back; further calls do nothing. */
  release(): void
}

/** Who holds a lock, as the file says. The first four lines are pkg5's: pid, client, host, time; the fifth is ours. */
interface LockOwner {
  readonly pid: number | undefined
  readonly name: string
  readonly hostname: string
  readonly startMark: string | undefined
}

interface LockRequest {
  readonly filesystem: Filesystem
  readonly process: ProcessInfo
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number
}

/** Paths and texts of the locks this process holds: tells our own live lock from that of a dead process with our pid. */
const held = new Set<string>()

/** How many locks on locks are tried; each level needs a crash within the microseconds of the level below. */
const deepestBreaker = 4

/**
 * Takes the lock of an image, never waiting. A lock whose owner is dead is replaced. Problems: `locked`, `unsafe_lock`,
 * `no_permission`, `read_only`, `storage`. The protocol: docs/image-files.md, "The lock".
 */
export function takeLock(path: string, request: LockRequest): Result<ImageLock, ImageProblem> {
  return acquire(path, request, 0)
}

/**
 * Removes what processes left that died between drafting a lock and taking it. Call it as the holder of the lock; a draft of a
 * process that lives, or of which nothing can be known, stays.
 */
export function sweepDrafts(path: string, { filesystem, process }: LockRequest): void {
  attemptQuietly(() => {
    for (const name of filesystem.readDirectory(dirname(path))) {
      const pid = /^lock(?:\.break)*\.(\d{1,10})-\d$/.exec(name)?.[1]
      if (pid !== undefined && process.startMark(Number(pid)) === 'gone')
        filesystem.unlink(join(dirname(path), name))
    }
  })
}

/** True while a live process (this one included) holds the lock. Reads only; unreadable counts as not held. */
export function lockIsHeld(path: string, request: LockRequest): boolean {
  const state = attempt(() => lockState(path, request))
  return state.ok && state.value.kind === 'busy'
}

function acquire(path: string, request: LockRequest, depth: number): Result<ImageLock, ImageProblem> {
  const { filesystem, process } = request
  const own = lockText(process, request.now)
  const draft = `${path}.${process.pid}-${depth}`
  const drafted = attempt(() => {
    if (filesystem.lstat(draft) !== undefined) filesystem.unlink(draft)
    // Flushed: after a power cut an empty text or zeros in a lock would belong to nobody, for ever.
    filesystem.createFile(draft, [new TextEncoder().encode(own)], { mode: 0o644, fsync: true })
  })
  const discardDraft = (): void =>
    attemptQuietly(() => {
      if (filesystem.lstat(draft) !== undefined) filesystem.unlink(draft)
    })
  if (!drafted.ok) {
    // A full disk lets files be made and nothing be written to them.
    discardDraft()
    // The draft's own name says nothing to anybody.
    return 'path' in drafted.error ? err({ ...drafted.error, path }) : drafted
  }
  try {
    const taken = attempt(() => contend({ path, draft, own, request, depth }))
    return taken.ok ? taken.value : taken
  } finally {
    discardDraft()
  }
}

/** One attempt to take one lock: its file is ready under a name of its own. */
interface Contender {
  readonly path: string
  readonly draft: string
  readonly own: string
  readonly request: LockRequest
  readonly depth: number
}

function contend(contender: Contender): Result<ImageLock, ImageProblem> {
  const { path, draft, request } = contender
  for (let tries = 0; tries < 8; tries++) {
    if (takeName(request, draft, path)) return ok(holdLock(contender))
    const state = lockState(path, request)
    if (state.kind === 'busy') return err(state.problem)
    // Released between the two calls: link again.
    if (state.kind === 'absent') continue
    const replaced = replaceDeadLock(contender)
    if (replaced !== undefined) return replaced
  }
  return err({
    code: 'ips::image_error::locked',
    name: 'several clients in turn',
    hostname: request.process.hostname,
    pid: undefined,
  })
}

/**
 * Puts the draft in the place of a lock whose owner is dead. Only the holder of the breaker lock does so, and looks again
 * once it holds it; so of two that saw the same dead owner the second finds the first one's live lock. Undefined: the
 * dead lock is gone, and only an exclusive link may take an empty place.
 */
function replaceDeadLock(contender: Contender): Result<ImageLock, ImageProblem> | undefined {
  const { path, draft, request, depth } = contender
  if (depth >= deepestBreaker)
    return err({ code: 'ips::image_error::unsafe_lock', path, found: 'one of many abandoned locks' })
  const breaker = acquire(`${path}.break`, request, depth + 1)
  if (!breaker.ok) return breaker
  try {
    const state = lockState(path, request)
    if (state.kind === 'busy') return err(state.problem)
    if (state.kind === 'absent') return undefined
    request.filesystem.rename(draft, path)
    return ok(holdLock(contender))
  } finally {
    breaker.value.release()
  }
}

/** Gives a draft the name of the lock, unless that is taken. */
function takeName(request: LockRequest, draft: string, path: string): boolean {
  const { filesystem } = request
  try {
    filesystem.hardLink(draft, path)
    return true
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { errno } = error.problem
    if (errno === 'EEXIST') return false
    if (!['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errno)) throw error
    return renameUnlessThere(request, draft, path)
  }
}

/** A process is in the guarded calls for moments only; milliseconds. */
const longestGuard = 60_000

/** As `takeName`, on a file system without hard links. A directory keeps the others out while the place is looked at and taken. */
function renameUnlessThere({ filesystem, now }: LockRequest, draft: string, path: string): boolean {
  const guard = `${path}.guard`
  try {
    filesystem.makeDirectory(guard, 0o700)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EEXIST') throw error
    // Its process died; the next try takes it.
    const since = filesystem.lstat(guard)?.mtime
    if (since !== undefined && now - since > longestGuard) attemptQuietly(() => filesystem.removeDirectory(guard))
    return false
  }
  try {
    if (filesystem.lstat(path) !== undefined) return false
    filesystem.rename(draft, path)
    return true
  } finally {
    attemptQuietly(() => filesystem.removeDirectory(guard))
  }
}

function holdLock({ path, own, request }: Contender): ImageLock {
  const key = heldKey(path, own)
  held.add(key)
  return {
    release: () => {
      if (!held.delete(key)) return
      attemptQuietly(() => {
        if (readLock(request.filesystem, path) === own) request.filesystem.unlink(path)
      })
    },
  }
}

function heldKey(path: string, text: string): string {
  return `${path}\n${text}`
}

type LockState =
  | { readonly kind: 'absent' }
  /** Its owner is dead, or pkg5 let go of it. Nobody but the holder of the breaker lock changes it any more. */
  | { readonly kind: 'dead' }
  | { readonly kind: 'busy'; readonly problem: ImageProblem }

function lockState(path: string, request: LockRequest): LockState {
  const status = request.filesystem.lstat(path)
  if (status === undefined) return { kind: 'absent' }
  if (status.type !== 'file') {
    const found = status.type === 'link' ? 'a symbolic link' : `no regular file (${status.type})`
    return { kind: 'busy', problem: { code: 'ips::image_error::unsafe_lock', path, found } }
  }
  const text = readLock(request.filesystem, path)
  if (text === undefined) return { kind: 'absent' }
  // pkg5 leaves an empty file behind when it unlocks; ours appear with their text in one step.
  if (text.trim() === '') return { kind: 'dead' }
  const owner = readOwner(text)
  const ours = owner.pid === request.process.pid && held.has(heldKey(path, text))
  if (!ours && !isAlive(owner, request.process)) return { kind: 'dead' }
  const { pid } = owner
  // Text without a process number was written by no client; its other lines may be anything.
  const { name, hostname } =
    pid === undefined ? { name: 'an unknown client', hostname: 'an unknown host' } : owner
  const unknowable = hostname === request.process.hostname ? {} : { unknowable: path }
  return { kind: 'busy', problem: { code: 'ips::image_error::locked', name, hostname, pid, ...unknowable } }
}

function isAlive(owner: LockOwner, process: ProcessInfo): boolean {
  // Nothing can be known about a process of another host: better locked for ever than two writers.
  if (owner.pid === undefined || owner.hostname !== process.hostname) return true
  const mark = process.startMark(owner.pid)
  if (mark === 'gone') return false
  if (mark === 'unknown' || owner.startMark === undefined || owner.startMark === 'unknown')
    return owner.pid !== process.pid
  return mark === owner.startMark
}

/** Nobody writes more into a lock; bytes. */
const longestLock = 1 << 16

function readLock(filesystem: Filesystem, path: string): string | undefined {
  try {
    return new TextDecoder().decode(filesystem.readFile(path, longestLock))
  } catch (error) {
    if (error instanceof FilesystemError && error.problem.errno === 'ENOENT') return undefined
    throw error
  }
}

function lockText(process: ProcessInfo, now: number): string {
  const lines = [
    String(process.pid),
    process.clientName,
    process.hostname,
    new Date(now).toISOString(),
    process.startMark(process.pid),
  ]
  return `${lines.map((line) => line.replaceAll('\n', ' ')).join('\n')}\n`
}

function readOwner(text: string): LockOwner {
  const [pid, name, hostname, , startMark] = text.split('\n')
  return {
    pid: /^\d{1,10}$/.test(pid ?? '') ? Number(pid) : undefined,
    name: name ?? 'unknown',
    hostname: hostname ?? 'unknown',
    startMark: startMark === '' ? undefined : startMark,
  }
}
