import { dirname } from 'node:path'
import {
  err,
  type Filesystem,
  FilesystemError,
  mostBytesOfText,
  type NewFileOptions,
  ok,
  type Result,
} from '#model'
import type { ImageProblem } from './problems.ts'

/** The image's own words for a failed disk call: `no_permission`, `read_only` or `storage`. */
export function storageProblem(error: FilesystemError): ImageProblem {
  const { errno, path } = error.problem
  if (errno === 'EACCES' || errno === 'EPERM') return { code: 'ips::image_error::no_permission', path }
  if (errno === 'EROFS') return { code: 'ips::image_error::read_only', path }
  return { code: 'ips::image_error::storage', path, cause: error.problem }
}

/** Runs disk calls and turns a `FilesystemError` into a problem; anything else thrown is a bug and passes. */
export function attempt<T>(action: () => T): Result<T, ImageProblem> {
  try {
    return ok(action())
  } catch (error) {
    if (error instanceof FilesystemError) return err(storageProblem(error))
    throw error
  }
}

/** Runs disk calls whose failure changes nothing that matters (cleaning up, rebuilding a cache). */
export function attemptQuietly(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
  }
}

/** Makes a directory and its missing parents. Existing ones, also links to directories, are left alone. Throws `FilesystemError`. */
export function makeDirectories(filesystem: Filesystem, path: string, mode = 0o755): void {
  if (filesystem.lstat(path) !== undefined) return
  makeDirectories(filesystem, dirname(path), mode)
  try {
    filesystem.makeDirectory(path, mode)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EEXIST') throw error
  }
}

/** As `makeDirectories`; adds the directories that got a new name in them to `changed`, for whoever flushes. */
function makeNotedDirectories(filesystem: Filesystem, path: string, changed: Set<string>): void {
  if (filesystem.lstat(path) !== undefined) return
  makeNotedDirectories(filesystem, dirname(path), changed)
  filesystem.makeDirectory(path, 0o755)
  changed.add(dirname(path))
}

/**
 * Replaces many files as `writeAtomically` does one, and makes their directories. All are written before the first is flushed, and all
 * have their names before the first directory is: a journalling file system then flushes many with one. Throws `FilesystemError`;
 * files that have no name yet are then removed.
 */
export function writeManyAtomically(
  filesystem: Filesystem,
  files: Iterable<{ readonly path: string; readonly content: string }>,
): void {
  const changed = new Set<string>()
  const waiting = new Set<string>()
  try {
    for (const { path, content } of files) {
      makeNotedDirectories(filesystem, dirname(path), changed)
      waiting.add(path)
      writeBeside(filesystem, path, content, { mode: 0o644, fsync: false })
    }
    for (const path of waiting) filesystem.sync(`${path}.new`)
    for (const path of waiting) {
      filesystem.rename(`${path}.new`, path)
      waiting.delete(path)
      changed.add(dirname(path))
    }
  } catch (error) {
    for (const path of waiting)
      attemptQuietly(() => {
        if (filesystem.lstat(`${path}.new`) !== undefined) filesystem.unlink(`${path}.new`)
      })
    throw error
  }
  for (const directory of changed) filesystem.sync(directory)
}

/**
 * Replaces a file so that every reader, and every restart, sees the old or the new content: new file, fsync, rename,
 * fsync directory. Throws `FilesystemError`; the temporary file is then removed.
 */
export function writeAtomically(
  filesystem: Filesystem,
  path: string,
  content: Uint8Array | string,
  mode = 0o644,
): void {
  replaceFile(filesystem, path, content, { mode, fsync: true })
  filesystem.sync(dirname(path))
}

/** As `writeAtomically` for readers, but a power cut may leave anything: for caches whose content is checked when it is read. */
export function writeUnflushed(filesystem: Filesystem, path: string, content: string): void {
  replaceFile(filesystem, path, content, { mode: 0o644, fsync: false })
}

function replaceFile(
  filesystem: Filesystem,
  path: string,
  content: Uint8Array | string,
  options: NewFileOptions,
): void {
  try {
    writeBeside(filesystem, path, content, options)
    filesystem.rename(`${path}.new`, path)
  } catch (error) {
    attemptQuietly(() => {
      if (filesystem.lstat(`${path}.new`) !== undefined) filesystem.unlink(`${path}.new`)
    })
    throw error
  }
}

/** Writes what is going to replace a file. */
function writeBeside(
  filesystem: Filesystem,
  path: string,
  content: Uint8Array | string,
  options: NewFileOptions,
): void {
  const temporary = `${path}.new`
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  if (filesystem.lstat(temporary) !== undefined) filesystem.unlink(temporary)
  filesystem.createFile(temporary, [bytes], options)
}

/**
 * Reads a UTF-8 file; undefined when nothing is there, also when somebody takes it away meanwhile. Throws `FilesystemError` for every other
 * failure.
 */
export function readText(filesystem: Filesystem, path: string): string | undefined {
  if (filesystem.lstat(path) === undefined) return undefined
  try {
    return new TextDecoder().decode(filesystem.readFile(path, mostBytesOfText))
  } catch (error) {
    if (error instanceof FilesystemError && error.problem.errno === 'ENOENT') return undefined
    throw error
  }
}
