import { err, type Filesystem, FilesystemError, mostBytesOfText, ok, type Result } from '#model'
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
