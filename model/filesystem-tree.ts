import { type Filesystem, FilesystemError, type FilesystemProblem } from './ports.ts'

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

const OWNER_ACCESS = 0o700

/**
 * Removes a file or a whole tree as far as possible, and returns one failure for each file that could not be removed. Links are removed, not
 * followed. A directory that denies its owner access is opened first.
 */
export function clearTree(filesystem: Filesystem, path: string): readonly FilesystemProblem[] {
  const failures: FilesystemProblem[] = []
  clearInto(filesystem, path, failures)
  return failures
}

function clearInto(filesystem: Filesystem, path: string, failures: FilesystemProblem[]): void {
  const before = failures.length
  try {
    const status = filesystem.lstat(path)
    if (status === undefined) return
    if (status.type !== 'directory') {
      filesystem.unlink(path)
      return
    }
    if ((status.mode & OWNER_ACCESS) !== OWNER_ACCESS)
      openQuietly(filesystem, path, status.mode | OWNER_ACCESS)
    for (const name of filesystem.readDirectory(path)) clearInto(filesystem, `${path}/${name}`, failures)
    if (failures.length === before) filesystem.removeDirectory(path)
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    failures.push(error.problem)
  }
}

/** Only the owner may set a mode. The removal that follows reports its own failure. */
function openQuietly(filesystem: Filesystem, path: string, mode: number): void {
  try {
    filesystem.setMode(path, mode)
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
  }
}
