import { join } from 'node:path'
import type { Filesystem } from '#model'
import { append } from '#model'
import { imageLayout } from '../layout.ts'

/** A file of an image's metadata. */
export interface PortableFile {
  /** Relative to the metadata folder. */
  readonly path: string
  readonly content: () => Uint8Array
}

/**
 * The files of an image that a copy of it cannot do without: configuration, installed database with its reader's copy, and
 * the manifests of installed packages. Catalogs and caches are fetched again, history and lock belong to where they were
 * made. By path. Throws `FilesystemError`.
 */
export function portableMetadata(filesystem: Filesystem, metadata: string): readonly PortableFile[] {
  const layout = imageLayout(metadata as Parameters<typeof imageLayout>[0])
  const paths = [layout.config, layout.database, layout.snapshot]
  const publishers = layout.publisher('')
  if (filesystem.lstat(publishers)?.type === 'directory') {
    for (const prefix of filesystem.readDirectory(publishers))
      append(paths, filesBelow(filesystem, join(layout.publisher(prefix), 'pkg')))
  }
  return paths
    .filter((path) => filesystem.lstat(path)?.type === 'file')
    .map((path) => ({
      path: path.slice(metadata.length + 1),
      content: () => filesystem.readFile(path),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function filesBelow(filesystem: Filesystem, directory: string): readonly string[] {
  const status = filesystem.lstat(directory)
  if (status?.type === 'file') return [directory]
  if (status?.type !== 'directory') return []
  return filesystem.readDirectory(directory).flatMap((name) => filesBelow(filesystem, join(directory, name)))
}
