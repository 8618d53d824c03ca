import type { Filesystem } from './ports.ts'

/** Removes a file or a whole tree; nothing there is fine. Links are removed, not followed. Throws `FilesystemError`. */
export function removeTree(filesystem: Filesystem, path: string): void {
  const status = filesystem.lstat(path)
  if (status === undefined) return
  if (status.type !== 'directory') {
    filesystem.unlink(path)
    return
  }
  for (const name of filesystem.readDirectory(path)) removeTree(filesystem, `${path}/${name}`)
  filesystem.removeDirectory(path)
}
