import { dirname } from 'node:path'
import type { FileStatus, Filesystem } from '#model'
import { type BuiltNode, buildTree } from './crash-tree.ts'
import type { Attributes, Change, LoggedChange, NamedInode } from './disk-change.ts'
import { Crash } from './faulty-filesystem.ts'
import type { MemoryFilesystem } from './memory-filesystem.ts'
import { type Decision, type Survival, survivorsOf } from './survival.ts'

/*
 * A disk whose power is cut. What a process sees is a `MemoryFilesystem`; beside it runs a log of what was changed and what was
 * flushed, and for every place in that log and every choice of survivors the disk can be had as it would be found after
 * the restart. The model, which is weaker than what ext4, xfs, zfs, btrfs or ufs with logging promise:
 *
 * - Content that was not flushed (`sync` of the file, `fsync: true`) may be lost, cut at any length, zeros of any length, or of its
 *   whole length with zeros or what older files left before or after any place (`Tear`). What was in the file before an append stays.
 * - Modes, owners and times that were not flushed (`sync` of that file or directory) may be lost, each change by itself.
 *   Links and devices cannot be flushed themselves: flushing their directory does it.
 * - Entries made, removed or renamed are lost or kept one by one, in any order, until the directory is flushed; also two
 *   entries of one directory. Flushing a file does not flush its name.
 * - A rename is one change in both directories: both sides survive, or none. It is flushed when both directories are.
 * - Changes of one name survive in order: no later one without all the earlier ones. A directory is not gone while an entry
 *   that left it before is not; what was renamed into a new directory is not lost with it.
 * - Nothing that was flushed is lost, and nothing else happens to a disk: bit rot and broken hardware are not looked at.
 *
 * Several file systems and an overlay are those of the `MemoryFilesystem`; mount points are there after the restart, too.
 * The log is finer than the calls: making a file is its name, its content and its flush.
 */

/** A file system that remembers enough to tell what a power cut would leave. */
export interface CrashFilesystem extends Filesystem {
  /** Places where the power may be cut: 0 (nothing done yet) to this number (all done). */
  positions(): number
  /** Calls that change or flush something. */
  writes(): number
  /** The disk after a power cut at a position. The text names the survivors: equal texts, equal disks. */
  cut(position: number, survival: Survival): { readonly survivors: string; build(): MemoryFilesystem }
  /** From this position on every call throws `Crash`: the process is dead, the machine is not. Undefined: lives again. */
  dieAt(position: number | undefined): void
}

interface Log {
  readonly changes: LoggedChange[]
  /** How many changes there were before each position; positions count flushes too. */
  readonly positions: number[]
  readonly pending: Set<LoggedChange>
  /** Last change of each name, by directory. */
  readonly names: Map<number, Map<string, LoggedChange>>
  /** Change that put a directory where it is. */
  readonly placed: Map<number, LoggedChange>
  /** Inodes that cannot be flushed themselves. */
  readonly unflushable: Set<number>
  readonly born: Map<number, BuiltNode>
}

function readNodes(filesystem: MemoryFilesystem): Map<number, BuiltNode> {
  const nodes = new Map<number, BuiltNode>()
  const read = (path: string, status: FileStatus): void => {
    const { type, mode, uid, gid, mtime } = status
    const attributes = { mode, uid, gid, mtime, isLower: filesystem.isLower(path) }
    const node: BuiltNode = { type, bytes: noBytes, target: '', entries: new Map(), ...attributes }
    nodes.set(status.inode, node)
    if (type === 'file') node.bytes = filesystem.readFile(path)
    if (type === 'link') node.target = filesystem.readLink(path)
    if (type !== 'directory') return
    for (const name of filesystem.readDirectory(path)) {
      const below = `${path === '/' ? '' : path}/${name}`
      const child = filesystem.lstat(below)!
      node.entries.set(name, child.inode)
      if (!nodes.has(child.inode)) read(below, child)
    }
  }
  read('/', filesystem.lstat('/')!)
  return nodes
}

/** What a file may have from its first moment; the rest comes when its owner is known. */
const NEW_FILE_MODE = 0o777

const noBytes = new Uint8Array(0)

/** Changes without which a directory is nowhere: those that put it and the ones above it where they are. */
function placesOf(log: Log, directory: number): readonly LoggedChange[] {
  const made = log.placed.get(directory)
  if (made === undefined || made.change.kind !== 'names') return []
  const above = made.change.names.find(({ inode }) => inode === directory)
  return [made, ...(above === undefined ? [] : placesOf(log, above.directory))]
}

/** Notes a change that is not flushed yet. */
function record(log: Log, change: Change): LoggedChange {
  const needs = new Set<LoggedChange>()
  const logged: LoggedChange = {
    index: log.changes.length,
    change,
    needs: [],
    waiting: new Set(change.kind === 'names' ? change.names.map(({ directory }) => directory) : []),
    durableFrom: Number.POSITIVE_INFINITY,
  }
  if (change.kind === 'names') {
    const moved = change.names.find(({ inode }) => inode !== undefined)
    const leaves = change.names.some(({ directory }) => directory !== moved?.directory)
    if (moved !== undefined && leaves) for (const made of placesOf(log, moved.directory)) needs.add(made)
    for (const { directory, name, inode } of change.names) {
      const known = log.names.get(directory) ?? new Map<string, LoggedChange>()
      const before = known.get(name)
      if (before !== undefined) needs.add(before)
      log.names.set(directory, known.set(name, logged))
      if (inode !== undefined) log.placed.set(inode, logged)
    }
  }
  logged.needs.push(...[...needs].map(({ index }) => index))
  log.changes.push(logged)
  log.pending.add(logged)
  log.positions.push(log.changes.length)
  return logged
}

/** A directory that goes takes with it what left it before. */
function recordRemoval(log: Log, place: NamedInode, directory: number): void {
  const removal = record(log, { kind: 'names', names: [{ ...place, inode: undefined }] })
  for (const { index } of log.names.get(directory)?.values() ?? []) removal.needs.push(index)
}

/** A change of names in two directories waits for the other one. */
function isFlushed({ change, waiting }: LoggedChange, inode: number, entries: ReadonlySet<number>): boolean {
  if (change.kind !== 'names') return change.inode === inode || entries.has(change.inode)
  return waiting.delete(inode) && waiting.size === 0
}

function recordFlush(log: Log, inode: number, entries: ReadonlySet<number>): void {
  const at = log.positions.length
  const flush = (logged: LoggedChange): void => {
    if (!log.pending.delete(logged)) return
    logged.durableFrom = at
    for (const index of logged.needs) flush(log.changes[index]!)
  }
  for (const logged of [...log.pending]) if (isFlushed(logged, inode, entries)) flush(logged)
  log.positions.push(log.changes.length)
}

/** The node of an inode as changed by all that survived, in the order in which it happened. */
function carryOut(
  base: ReadonlyMap<number, BuiltNode>,
  log: Log,
  surviving: readonly (readonly [LoggedChange, Decision])[],
): Map<number, BuiltNode> {
  const nodes = new Map<number, BuiltNode>()
  const own = (inode: number): BuiltNode => {
    const made = nodes.get(inode)
    if (made !== undefined) return made
    const before = base.get(inode) ?? log.born.get(inode)
    if (before === undefined) throw new Error(`no inode ${inode}`)
    const copy = { ...before, entries: new Map(before.entries) }
    nodes.set(inode, copy)
    return copy
  }
  for (const [{ change }, decision] of surviving) {
    if (change.kind === 'names')
      for (const { directory, name, inode } of change.names) {
        if (inode === undefined) own(directory).entries.delete(name)
        else own(directory).entries.set(name, inode)
      }
    else if (change.kind === 'attributes') Object.assign(own(change.inode), change.to)
    else own(change.inode).bytes = torn(change.bytes, change.kept, decision)
  }
  for (const inode of new Set([...base.keys(), ...log.born.keys()])) own(inode)
  return nodes
}

function torn(bytes: Uint8Array, kept: number, decision: Decision): Uint8Array {
  if (typeof decision !== 'object') return bytes
  const length = kept + Math.round((bytes.length - kept) * decision.part)
  if (decision.how === 'prefix') return bytes.slice(0, length)
  const found = new Uint8Array(decision.how === 'zeros' ? length : bytes.length)
  found.set(bytes.subarray(0, kept))
  if (decision.how === 'tail lost' || decision.how === 'stale') found.set(bytes.subarray(kept, length), kept)
  if (decision.how === 'head lost') found.set(bytes.subarray(length), length)
  if (decision.how === 'stale')
    for (let at = length; at < found.length; at++) found[at] = older[(at - kept) % older.length]!
  return found
}

/** What may lie on blocks that were used before; the worst of it is what was right then. */
const older = Buffer.from('\nunplaced\nplacing\n{"format":1}\n')

/** Puts a log beside a memory file system, of which all that is there is taken for flushed. */
export function createCrashFilesystem(inner: MemoryFilesystem): CrashFilesystem {
  const base = readNodes(inner)
  const layout = inner.layout()
  const log: Log = {
    changes: [],
    positions: [0],
    pending: new Set(),
    names: new Map(),
    placed: new Map(),
    unflushable: new Set(
      [...base].flatMap(([inode, { type }]) => (type === 'link' || type === 'other' ? [inode] : [])),
    ),
    born: new Map(),
  }
  let death = Number.POSITIVE_INFINITY
  let writes = 0
  const alive = (): void => {
    if (log.positions.length - 1 >= death) throw new Crash(`dead at ${death}`)
  }
  function change<T>(work: () => T): T {
    alive()
    writes++
    return work()
  }
  function reading<A extends readonly unknown[], T>(call: (...parameters: A) => T): (...parameters: A) => T {
    return (...parameters) => {
      alive()
      return call(...parameters)
    }
  }
  const place = (path: string): NamedInode => {
    const directory = inner.lstat(inner.realPath(dirname(path)))!.inode
    return { directory, name: path.slice(path.lastIndexOf('/') + 1), inode: inner.lstat(path)?.inode }
  }
  const made = (path: string): void => {
    const status = inner.lstat(path)!
    const { type, mode, inode } = status
    const target = type === 'link' ? inner.readLink(path) : ''
    if (!base.has(inode) && !log.born.has(inode))
      log.born.set(inode, {
        type,
        mode: type === 'file' ? mode & NEW_FILE_MODE : mode,
        uid: 0,
        gid: 0,
        mtime: 0,
        isLower: false,
        bytes: noBytes,
        target,
        entries: new Map(),
      })
    if (type === 'link') log.unflushable.add(inode)
    record(log, { kind: 'names', names: [place(path)] })
  }
  const flush = (path: string): void => {
    const status = inner.lstat(path)!
    const inside = new Set<number>()
    if (status.type === 'directory')
      for (const name of inner.readDirectory(path)) {
        const { inode } = inner.lstat(`${path}/${name}`)!
        if (log.unflushable.has(inode)) inside.add(inode)
      }
    recordFlush(log, status.inode, inside)
  }
  const attributes = (path: string, to: Partial<Attributes>): void => {
    record(log, { kind: 'attributes', inode: inner.lstat(path)!.inode, to })
  }
  return {
    positions: () => log.positions.length - 1,
    writes: () => writes,
    dieAt(position) {
      death = position ?? Number.POSITIVE_INFINITY
    },
    cut(position, survival) {
      const before = log.changes.slice(0, log.positions[position])
      const pending = before.filter(({ durableFrom }) => durableFrom > position)
      const decisions = survivorsOf(pending, survival)
      const surviving = before.flatMap((logged): [LoggedChange, Decision][] => {
        const decision = logged.durableFrom > position ? decisions.get(logged.index) : true
        return decision === undefined || decision === false ? [] : [[logged, decision]]
      })
      const survivors = surviving.map(([{ index }, decision]) =>
        typeof decision === 'object' ? `${index}${decision.how}${decision.part}` : `${index}`,
      )
      return {
        survivors: survivors.join(),
        build: () => buildTree(carryOut(base, log, surviving), 0, layout),
      }
    },
    lstat: reading(inner.lstat),
    readDirectory: reading(inner.readDirectory),
    readLink: reading(inner.readLink),
    realPath: reading(inner.realPath),
    pinDirectory: reading(inner.pinDirectory),
    readFile: reading(inner.readFile),
    readChunks: reading(inner.readChunks),
    freeSpace: reading(inner.freeSpace),
    mountPoints: reading(inner.mountPoints),
    renamesDirectories: reading(inner.renamesDirectories),
    createFile: (path, chunks, options) =>
      change(() => {
        const bytes = Buffer.concat([...chunks])
        inner.createFile(path, [bytes], options)
        made(path)
        const { inode } = inner.lstat(path)!
        if (bytes.length > 0) record(log, { kind: 'content', inode, bytes, kept: 0 })
        const { mode, uid, gid, mtime } = inner.lstat(path)!
        if (options.owner !== undefined) attributes(path, { uid, gid })
        if (mode !== (mode & NEW_FILE_MODE)) attributes(path, { mode })
        if (options.mtime !== undefined) attributes(path, { mtime })
        if (options.fsync) flush(path)
      }),
    appendFile: (path, bytes, options) =>
      change(() => {
        const before = inner.lstat(path)
        inner.appendFile(path, bytes, options)
        if (before === undefined) made(path)
        const all = inner.readFile(path)
        const { inode } = inner.lstat(path)!
        record(log, { kind: 'content', inode, bytes: all, kept: before?.size ?? 0 })
        if (options.fsync) flush(path)
      }),
    makeDirectory: (path, mode) =>
      change(() => {
        inner.makeDirectory(path, mode)
        made(path)
      }),
    rename: (from, to) =>
      change(() => {
        const source = place(from)
        inner.rename(from, to)
        const target = place(to)
        // Two names of one file: nothing happens.
        if (inner.lstat(from) === undefined)
          record(log, { kind: 'names', names: [{ ...source, inode: undefined }, target] })
      }),
    symbolicLink: (target, path) =>
      change(() => {
        inner.symbolicLink(target, path)
        made(path)
      }),
    hardLink: (existing, path) =>
      change(() => {
        inner.hardLink(existing, path)
        made(path)
      }),
    unlink: (path) =>
      change(() => {
        const source = place(path)
        inner.unlink(path)
        record(log, { kind: 'names', names: [{ ...source, inode: undefined }] })
      }),
    removeDirectory: (path) =>
      change(() => {
        const source = place(path)
        inner.removeDirectory(path)
        recordRemoval(log, source, source.inode!)
      }),
    setMode: (path, mode) =>
      change(() => {
        inner.setMode(path, mode)
        attributes(path, { mode })
      }),
    setOwner: (path, uid, gid) =>
      change(() => {
        inner.setOwner(path, uid, gid)
        attributes(path, { uid, gid })
      }),
    setTimes: (path, atime, mtime) =>
      change(() => {
        inner.setTimes(path, atime, mtime)
        attributes(path, { mtime })
      }),
    sync: (path) =>
      change(() => {
        inner.sync(path)
        flush(path)
      }),
  }
}
