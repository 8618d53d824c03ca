import type { Action, FileStatus, Filesystem, Fmri } from '#model'
import { joinPath, nameOf, parentOf } from './image-path.ts'

/** What a thing that is not on disk yet is made of. */
export type NewContent =
  | { readonly kind: 'payload'; readonly fmri: Fmri; readonly action: Action }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly of: TreeNode }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'hardlink'; readonly to: TreeNode }

/** A thing on the target, as it will be: what is on disk, moved about and changed in thought only. */
export interface TreeNode {
  readonly type: FileStatus['type']
  mode: number
  uid: number
  gid: number
  /** Milliseconds; only of new files. */
  readonly mtime?: number | undefined
  /** Where it lies on disk now; undefined for what is new. */
  readonly origin:
    | { readonly path: string; readonly status: FileStatus; readonly parent: TreeNode | undefined }
    | undefined
  readonly content: NewContent | undefined
  /** Where it will be; undefined once removed. */
  parent: TreeNode | undefined
  name: string
  /** Children looked at so far; undefined = known to be absent. Only directories have any. */
  readonly children: Map<string, TreeNode | undefined>
}

const childless = new Map<string, TreeNode | undefined>()

/** Most nodes are files, which share an empty map. */
function childrenOf(type: TreeNode['type']): TreeNode['children'] {
  return type === 'directory' ? new Map() : childless
}

/** A path that leads through something that is no directory. */
export interface Obstacle {
  readonly obstacle: TreeNode
  readonly path: string
}

/** The tree below the image root, read from disk only where it is looked at. */
export interface TargetTree {
  readonly root: TreeNode
  /** Every node that came from disk, in the order it was looked at. */
  readonly onDisk: readonly TreeNode[]
  /** What is at the path; undefined when nothing is; an obstacle when a parent is no directory. Follows no link. */
  find(path: string): TreeNode | Obstacle | undefined
  /** Names of everything in a directory, sorted. */
  names(directory: TreeNode): string[]
  /** True when nothing is in a directory. */
  isEmpty(directory: TreeNode): boolean
  child(directory: TreeNode, name: string): TreeNode | undefined
  /** Puts a new or detached node into a directory, where nothing may be. */
  attach(directory: TreeNode, name: string, node: TreeNode): void
  /** Takes a node out of its directory. */
  detach(node: TreeNode): void
  /** Where a node will be, relative to the root. */
  pathOf(node: TreeNode): string
}

/** True when `find` met a parent that is no directory. */
export function isObstacle(found: TreeNode | Obstacle | undefined): found is Obstacle {
  return found !== undefined && 'obstacle' in found
}

/** A thing to be made. */
export function newNode(
  type: FileStatus['type'],
  attributes: { mode: number; uid: number; gid: number; mtime?: number | undefined },
  content?: NewContent,
): TreeNode {
  // Named one by one: copied as they come, they would take more room, and there are very many nodes.
  const { mode, uid, gid, mtime } = attributes
  return {
    type,
    mode,
    uid,
    gid,
    mtime,
    origin: undefined,
    content,
    parent: undefined,
    name: '',
    children: childrenOf(type),
  }
}

function nodeOnDisk(path: string, status: FileStatus, parent: TreeNode | undefined): TreeNode {
  return {
    type: status.type,
    mode: status.mode,
    uid: status.uid,
    gid: status.gid,
    origin: { path, status, parent },
    content: undefined,
    parent,
    name: nameOf(path),
    children: childrenOf(status.type),
  }
}

/** Opens the tree of an image root; throws `FilesystemError` where the disk does. */
export function openTree(filesystem: Filesystem, rootPath: string): TargetTree {
  const status = filesystem.lstat(rootPath)
  const missing: FileStatus = {
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    links: 1,
    mtime: 0,
    device: 0,
    inode: 0,
  }
  const root = nodeOnDisk('', status ?? missing, undefined)
  const onDisk: TreeNode[] = []
  const diskPath = (path: string) => (path === '' ? rootPath : `${rootPath === '/' ? '' : rootPath}/${path}`)

  function child(directory: TreeNode, name: string): TreeNode | undefined {
    if (directory.type !== 'directory') return undefined
    if (directory.children.has(name)) return directory.children.get(name)
    let found: TreeNode | undefined
    if (directory.origin !== undefined) {
      const path = joinPath(directory.origin.path, name)
      const present = filesystem.lstat(diskPath(path))
      if (present !== undefined) {
        found = nodeOnDisk(path, present, directory)
        onDisk.push(found)
      }
    }
    directory.children.set(name, found)
    return found
  }

  /** Kept up to date once it is made: a directory of thousands of files is asked about after each that goes. */
  const listed = new WeakMap<TreeNode, Set<string>>()
  function namesIn(directory: TreeNode): Set<string> {
    const known = listed.get(directory)
    if (known !== undefined) return known
    const names = new Set(
      directory.origin === undefined ? [] : filesystem.readDirectory(diskPath(directory.origin.path)),
    )
    for (const [name, node] of directory.children) {
      if (node === undefined) names.delete(name)
      else names.add(name)
    }
    listed.set(directory, names)
    return names
  }

  return {
    root,
    onDisk,
    child,
    find(path) {
      if (path === '') return root
      let at = root
      const parts = path.split('/')
      for (const [index, part] of parts.entries()) {
        const next = child(at, part)
        if (next === undefined) return undefined
        if (index === parts.length - 1) return next
        if (next.type !== 'directory') return { obstacle: next, path: parts.slice(0, index + 1).join('/') }
        at = next
      }
      return undefined
    },
    names: (directory) => [...namesIn(directory)].sort(),
    isEmpty: (directory) => namesIn(directory).size === 0,
    attach(directory, name, node) {
      if (directory.type !== 'directory') throw new RangeError(`${directory.name} is no directory`)
      directory.children.set(name, node)
      listed.get(directory)?.add(name)
      node.parent = directory
      node.name = name
    },
    detach(node) {
      if (node.parent !== undefined) {
        node.parent.children.set(node.name, undefined)
        listed.get(node.parent)?.delete(node.name)
      }
      node.parent = undefined
    },
    pathOf(node) {
      const parts: string[] = []
      for (let at: TreeNode | undefined = node; at !== undefined && at !== root; at = at.parent)
        parts.push(at.name)
      return parts.reverse().join('/')
    },
  }
}

/** True when a node from disk is where it was. */
export function isInPlace(node: TreeNode): boolean {
  return (
    node.origin !== undefined &&
    node.parent === node.origin.parent &&
    node.parent !== undefined &&
    node.name === nameOf(node.origin.path)
  )
}

/** Directory part of where a node was on disk. */
export function originDirectory(node: TreeNode): string {
  return parentOf(node.origin?.path ?? '')
}
