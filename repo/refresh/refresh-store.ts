import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { err, type Filesystem, FilesystemError, ok, type Result } from '#model'
import type { RepositoryProblem } from '../problems.ts'
import type { PieceSink } from '../source.ts'

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

/** New content of a file: its bytes, or `staged` when it lies beside its place already, as `stagedPath` says. */
export type NewContent = Uint8Array | 'staged'

/** Where the new content of a file lies until all is there. */
export function stagedPath(path: string): string {
  return `${path}.new`
}

/** Begins to write new content beside a file; `fetchCatalogFile` may begin it several times. Throws `FilesystemError`. */
export function stagingSink(filesystem: Filesystem, path: string): PieceSink {
  return {
    begin() {
      makeDirectories(filesystem, dirname(path))
      removeIfPresent(filesystem, stagedPath(path))
      filesystem.createFile(stagedPath(path), [], { mode: 0o644, fsync: false })
    },
    take: (piece) => filesystem.appendFile(stagedPath(path), piece, { fsync: false }),
  }
}

/** Removes new content that is not wanted after all. */
export function unstage(filesystem: Filesystem, path: string): void {
  onDisk(() => removeIfPresent(filesystem, stagedPath(path)))
}

/** Writes all files beside their places first, so that a full disk changes nothing, then renames them in the order given. */
function replaceFiles(
  filesystem: Filesystem,
  files: readonly (readonly [string, NewContent])[],
  beforeLast: () => void = () => {},
): void {
  try {
    for (const [path, content] of files) {
      if (content === 'staged') {
        filesystem.sync(stagedPath(path))
        continue
      }
      removeIfPresent(filesystem, stagedPath(path))
      filesystem.createFile(stagedPath(path), [content], { mode: 0o644, fsync: true })
    }
    for (const [index, [path]] of files.entries()) {
      if (index === files.length - 1) beforeLast()
      filesystem.rename(stagedPath(path), path)
    }
  } catch (error) {
    for (const [path] of files) unstage(filesystem, path)
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
  files: ReadonlyMap<string, NewContent>,
  drop: readonly string[],
): void {
  makeDirectories(filesystem, directory)
  const last = 'catalog.attrs'
  const names = [...files.keys()].sort((a, b) => Number(a === last) - Number(b === last))
  replaceFiles(
    filesystem,
    names.map((name) => [join(directory, name), files.get(name)!]),
    // Attributes that came through a power cut without their parts would never be refreshed again.
    () => filesystem.sync(directory),
  )
  for (const name of drop) removeIfPresent(filesystem, join(directory, name))
  filesystem.sync(directory)
}
