import { type Filesystem, FilesystemError, hostPath, mostBytesOfText } from '#model'

/** Text of a regular file of an image; undefined where there is none, and where this user may not read it. */
export function readImageText(
  { filesystem, root }: { readonly filesystem: Filesystem; readonly root: string },
  path: string,
): string | undefined {
  const host = hostPath(root, path)
  if (filesystem.lstat(host)?.type !== 'file') return undefined
  try {
    return Buffer.from(filesystem.readFile(host, mostBytesOfText)).toString('utf8')
  } catch (failure) {
    // Only root may read etc/shadow; what cannot be read is not compared.
    if (failure instanceof FilesystemError) return undefined
    throw failure
  }
}
