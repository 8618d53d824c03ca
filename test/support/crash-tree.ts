import type { FileStatus } from '#model'
import { createMemoryFilesystem, type DiskLayout, type MemoryFilesystem } from './memory-filesystem.ts'

/** What one inode holds. */
export interface BuiltNode {
  readonly type: FileStatus['type']
  mode: number
  uid: number
  gid: number
  mtime: number
  bytes: Uint8Array
  target: string
  /** True: the node comes from a lower layer. */
  isLower: boolean
  readonly entries: Map<string, number>
}

/** The file system that inodes make, seen from the one at its root. Inodes that nothing names are gone. */
export function buildTree(
  nodes: ReadonlyMap<number, BuiltNode>,
  root: number,
  layout: DiskLayout = { mounts: [], overlay: false },
): MemoryFilesystem {
  const filesystem = createMemoryFilesystem()
  const lower = new Set<string>()
  const names = new Map<number, string>()
  const build = (inode: number, path: string): void => {
    const node = nodes.get(inode)
    if (node === undefined) throw new Error(`no inode for ${path}`)
    const known = names.get(inode)
    if (node.isLower) lower.add(path)
    if (known !== undefined) {
      filesystem.hardLink(known, path)
      return
    }
    names.set(inode, path)
    if (node.type === 'directory') {
      if (path !== '/') filesystem.makeDirectory(path, node.mode)
      for (const [name, child] of node.entries) build(child, `${path === '/' ? '' : path}/${name}`)
    } else if (node.type === 'file')
      filesystem.createFile(path, [node.bytes], { mode: node.mode, fsync: false })
    else if (node.type === 'link') filesystem.symbolicLink(node.target, path)
    else filesystem.plantOther(path)
    filesystem.setOwner(path, node.uid, node.gid)
    if (node.type !== 'link') filesystem.setMode(path, node.mode)
    filesystem.setTimes(path, node.mtime, node.mtime)
  }
  build(root, '/')
  filesystem.arrange(layout, (path) => lower.has(path))
  return filesystem
}
