import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { err, type Filesystem, FilesystemError, ok, type Result } from '#model'
import type { RepositoryProblem } from './problems.ts'

/** Folder of an origin's catalog below a publisher's: `origins/<sha1 of the URI with trailing slash>`. Source: catalog-v1 §5. */
export function originDirectory(publisherDirectory: string, uri: string): string {
  const full = uri.endsWith('/') ? uri : `${uri}/`
  return join(publisherDirectory, 'origins', createHash('sha1').update(full).digest('hex'))
}

/** Runs disk calls; a failed one becomes the problem `storage`. */
export function onDisk<T>(calls: () => T): Result<T, RepositoryProblem> {
  try {
    return ok(calls())
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { path, errno } = error.problem
    return err({ code: 'ips::repository_error::storage', path, errno })
  }
}

/** A file's bytes, or undefined when nothing is there. */
export function readIfPresent(filesystem: Filesystem, path: string): Uint8Array | undefined {
  return filesystem.lstat(path) === undefined ? undefined : filesystem.readFile(path)
}

/** Makes a directory and its missing parents. */
export function makeDirectories(filesystem: Filesystem, path: string): void {
  if (filesystem.lstat(path) !== undefined) return
  const parent = dirname(path)
  if (parent !== path) makeDirectories(filesystem, parent)
  filesystem.makeDirectory(path, 0o755)
}

/** Replaces a file as a whole: readers see the old or the new content, also after a crash. */
export function replaceFile(filesystem: Filesystem, path: string, bytes: Uint8Array): void {
  const beside = `${path}.new`
  if (filesystem.lstat(beside) !== undefined) filesystem.unlink(beside)
  filesystem.createFile(beside, [bytes], { mode: 0o644, fsync: true })
  filesystem.rename(beside, path)
}

/**
 * Puts catalog files in place, `catalog.attrs` last, and removes those named in `drop`. When it is interrupted the old
 * attributes stay beside some new parts; such parts do not fit the signatures that the attributes state, which every
 * reader of parts checks.
 */
export function installCatalogFiles(
  filesystem: Filesystem,
  directory: string,
  files: ReadonlyMap<string, Uint8Array>,
  drop: readonly string[],
): void {
  makeDirectories(filesystem, directory)
  for (const [name, bytes] of files) {
    if (name !== 'catalog.attrs') replaceFile(filesystem, join(directory, name), bytes)
  }
  const attributes = files.get('catalog.attrs')
  if (attributes !== undefined) replaceFile(filesystem, join(directory, 'catalog.attrs'), attributes)
  for (const name of drop) {
    const path = join(directory, name)
    if (filesystem.lstat(path) !== undefined) filesystem.unlink(path)
  }
  filesystem.sync(directory)
}
