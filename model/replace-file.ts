import { type Filesystem, FilesystemError } from './ports.ts'

/**
 * The disk calls that replace a file. `Filesystem` has them. They are a part of that port, so that code without the port
 * (publication into a repository folder, files that a command writes) needs five calls of its operating system and not twenty.
 */
export interface ReplacingCalls extends Pick<Filesystem, 'createFile' | 'rename' | 'unlink' | 'sync'> {
  /** Undefined when nothing is there. */
  lstat(path: string): object | undefined
}

/** Content of a file: one text, its bytes, or pieces of either in their order. Texts are written as UTF-8. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>

/** A file and its new content; `staged` when the content lies at `stagedPath(path)` already. */
export interface NewFile {
  readonly path: string
  readonly content: FileContent | 'staged'
}

/** Where new content of a file lies until the file gets it. */
export function stagedPath(path: string): string {
  return `${path}.new`
}

/**
 * Replaces a file: readers, and every restart after a crash, find the old content or the new one. Writes the content beside the
 * file, flushes it, renames it and flushes the directory. `flush` false leaves the flushes out: after a power cut the file may
 * then hold anything, which suits caches whose readers check them. `staged` is a free name beside the file, for processes that
 * write the same path without a lock; absent: `stagedPath`, where a file left by a crash is removed. `mode` is 0o644 when
 * absent. Throws the errors of the calls, and removes the staged file then.
 */
export function replaceFile(
  calls: ReplacingCalls,
  path: string,
  content: FileContent,
  options: { readonly mode?: number; readonly flush?: boolean; readonly staged?: string } = {},
): void {
  const { mode = 0o644, flush = true, staged = stagedPath(path) } = options
  try {
    if (options.staged === undefined) removeIfPresent(calls, staged)
    calls.createFile(staged, piecesOf(content), { mode, fsync: flush })
    calls.rename(staged, path)
  } catch (error) {
    discard(calls, staged)
    throw error
  }
  if (flush) calls.sync(directoryOf(path))
}

/**
 * Replaces several files as `replaceFile` replaces one. All are written before the first is renamed, so that a full disk
 * changes none; all are written before the first is flushed, because a journalling file system then flushes many with one. They
 * are renamed in the order given. `commit` is the last path where that file speaks for the others: the other names are flushed
 * before it gets its content. `changed` holds directories that must be flushed too. Throws the errors of the calls; staged files
 * that are not renamed yet are then removed.
 */
export function replaceFiles(
  calls: ReplacingCalls,
  files: Iterable<NewFile>,
  options: { readonly commit?: string; readonly changed?: Set<string> } = {},
): void {
  const { commit, changed = new Set<string>() } = options
  const waiting = new Set<string>()
  const flushDirectories = (): void => {
    for (const directory of changed) calls.sync(directory)
    changed.clear()
  }
  try {
    for (const { path, content } of files) {
      waiting.add(path)
      if (content === 'staged') continue
      removeIfPresent(calls, stagedPath(path))
      calls.createFile(stagedPath(path), piecesOf(content), { mode: 0o644, fsync: false })
    }
    for (const path of waiting) calls.sync(stagedPath(path))
    for (const path of waiting) {
      if (path === commit) flushDirectories()
      calls.rename(stagedPath(path), path)
      waiting.delete(path)
      changed.add(directoryOf(path))
    }
  } catch (error) {
    for (const path of waiting) discard(calls, stagedPath(path))
    throw error
  }
  flushDirectories()
}

/** Makes a directory and its missing parents, and adds the directories that got a new name in them to `changed`. Throws `FilesystemError`. */
export function makeDirectories(
  filesystem: Filesystem,
  path: string,
  mode = 0o755,
  changed?: Set<string>,
): void {
  if (filesystem.lstat(path) !== undefined) return
  makeDirectories(filesystem, directoryOf(path), mode, changed)
  try {
    filesystem.makeDirectory(path, mode)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EEXIST') throw error
  }
  changed?.add(directoryOf(path))
}

/** Removes a file or link that may be there. Throws what the calls throw. */
export function removeIfPresent(calls: Pick<ReplacingCalls, 'lstat' | 'unlink'>, path: string): void {
  if (calls.lstat(path) !== undefined) calls.unlink(path)
}

/** The failure that led here is the one to report. */
function discard(calls: ReplacingCalls, staged: string): void {
  try {
    removeIfPresent(calls, staged)
  } catch {}
}

function* piecesOf(content: FileContent): Generator<Uint8Array> {
  if (content instanceof Uint8Array) yield content
  else if (typeof content === 'string') yield utf8.encode(content)
  else for (const piece of content) yield typeof piece === 'string' ? utf8.encode(piece) : piece
}

const utf8 = new TextEncoder()

/** Directory of a path: `.` for a name alone. */
function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  if (slash < 0) return '.'
  return slash === 0 ? '/' : path.slice(0, slash)
}
