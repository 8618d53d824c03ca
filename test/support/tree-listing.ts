import { createHash } from 'node:crypto'
import type { Filesystem } from '#model'

/**
 * One line for each entry below a directory of any file system, sorted by path: `mode uid gid type path[ -> target][ content]`.
 * Of several names of one inode the first is the `file`, the others are hard links to it. Content is shown as text or as
 * its SHA-256.
 */
export function listTree(
  filesystem: Filesystem,
  directory: string,
  skip: (relative: string) => boolean = () => false,
  shown: 'text' | 'sha256' = 'text',
): string[] {
  const contentOf = (host: string): string => {
    const bytes = filesystem.readFile(host)
    return shown === 'text'
      ? JSON.stringify(Buffer.from(bytes).toString('latin1'))
      : createHash('sha256').update(bytes).digest('hex')
  }
  const found: { path: string; line: (first: Map<string, string>) => string }[] = []
  const walk = (relative: string): void => {
    for (const name of filesystem.readDirectory(`${directory}/${relative}`)) {
      const path = relative === '' ? name : `${relative}/${name}`
      if (skip(path)) continue
      const host = `${directory}/${path}`
      const status = filesystem.lstat(host)
      if (status === undefined) continue
      const head = `${status.mode.toString(8).padStart(4, '0')} ${status.uid} ${status.gid}`
      found.push({
        path,
        line: (first) => {
          if (status.type === 'link') return `${head} link ${path} -> ${filesystem.readLink(host)}`
          if (status.type === 'directory') return `${head} dir ${path}`
          if (status.type === 'other') return `${head} other ${path}`
          const inode = `${status.device} ${status.inode}`
          const known = first.get(inode)
          if (known === undefined) first.set(inode, path)
          const text = contentOf(host)
          return known === undefined
            ? `${head} file ${path} ${text}`
            : `${head} hardlink ${path} -> ${known} ${text}`
        },
      })
      if (status.type === 'directory') walk(path)
    }
  }
  walk('')
  const first = new Map<string, string>()
  return found.sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ line }) => line(first))
}
