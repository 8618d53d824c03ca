import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import {
  type AbsolutePath,
  type FileStatus,
  type Filesystem,
  FilesystemError,
  mostBytesOfFile,
  type NewFileOptions,
} from '#model'
import { errnoOf } from './errno.ts'
import { mountPoints } from './mount-points.ts'
import { bestHold, type Hold, knownPath, pinDirectory } from './pin-directory.ts'

/** Maximum size of a chunk of `readChunks`, bytes. */
const CHUNK = 1 << 20
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** Descriptors that are kept for the clean-up after a process has run out of them. */
const SPARES = 3
const spares: number[] = []

function keepSpares(): void {
  try {
    while (spares.length < SPARES) spares.push(openSync('/dev/null', O_RDONLY))
  } catch (error) {
    // Without them the first call that needs a descriptor tells why.
    errnoOf(error)
  }
}

function releaseSpares(): void {
  for (const descriptor of spares.splice(0)) closeSync(descriptor)
}

function guarded<T>(call: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (errnoOf(error) === 'EMFILE') releaseSpares()
    throw new FilesystemError({
      code: 'ips::filesystem_error::call_failed',
      call,
      path: knownPath(path),
      errno: errnoOf(error),
    })
  }
}

function withFile<T>(path: string, flags: number, mode: number, work: (descriptor: number) => T): T {
  const descriptor = openSync(path, flags, mode)
  try {
    return work(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Size of a regular file. Refuses others: a device in the place of a file never ends, and a pipe may never answer. */
function sizeOfFile(descriptor: number, call: string): number {
  const status = fstatSync(descriptor)
  if (!status.isFile()) throw Object.assign(new Error('no regular file'), { code: 'EFTYPE', syscall: call })
  return status.size
}

function refuseLarger(size: number, limit: number): void {
  if (size > limit) throw Object.assign(new Error('too large'), { code: 'EFBIG', syscall: 'read' })
}

/** Content of a file of size 0: an empty file, or one whose content is generated when it is read, as below /proc. */
function unsizedContent(descriptor: number, limit: number): Uint8Array {
  const pieces: Buffer[] = []
  const piece = Buffer.allocUnsafe(4096)
  for (let length = 0; ; ) {
    const count = readSync(descriptor, piece, 0, piece.length, null)
    if (count === 0) return Buffer.concat(pieces)
    length += count
    refuseLarger(length, limit)
    pieces.push(Buffer.from(piece.subarray(0, count)))
  }
}

/** Content of an open file. `readFileSync` would ask for the size again and has no limit. */
function contentOf(descriptor: number, limit: number): Uint8Array {
  const size = sizeOfFile(descriptor, 'read')
  refuseLarger(size, limit)
  if (size === 0) return unsizedContent(descriptor, limit)
  const bytes = Buffer.allocUnsafeSlow(size)
  let length = 0
  for (let read = 1; read > 0 && length < size; length += read)
    read = readSync(descriptor, bytes, length, size - length, null)
  return bytes.subarray(0, length)
}

function isDiskFailure(error: unknown): boolean {
  return error instanceof FilesystemError || (error instanceof Error && 'syscall' in error)
}

/** Removes a file after a failure, which is the one to report. */
function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isDiskFailure(error)) throw error
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) written += writeSync(descriptor, bytes, written, bytes.length - written)
}

function setOwner(descriptor: number, owner: NonNullable<NewFileOptions['owner']>): void {
  try {
    fchownSync(descriptor, owner.uid, owner.gid)
  } catch (error) {
    if (owner.required || !['EPERM', 'EINVAL'].includes(errnoOf(error))) throw error
  }
}

/** Content in chunks. The file stays open until the last chunk, or until the reader stops. */
function* chunksOf(path: string): Generator<Uint8Array> {
  const reading = <T>(work: () => T): T => guarded('readChunks', path, work)
  const descriptor = reading(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
  try {
    // Most files are small: allocating a buffer of full size would take longer than reading them.
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, reading(() => sizeOfFile(descriptor, 'read')) + 1))
    for (;;) {
      const count = reading(() => readSync(descriptor, buffer, 0, buffer.length, null))
      if (count === 0) return
      yield buffer.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Sets a mode without following links, which chmod does: through a descriptor, or by chmod after a check where the file cannot be opened. */
function changeMode(path: string, mode: number): void {
  const status = lstatSync(path)
  if (status.isSymbolicLink()) {
    throw Object.assign(new Error('a link has no mode'), { code: 'ELOOP', syscall: 'chmod' })
  }
  if (!status.isFile() && !status.isDirectory()) {
    chmodSync(path, mode)
    return
  }
  let descriptor: number
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
    chmodSync(path, mode)
    return
  }
  try {
    fchmodSync(descriptor, mode)
  } finally {
    closeSync(descriptor)
  }
}

function statusType(mode: number): FileStatus['type'] {
  const kind = mode & constants.S_IFMT
  if (kind === constants.S_IFREG) return 'file'
  if (kind === constants.S_IFDIR) return 'directory'
  return kind === constants.S_IFLNK ? 'link' : 'other'
}

function statusOf(path: string): FileStatus | undefined {
  try {
    // Many paths do not exist, and an error would take longer to make than the call.
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) return undefined
    return {
      type: statusType(found.mode),
      mode: found.mode & 0o7777,
      uid: found.uid,
      gid: found.gid,
      size: found.size,
      links: found.nlink,
      mtime: Math.trunc(found.mtimeMs),
      device: found.dev,
      inode: found.ino,
    }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw error
  }
}

/** Flushes. Some file systems flush files and cannot flush directories: there is nothing to wait for then. */
function flushOpened(descriptor: number): void {
  try {
    fsyncSync(descriptor)
  } catch (error) {
    const cannot = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error))
    if (!cannot || !fstatSync(descriptor).isDirectory()) throw error
  }
}

/** Linux: types of file systems that lie over others. overlayfs, aufs, and FUSE, in which some of these are made. */
const layered: ReadonlySet<number> = new Set([0x794c7630, 0x61756673, 0x65735546])

/** The implementation of the `Filesystem` port with the synchronous calls of Node. `hold` is the way to pin directories. */
export function createNodeFilesystem(hold: Hold = bestHold()): Filesystem {
  if (isMainThread) keepSpares()
  return {
    lstat: (path) => guarded('lstat', path, () => statusOf(path)),
    readDirectory: (path) => guarded('readDirectory', path, () => readdirSync(path).sort()),
    readLink: (path) => guarded('readLink', path, () => readlinkSync(path)),
    realPath: (path) => guarded('realPath', path, () => realpathSync(path) as AbsolutePath),
    pinDirectory: (path) => guarded('pinDirectory', path, () => pinDirectory(path, hold)),
    readFile: (path, limit = mostBytesOfFile) =>
      guarded('readFile', path, () =>
        // O_NONBLOCK: opening a fifo would wait for its writer. Regular files ignore the flag.
        withFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, (descriptor) => contentOf(descriptor, limit)),
      ),
    readChunks: chunksOf,
    createFile: (path, chunks, options) =>
      guarded('createFile', path, () =>
        withFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, options.mode, (descriptor) => {
          try {
            for (const chunk of chunks) writeAll(descriptor, chunk)
            if (options.owner !== undefined) setOwner(descriptor, options.owner)
            // The umask reduces the mode at creation, and a change of owner clears set-id bits.
            fchmodSync(descriptor, options.mode)
            if (options.mtime !== undefined)
              futimesSync(descriptor, options.mtime / 1000, options.mtime / 1000)
            if (options.fsync) fsyncSync(descriptor)
          } catch (error) {
            // On a full disk, files can be created but not written.
            if (isDiskFailure(error)) removeQuietly(path)
            throw error
          }
        }),
      ),
    appendFile: (path, bytes, options) =>
      guarded('appendFile', path, () =>
        withFile(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o644, (descriptor) => {
          sizeOfFile(descriptor, 'write')
          writeAll(descriptor, bytes)
          if (options.fsync) fsyncSync(descriptor)
        }),
      ),
    makeDirectory: (path, mode) =>
      guarded('makeDirectory', path, () => {
        mkdirSync(path, { mode })
        chmodSync(path, mode)
      }),
    rename: (from, to) => guarded('rename', from, () => renameSync(from, to)),
    symbolicLink: (target, path) => guarded('symbolicLink', path, () => symlinkSync(target, path)),
    hardLink: (existing, path) => guarded('hardLink', path, () => linkSync(existing, path)),
    unlink: (path) => guarded('unlink', path, () => unlinkSync(path)),
    removeDirectory: (path) => guarded('removeDirectory', path, () => rmdirSync(path)),
    setMode: (path, mode) => guarded('setMode', path, () => changeMode(path, mode)),
    setOwner: (path, uid, gid) => guarded('setOwner', path, () => lchownSync(path, uid, gid)),
    setTimes: (path, atime, mtime) =>
      guarded('setTimes', path, () => lutimesSync(path, atime / 1000, mtime / 1000)),
    sync: (path) =>
      guarded('sync', path, () => withFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, flushOpened)),
    freeSpace: (path) =>
      guarded('freeSpace', path, () => {
        const status = statfsSync(path)
        return status.bavail * status.bsize
      }),
    mountPoints,
    renamesDirectories: (path) =>
      guarded('renamesDirectories', path, () => !layered.has(statfsSync(path).type)),
  }
}
