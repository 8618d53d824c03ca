import { refusesLinks } from './disk-failure.ts'
import type { Filesystem } from './ports.ts'
import { FilesystemError } from './ports.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

/** A held lock. The holder alone may write to what it guards. */
export interface HeldLock {
  /** Gives the lock back; further calls do nothing. */
  release(): void
}

/** The disk calls of a lock. `Filesystem` has them. Calls may also throw errors of Node. */
export type LockCalls = Pick<
  Filesystem,
  'createFile' | 'hardLink' | 'readDirectory' | 'rename' | 'unlink'
> & {
  /** Undefined when nothing is there. */
  lstat(path: string): { readonly type: string } | undefined
  readFile(path: string, limit: number): Uint8Array
}

/** The process that takes a lock, and its view of other processes. */
export interface LockProcess {
  readonly pid: number
  readonly hostname: string
  /** Name in the lock file, e.g. `pkg6`. */
  readonly clientName: string
  /**
   * Mark of the moment a process of this host started (Linux: field 22 of /proc/PID/stat). It tells a reused pid from its predecessor.
   * 'gone': no such process exists; 'unknown': the process exists, but the host does not tell when it started.
   */
  startMark(pid: number): string | 'gone' | 'unknown'
}

/** Inputs of an attempt to take a lock. */
export interface LockRequest {
  readonly filesystem: LockCalls
  readonly client: LockProcess
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number
}

/** Why a lock cannot be taken. */
export type LockFault =
  | {
      readonly kind: 'held'
      readonly name: string
      readonly hostname: string
      readonly pid: number | undefined
      /** Path of the lock file; set when the owner is on another host, where its process cannot be checked. */
      readonly unknowable?: string
    }
  /** A link, a directory, or a file that no client made. */
  | { readonly kind: 'unsafe'; readonly path: string; readonly found: string }

/** Who holds a lock, as the file says. The first four lines are pkg5's: pid, client, host, time; the fifth is ours. */
interface LockOwner {
  readonly pid: number | undefined
  readonly name: string
  readonly hostname: string
  readonly startMark: string | undefined
}

/** Paths and texts of the locks this process holds: tells our own live lock from that of a dead process with our pid. */
const held = new Set<string>()

/** How many locks on locks are tried; each level needs a crash within the microseconds of the level below. */
const deepestBreaker = 4

/**
 * Takes a lock, never waiting. A lock whose owner is dead is replaced. The protocol: docs/image-files.md, "The lock". Throws the
 * errors of the calls, and leaves no file then.
 */
export function takeLockFile(path: string, request: LockRequest): Result<HeldLock, LockFault> {
  return acquire(path, request, 0)
}

/**
 * Removes drafts of locks whose processes died before they took the lock. Call it as the holder of the lock. A draft stays if its process
 * lives, or if this host cannot tell.
 */
export function sweepLockDrafts(path: string, { filesystem, client }: LockRequest): void {
  quietly(() => {
    const directory = path.slice(0, path.lastIndexOf('/'))
    for (const name of filesystem.readDirectory(directory)) {
      const [, pid, place] = /^lock(?:\.break)*\.(\d{1,10})-\d-(.*)$/.exec(name) ?? []
      if (pid !== undefined && place === placeOf(client) && client.startMark(Number(pid)) === 'gone')
        filesystem.unlink(`${directory}/${name}`)
    }
  })
}

/** The fault that `takeLockFile` would return at this moment; undefined if no live process holds the lock. Reads only; throws the errors of the calls. */
export function lockFileFault(path: string, request: LockRequest): LockFault | undefined {
  const state = lockState(path, request, true)
  return state.kind === 'busy' ? state.fault : undefined
}

/** Host and name space of process numbers, as a part of a file name. Different texts mean different processes. */
function placeOf(client: LockProcess): string {
  const space = spaceOf(client.startMark(client.pid)) ?? ''
  return `${client.hostname}-${space}`.replaceAll(/[^A-Za-z0-9.-]+/g, '_').slice(-100)
}

/** The name space of process numbers that a start mark was read in; undefined where the host does not tell. */
function spaceOf(mark: string | undefined): string | undefined {
  return /@(.*)$/.exec(mark ?? '')?.[1]
}

function acquire(path: string, request: LockRequest, depth: number): Result<HeldLock, LockFault> {
  const { filesystem, client } = request
  const own = lockText(client, request.now)
  const draft = `${path}.${client.pid}-${depth}-${placeOf(client)}`
  const discardDraft = (): void =>
    quietly(() => {
      if (filesystem.lstat(draft) !== undefined) filesystem.unlink(draft)
    })
  try {
    if (filesystem.lstat(draft) !== undefined) filesystem.unlink(draft)
    // Flushed: a lock that is empty or zeros after a power cut would have no known owner, and could never be replaced.
    filesystem.createFile(draft, [new TextEncoder().encode(own)], { mode: 0o644, fsync: true })
    return contend({ path, draft, own, request, depth })
  } catch (error) {
    // The problem names the lock, because the user does not know the draft.
    throw error instanceof FilesystemError && error.problem.path === draft
      ? new FilesystemError({ ...error.problem, path })
      : error
  } finally {
    // Also after a failure: on a full disk, files can be made but not written.
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

function contend(contender: Contender): Result<HeldLock, LockFault> {
  const { path, request } = contender
  for (let tries = 0; tries < 8; tries++) {
    const placed = placeUnlessThere(contender)
    if (placed === 'placed') return ok(holdLock(contender))
    const state = lockState(path, request, placed === 'taken')
    if (state.kind === 'busy') return err(state.fault)
    // Released between the two calls: link again.
    if (state.kind === 'absent') continue
    const replaced = replaceDeadLock(contender, placed === 'taken')
    if (replaced !== undefined) return replaced
  }
  const { hostname } = request.client
  return err({ kind: 'held', name: 'several clients in turn', hostname, pid: undefined })
}

/**
 * Puts the draft in the place of a lock whose owner is dead. Only the holder of the breaker lock may do so, after it
 * has checked again. If two processes saw the same dead owner, the second finds the live lock of the first. Undefined: the
 * dead lock is gone, and only an exclusive link may take an empty place.
 */
function replaceDeadLock(contender: Contender, linked: boolean): Result<HeldLock, LockFault> | undefined {
  const { path, draft, request, depth } = contender
  if (depth >= deepestBreaker) return err({ kind: 'unsafe', path, found: 'one of many abandoned locks' })
  const breaker = acquire(`${path}.break`, request, depth + 1)
  if (!breaker.ok) return breaker
  try {
    const state = lockState(path, request, linked)
    if (state.kind === 'busy') return err(state.fault)
    if (state.kind === 'absent') return undefined
    request.filesystem.rename(draft, path)
    return ok(holdLock(contender))
  } finally {
    breaker.value.release()
  }
}

/**
 * `taken`: the name exists, and a lock with this name has its text. `taken-without-links`: the name exists on a file system without hard
 * links, so a lock may still be waiting for its text.
 */
function placeUnlessThere({
  path,
  draft,
  own,
  request,
}: Contender): 'placed' | 'taken' | 'taken-without-links' {
  try {
    request.filesystem.hardLink(draft, path)
    return 'placed'
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'taken'
    if (!refusesLinks(errnoOf(error))) throw error
  }
  try {
    request.filesystem.createFile(path, [new TextEncoder().encode(own)], { mode: 0o644, fsync: true })
    return 'placed'
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return 'taken-without-links'
  }
}

function holdLock({ path, own, request }: Contender): HeldLock {
  const key = heldKey(path, own)
  held.add(key)
  return {
    release: () => {
      if (!held.delete(key)) return
      quietly(() => {
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
  | { readonly kind: 'busy'; readonly fault: LockFault }

/** `linked`: true if locks on this file system appear together with their text. */
function lockState(path: string, request: LockRequest, linked: boolean): LockState {
  const status = request.filesystem.lstat(path)
  if (status === undefined) return { kind: 'absent' }
  if (status.type !== 'file') {
    const found = status.type === 'link' ? 'a symbolic link' : `no regular file (${status.type})`
    return { kind: 'busy', fault: { kind: 'unsafe', path, found } }
  }
  const text = readLock(request.filesystem, path)
  if (text === undefined) return { kind: 'absent' }
  // pkg5 leaves an empty file behind when it unlocks; ours appear with their text in one step.
  if (text.trim() === '')
    return linked ? { kind: 'dead' } : { kind: 'busy', fault: { kind: 'unsafe', path, found: 'empty' } }
  const owner = readOwner(text)
  const ours = owner.pid === request.client.pid && held.has(heldKey(path, text))
  if (!ours && !isAlive(owner, request.client)) return { kind: 'dead' }
  const { pid } = owner
  // Text without a process number was written by no client; its other lines may be anything.
  const { name, hostname } =
    pid === undefined ? { name: 'an unknown client', hostname: 'an unknown host' } : owner
  const unknowable = pid === undefined || isOfOthers(owner, request.client) ? { unknowable: path } : {}
  return { kind: 'busy', fault: { kind: 'held', name, hostname, pid, ...unknowable } }
}

/** True for a process of another host or, in containers, of another name space of process numbers. */
function isOfOthers(owner: LockOwner, client: LockProcess): boolean {
  if (owner.hostname !== client.hostname) return true
  const [theirs, ours] = [spaceOf(owner.startMark), spaceOf(client.startMark(client.pid))]
  return theirs !== undefined && ours !== undefined && theirs !== ours
}

function isAlive(owner: LockOwner, client: LockProcess): boolean {
  // Nothing can be known about a process elsewhere: better locked for ever than two writers.
  if (owner.pid === undefined || isOfOthers(owner, client)) return true
  const mark = client.startMark(owner.pid)
  if (mark === 'gone') return false
  if (mark === 'unknown' || owner.startMark === undefined || owner.startMark === 'unknown')
    return owner.pid !== client.pid
  return mark.replace(/@.*/, '') === owner.startMark.replace(/@.*/, '')
}

/** Most bytes of the text of a lock. */
const longestLock = 1 << 16

function readLock(filesystem: LockCalls, path: string): string | undefined {
  try {
    return new TextDecoder().decode(filesystem.readFile(path, longestLock))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function lockText(client: LockProcess, now: number): string {
  const lines = [
    String(client.pid),
    client.clientName,
    client.hostname,
    new Date(now).toISOString(),
    client.startMark(client.pid),
  ]
  return `${lines.map((line) => line.replaceAll('\n', ' ')).join('\n')}\n`
}

function readOwner(text: string): LockOwner {
  const lines = text.split('\n')
  // In the lock of a repository pkg5 names no client: pid, host, time.
  if (/^\d{4}-?\d\d-?\d\dT/.test(lines[2] ?? '')) lines.splice(1, 0, 'pkg5')
  const [pid, name, hostname, , startMark] = lines
  return {
    pid: /^\d{1,10}$/.test(pid ?? '') ? Number(pid) : undefined,
    name: name ?? 'unknown',
    hostname: hostname ?? 'unknown',
    startMark: startMark === '' ? undefined : startMark,
  }
}

/** Runs disk calls whose failure may be ignored. */
function quietly(calls: () => void): void {
  try {
    calls()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** Error code of a failed disk call, of `Filesystem` or of Node; undefined for any other thrown value. */
function errnoOf(error: unknown): string | undefined {
  if (error instanceof FilesystemError) return error.problem.errno
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return String(error.code)
}
