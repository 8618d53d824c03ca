import type { AbsolutePath } from './brand.ts'

/** Reads the time. The pure packages (model, solver) receive times as values. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
}

/** Result of `lstat`, which never follows a link. */
export interface FileStatus {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes. */
  readonly size: number
  /** Number of hard links. */
  readonly links: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly mtime: number
  /** Identity of the inode; equal (device, inode) pairs are the same file. */
  readonly device: number
  readonly inode: number
}

/** A filesystem call failed. Holds the errno name of the operating system. */
export interface FilesystemProblem {
  readonly code: 'ips::filesystem_error::call_failed'
  /** Name of the call of this port, e.g. `rename`. */
  readonly call: string
  readonly path: string
  /** `ENOENT`, `EACCES`, `ENOSPC`, `EROFS`, `EXDEV`, ... */
  readonly errno: string
}

/** Thrown by `Filesystem` calls. Each package catches it and turns it into a problem of its own. */
export class FilesystemError extends Error {
  readonly problem: FilesystemProblem
  constructor(problem: FilesystemProblem) {
    super(`${problem.call} ${problem.path}: ${problem.errno}`)
    this.problem = problem
  }
}

/** Settings of a new file, applied before it is closed: one call a file, because there may be hundreds of thousands. */
export interface NewFileOptions {
  readonly mode: number
  readonly fsync: boolean
  /** `required` false: a process that lacks the right to change owners keeps the file. Absent: the user of the process. */
  readonly owner?: { readonly uid: number; readonly gid: number; readonly required: boolean } | undefined
  /** Access and modification time, milliseconds since 1970-01-01 UTC; absent: now. */
  readonly mtime?: number | undefined
}

/** Default limit of bytes of a file that is read as a whole: memory must have a bound. */
export const mostBytesOfFile = 1 << 30

/** As `mostBytesOfFile`, for bytes that become one text: the longest string of the engine. */
export const mostBytesOfText = 2 ** 29 - 24

/** A directory held open: calls below `path` reach it even if its name changes meanwhile. */
export interface PinnedDirectory {
  /** Path of the directory while it is held; append names to it. */
  readonly path: string
  /** Its name without any link, at the moment it was pinned. */
  readonly realPath: AbsolutePath
  release(): void
}

/**
 * The disk calls of pkg6. Synchronous, so that the order on disk is the order in the code, and a test can fail or crash the
 * n-th call. Paths are absolute. No call follows a symbolic link in the last component unless it says so.
 * Every failure is thrown as `FilesystemError`.
 */
export interface Filesystem {
  /** Status without following a link; undefined when nothing is there (ENOENT or ENOTDIR). */
  lstat(path: string): FileStatus | undefined
  /** Names in a directory, sorted by code unit. */
  readDirectory(path: string): readonly string[]
  readLink(path: string): string
  /** Resolves all links; fails when something is missing. */
  realPath(path: string): AbsolutePath
  /**
   * Holds one directory at a time open, following links. Where the system cannot hold it, `path` is the given one, and a check of
   * `realPath` is true for that moment only. The held directory may be the working directory of the process: use absolute paths.
   */
  pinDirectory(path: string): PinnedDirectory
  /**
   * Whole file of at most `limit` bytes (absent: `mostBytesOfFile`); EFBIG where it is larger, and no more of it is read. Opens
   * without following a link in the last component.
   */
  readFile(path: string, limit?: number): Uint8Array
  /** Consecutive pieces of at most 1 MiB; a piece is only valid until the next one is asked for. */
  readChunks(path: string): Iterable<Uint8Array>
  /**
   * Creates or truncates nothing: fails with EEXIST when the path exists. `chunks` are written in order; the file is closed after.
   * When writing fails nothing is left.
   */
  createFile(path: string, chunks: Iterable<Uint8Array>, options: NewFileOptions): void
  /** Appends to an existing or new file, and flushes when asked. */
  appendFile(path: string, bytes: Uint8Array, options: { readonly fsync: boolean }): void
  /** Fails with EEXIST when the path exists. */
  makeDirectory(path: string, mode: number): void
  /** Replaces the target when it is not a directory (POSIX rename). */
  rename(from: string, to: string): void
  symbolicLink(target: string, path: string): void
  hardLink(existing: string, path: string): void
  /** Removes anything but a directory. */
  unlink(path: string): void
  /** Fails with ENOTEMPTY or EEXIST when not empty. */
  removeDirectory(path: string): void
  setMode(path: string, mode: number): void
  /** Does not follow a link. */
  setOwner(path: string, uid: number, gid: number): void
  /** Sets access and modification time, milliseconds since 1970-01-01 UTC. */
  setTimes(path: string, atime: number, mtime: number): void
  /** Flushes a file or a directory to stable storage. */
  sync(path: string): void
  /** Bytes an unprivileged writer may still use on the file system of the path. */
  freeSpace(path: string): number
  /**
   * Real paths of all mount points: of other file systems, and of directories or files that are mounted once more. Empty where the system
   * has no such list.
   */
  mountPoints(): readonly AbsolutePath[]
  /**
   * False: the file system of the path may refuse with EXDEV to rename a directory within itself. Overlay file systems do, where the
   * directory comes from a lower layer.
   */
  renamesDirectories(path: string): boolean
}

/** Progress and facts of a running operation; only renderers turn them into text. */
export type Event =
  | { readonly kind: 'phase'; readonly phase: 'startup' | 'planning' | 'download' | 'actions' | 'finalize' }
  | { readonly kind: 'step'; readonly name: string; readonly state: 'start' | 'done' }
  | {
      readonly kind: 'progress'
      readonly name: string
      readonly done: number
      readonly total: number
      /** Present where bytes are moved. */
      readonly bytesDone?: number
      readonly bytesTotal?: number
    }
  | { readonly kind: 'warning'; readonly code: string; readonly text: string }
  | { readonly kind: 'recovered'; readonly side: 'undone' | 'finished'; readonly operation: string }

/** Receives events; must not throw. */
export interface EventSink {
  emit(event: Event): void
}
