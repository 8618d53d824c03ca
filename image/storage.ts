import { dirname } from 'node:path'
import { err, type Filesystem, FilesystemError, type NewFileOptions, ok, type Result } from '#model'
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

/** As `makeDirectories`, and flushes the names of those it makes. */
export function makeDurableDirectories(filesystem: Filesystem, path: string): void {
  if (filesystem.lstat(path) !== undefined) return
  makeDurableDirectories(filesystem, dirname(path))
  filesystem.makeDirectory(path, 0o755)
  filesystem.sync(dirname(path))
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
  const temporary = `${path}.new`
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  if (filesystem.lstat(temporary) !== undefined) filesystem.unlink(temporary)
  try {
    filesystem.createFile(temporary, [bytes], options)
    filesystem.rename(temporary, path)
  } catch (error) {
    attemptQuietly(() => {
      if (filesystem.lstat(temporary) !== undefined) filesystem.unlink(temporary)
    })
    throw error
  }
}

/** Reads a UTF-8 file; undefined when nothing is there. Throws `FilesystemError` for every other failure. */
export function readText(filesystem: Filesystem, path: string): string | undefined {
  if (filesystem.lstat(path) === undefined) return undefined
  return new TextDecoder().decode(filesystem.readFile(path))
}
