import { type Action, type FileStatus, type Filesystem, type Fmri, hostPath } from '#model'
import { joinPath, nameOf } from '../image-path.ts'
import { NO_ROW } from '../store/key-table.ts'
import { type Leaf, LeafTable } from '../store/leaf-table.ts'

/** Content of a new node. */
export type NewContent =
  | { readonly kind: 'payload'; readonly fmri: Fmri; readonly action: Action }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly of: TreeNode }
  | { readonly kind: 'link'; readonly target: string }
  /** `mayCopy`: true if a copy may replace the link on a file system without hard links, because no package delivers the link. */
  | { readonly kind: 'hardlink'; readonly to: TreeNode; readonly mayCopy?: true }

/** A file, link or directory of the target after the plan: read from disk, then moved and changed in memory only. */
export interface TreeNode {
  readonly type: FileStatus['type']
  mode: number
  uid: number
  gid: number
  /** Milliseconds; only of new files. */
  readonly mtime?: number | undefined
  /** Path and status on disk now; undefined: the node is new. */
  /** Only mode, owner and device of a directory are its own; the rest of the status may be that of another directory. */
  readonly origin:
    | { readonly path: string; readonly status: FileStatus; readonly parent: TreeNode | undefined }
    | undefined
  readonly content: NewContent | undefined
  /** Directory after the plan; undefined: the node is removed. */
  parent: TreeNode | undefined
  name: string
  /** Only of directories: the entries that were read or made. */
  inside: Inside | undefined
}

/** Known entries of a directory. */
interface Inside {
  /** Undefined = known to be absent. Most directories have nothing but leaves: they share an empty map. */
  nodes: Map<string, TreeNode | undefined>
  /** Number of the directory in the table of leaves. */
  readonly leaves: number
}

const none = new Map<string, TreeNode | undefined>()
/** Known entries of a directory that was dissolved. */
const nothingLeft = new Map<string, TreeNode | undefined>()

/** A file or link on disk that the plan removes; a new one may take its name. */
export interface GoneLeaf {
  readonly leaf: Leaf
  readonly directory: TreeNode
  readonly name: string
}

/** A path whose parent is no directory. */
export interface Obstacle {
  readonly obstacle: TreeNode
  readonly path: string
}

/** The tree below the image root, read from disk on demand. */
export type TargetTree = ReturnType<typeof openTree>

/** True when `find` met a parent that is no directory. */
export function isObstacle(found: TreeNode | Obstacle | undefined): found is Obstacle {
  return found !== undefined && 'obstacle' in found
}

/** Makes a new node. */
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
    inside: undefined,
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
    inside: undefined,
  }
}

/** Kinds of directories whose status is shared. */
const MOST_SHARED = 4096
/** A longer name is no row of a table. */
const LONGEST_NAME = 255

/** Content of a leaf that a change delivers. */
export type LeafContent = (change: number) => NewContent

/** Opens the tree of an image root. Throws `FilesystemError`. */
export function openTree(filesystem: Filesystem, rootPath: string, contentOf: LeafContent) {
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
  const shared = new Map<string, FileStatus>()
  /** One status object for all directories with the same mode, owner and device. */
  function statusOf(status: FileStatus): FileStatus {
    if (status.type !== 'directory') return status
    const { mode, uid, gid, device } = status
    const key = `${mode} ${uid} ${gid} ${device}`
    const known = shared.get(key)
    if (known === undefined && shared.size < MOST_SHARED) shared.set(key, status)
    return known ?? status
  }
  const root = nodeOnDisk('', status ?? missing, undefined)
  const onDisk: TreeNode[] = []
  const leaves = new LeafTable()
  /** Directories that lose leaves. */
  const losing = new Set<TreeNode>()
  const diskPath = (path: string) => hostPath(rootPath, path)

  function insideOf(directory: TreeNode): Inside {
    directory.inside ??= { nodes: none, leaves: leaves.addDirectory() }
    return directory.inside
  }

  function note(directory: TreeNode, name: string, node: TreeNode | undefined): void {
    const inside = insideOf(directory)
    if (inside.nodes === none) inside.nodes = new Map()
    inside.nodes.set(name, node)
  }

  function leafNode(directory: TreeNode, row: number): TreeNode {
    const { type, mode, uid, gid, mtime, change } = leaves.leafAt(row)
    // Not by `newNode`: what it makes lives long, so the engine puts it where garbage is seldom collected.
    return {
      type,
      mode,
      uid,
      gid,
      mtime,
      origin: undefined,
      content: contentOf(change),
      parent: directory,
      name: leaves.nameOf(row),
      inside: undefined,
    }
  }

  /** The known node of an entry; `unknown`: only the disk can tell. */
  function known(directory: TreeNode, name: string): TreeNode | 'unknown' | undefined {
    const { inside } = directory
    if (inside?.nodes === nothingLeft) return undefined
    if (inside !== undefined) {
      const node = inside.nodes.get(name)
      if (node !== undefined || inside.nodes.has(name)) return node
      const row = leaves.find(inside.leaves, name, 'comes')
      if (row !== NO_ROW) {
        const made = leafNode(directory, row)
        leaves.remove(row)
        note(directory, name, made)
        return made
      }
      if (leaves.find(inside.leaves, name, 'goes') !== NO_ROW) return undefined
    }
    return directory.origin === undefined ? undefined : 'unknown'
  }

  function child(directory: TreeNode, name: string): TreeNode | undefined {
    if (directory.type !== 'directory') return undefined
    const present = known(directory, name)
    if (present !== 'unknown') return present
    const path = joinPath(directory.origin!.path, name)
    const status = filesystem.lstat(diskPath(path))
    const found = status === undefined ? undefined : nodeOnDisk(path, statusOf(status), directory)
    if (found !== undefined) onDisk.push(found)
    note(directory, name, found)
    return found
  }

  /**
   * Entries of a directory after the plan that were read or made, in no order. A planted leaf is a new object each time, until `find` or
   * `child` returns it.
   */
  function* children(directory: TreeNode): Generator<TreeNode> {
    const { inside } = directory
    if (inside === undefined) return
    for (const node of inside.nodes.values()) if (node !== undefined) yield node
    for (const row of leaves.rowsIn(inside.leaves, 'comes')) yield leafNode(directory, row)
  }

  /** The known entry of a directory after the plan, as `children` gives it; does not read the disk. */
  function entry(directory: TreeNode, name: string): TreeNode | undefined {
    const { inside } = directory
    const node = inside?.nodes.get(name)
    if (node !== undefined || inside === undefined || inside.nodes.has(name)) return node
    const row = leaves.find(inside.leaves, name, 'comes')
    return row === NO_ROW ? undefined : leafNode(directory, row)
  }

  /** Uprooted files and links of one directory. */
  function* goneFrom(directory: TreeNode): Generator<GoneLeaf> {
    if (!losing.has(directory)) return
    for (const row of leaves.rowsIn(directory.inside!.leaves, 'goes'))
      yield { leaf: leaves.leafAt(row), directory, name: leaves.nameOf(row) }
  }

  /**
   * Updated with each removal: a directory of thousands of files is asked after each of them. Dropped with the directory.
   */
  const listed = new WeakMap<TreeNode, Set<string>>()
  function namesIn(directory: TreeNode): Set<string> {
    const known = listed.get(directory)
    if (known !== undefined) return known
    const names = new Set(
      directory.origin === undefined ? [] : filesystem.readDirectory(diskPath(directory.origin.path)),
    )
    for (const [name, node] of directory.inside?.nodes ?? []) if (node === undefined) names.delete(name)
    for (const { name } of goneFrom(directory)) names.delete(name)
    for (const { name } of children(directory)) names.add(name)
    listed.set(directory, names)
    return names
  }

  /** Puts a new or detached node into a directory, under a free name. */
  function attach(directory: TreeNode, name: string, node: TreeNode): void {
    if (directory.type !== 'directory') throw new RangeError(`${directory.name} is not a directory`)
    note(directory, name, node)
    listed.get(directory)?.add(name)
    node.parent = directory
    node.name = name
  }

  /** Takes a node out of its directory. */
  function detach(node: TreeNode): void {
    if (node.parent !== undefined) {
      note(node.parent, node.name, undefined)
      listed.get(node.parent)?.delete(node.name)
    }
    listed.delete(node)
    node.parent = undefined
  }

  return {
    root,
    /** All nodes that were read from disk, in the order of reading; without `gone` leaves. */
    onDisk: onDisk as readonly TreeNode[],
    child,
    /** The node at a path; undefined: nothing is there; an obstacle: a parent is no directory. Follows no link. */
    find(path: string): TreeNode | Obstacle | undefined {
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
    /** Names of everything in a directory, sorted. */
    names: (directory: TreeNode) => [...namesIn(directory)].sort(),
    /** True when nothing is in a directory. */
    isEmpty: (directory: TreeNode) => namesIn(directory).size === 0,
    children,
    entry,
    goneFrom,
    /** Files and links that were uprooted. */
    *gone(): Generator<GoneLeaf> {
      for (const directory of losing) yield* goneFrom(directory)
    },
    attach,
    /** Puts a new file into a directory, under a free name; it is a row of a table until it is read. */
    plant(directory: TreeNode, name: string, leaf: Leaf): void {
      const { nodes, leaves: number } = insideOf(directory)
      if (name.length > LONGEST_NAME || !leaves.add(number, name, 'comes', leaf)) {
        attach(directory, name, newNode(leaf.type, leaf, contentOf(leaf.change)))
        return
      }
      nodes.delete(name)
      listed.get(directory)?.add(name)
    },
    detach,
    /** Removes an empty directory for good, with all that is known of its entries. */
    dissolve(directory: TreeNode): void {
      detach(directory)
      if (directory.inside !== undefined) directory.inside.nodes = nothingLeft
    },
    /** Removes a file or link for good; only a row of a table is left. Nobody may attach the node again. */
    uproot(node: TreeNode): void {
      const { parent, name, type, origin } = node
      detach(node)
      if (origin === undefined || parent === undefined || parent !== origin.parent) return
      if ((type !== 'file' && type !== 'link') || name !== nameOf(origin.path)) return
      if (name.length > LONGEST_NAME || onDisk.at(-1) !== node) return
      const { nodes, leaves: number } = insideOf(parent)
      const { mode, uid, gid, mtime } = origin.status
      if (!leaves.add(number, name, 'goes', { type, mode, uid, gid, mtime, change: -1 })) return
      onDisk.pop()
      nodes.delete(name)
      losing.add(parent)
    },
    /** Path of a node after the plan, relative to the root. */
    pathOf(node: TreeNode): string {
      const parts: string[] = []
      for (let at: TreeNode | undefined = node; at !== undefined && at !== root; at = at.parent)
        parts.push(at.name)
      return parts.reverse().join('/')
    },
  }
}

/** The directory above a node, on the disk where it comes from there. */
export function aboveOnDisk({ origin, parent }: TreeNode): TreeNode | undefined {
  return origin === undefined ? parent : origin.parent
}

/** True when a node from disk keeps its path. */
export function isInPlace(node: TreeNode): boolean {
  return (
    node.origin !== undefined &&
    node.parent === node.origin.parent &&
    node.parent !== undefined &&
    node.name === nameOf(node.origin.path)
  )
}
