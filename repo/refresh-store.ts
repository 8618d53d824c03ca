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
  replaceFiles(filesystem, [[path, bytes]])
}

/** Writes all files beside their places first, so that a full disk changes nothing, then renames them in the order given. */
function replaceFiles(filesystem: Filesystem, files: readonly (readonly [string, Uint8Array])[]): void {
  try {
    for (const [path, bytes] of files) {
      removeIfPresent(filesystem, `${path}.new`)
      filesystem.createFile(`${path}.new`, [bytes], { mode: 0o644, fsync: true })
    }
    for (const [path] of files) filesystem.rename(`${path}.new`, path)
  } catch (error) {
    for (const [path] of files) onDisk(() => removeIfPresent(filesystem, `${path}.new`))
    throw error
  }
}

function removeIfPresent(filesystem: Filesystem, path: string): void {
  if (filesystem.lstat(path) !== undefined) filesystem.unlink(path)
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
  const last = 'catalog.attrs'
  const names = [...files.keys()].sort((a, b) => Number(a === last) - Number(b === last))
  replaceFiles(
    filesystem,
    names.map((name) => [join(directory, name), files.get(name)!]),
  )
  for (const name of drop) removeIfPresent(filesystem, join(directory, name))
  filesystem.sync(directory)
}
