import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import {
  err,
  type FileContent,
  type Filesystem,
  FilesystemError,
  makeDirectories,
  ok,
  type Result,
  removeIfPresent,
  replaceFiles,
  stagedPath,
} from '#model'
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

/**
 * Puts catalog files in place, `catalog.attrs` last, and removes those named in `drop`. When it is interrupted the old
 * attributes stay beside some new parts; such parts do not fit the signatures that the attributes state, which every
 * reader of parts checks. Throws `FilesystemError`.
 */
export function installCatalogFiles(
  filesystem: Filesystem,
  directory: string,
  files: ReadonlyMap<string, FileContent | 'staged'>,
  drop: readonly string[],
): void {
  makeDirectories(filesystem, directory)
  const last = 'catalog.attrs'
  const inOrder = [...files].sort(([a], [b]) => Number(a === last) - Number(b === last))
  // Attributes that came through a power cut without their parts would never be refreshed again.
  replaceFiles(
    filesystem,
    inOrder.map(([name, content]) => ({ path: join(directory, name), content })),
    { commit: join(directory, last) },
  )
  // Not flushed: a file that a power cut brings back is named by no attributes, and the next refresh removes it.
  for (const name of drop) removeIfPresent(filesystem, join(directory, name))
}
