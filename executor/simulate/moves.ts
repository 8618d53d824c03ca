import { append, hostPath } from '#model'
import { refuse } from '../failure.ts'
import { joinPath } from '../image-path.ts'
import type { Simulation } from './simulation.ts'
import { isInPlace, newNode, type TreeNode } from './target-tree.ts'
import type { Volume } from './volumes.ts'

function stopAt(path: string, mounted: string): never {
  return refuse({ code: 'ips::installer_error::mount_point', path, mounted })
}

/** Searches a moved directory for a mount point if the system does not list mount points. */
function searchMounts(simulation: Simulation, directory: TreeNode, top: string): void {
  const { tree, volumes } = simulation
  for (const name of tree.names(directory)) {
    const child = tree.child(directory, name)
    if (child?.type !== 'directory' || child.origin === undefined) continue
    if (volumes.isTop(child)) stopAt(top, child.origin.path)
    searchMounts(simulation, child, top)
  }
}

/** Refuses to move or remove a mount point, or a directory above one. Problem: `mount_point`. */
export function checkMounts(simulation: Simulation): void {
  const { tree, volumes } = simulation
  for (const node of tree.onDisk.filter((one) => !isInPlace(one) && one !== tree.root)) {
    const { path } = node.origin!
    const isDirectory = node.type === 'directory'
    const mounted = isDirectory && volumes.isTop(node) ? path : volumes.mountIn(path)
    if (mounted !== undefined) stopAt(path, mounted)
    if (isDirectory && !volumes.areListed) searchMounts(simulation, node, path)
  }
  if (!volumes.areListed) return
  for (const { directory, name } of tree.gone()) {
    const path = joinPath(directory.origin!.path, name)
    if (volumes.isMounted(path)) stopAt(path, path)
  }
}

/** True for a node of the tree after the plan that has another path on disk. */
function hasMoved({ tree }: Simulation, node: TreeNode): boolean {
  if (isInPlace(node)) return false
  let at = node
  while (at.parent !== undefined) at = at.parent
  return at === tree.root
}

/** Puts a new node in the place of a node from disk, which is detached. */
function replace({ tree }: Simulation, node: TreeNode, made: TreeNode): void {
  const { parent, name } = node
  tree.detach(node)
  tree.attach(parent!, name, made)
}

/** Replaces a moved directory by a new one. Its entries move one by one. Returns the entries that must be checked again. */
function separate(simulation: Simulation, directory: TreeNode): TreeNode[] {
  const { tree } = simulation
  const made = newNode('directory', directory)
  replace(simulation, directory, made)
  const moved: TreeNode[] = []
  for (const name of tree.names(directory)) {
    const child = tree.child(directory, name)
    if (child === undefined) continue
    tree.detach(child)
    tree.attach(made, name, child)
    if (child.origin !== undefined) moved.push(child)
  }
  return moved
}

/** Replaces a file or link that leaves its file system by a copy. Names of one file stay names of one file. */
function copy(simulation: Simulation, node: TreeNode, copies: Map<string, TreeNode>): void {
  const { target, copied } = simulation
  const { path, status } = node.origin!
  if (node.type === 'other') refuse({ code: 'ips::installer_error::special_file', path })
  if (node.type === 'link') {
    const content = { kind: 'link', target: target.filesystem.readLink(hostPath(target.root, path)) } as const
    replace(simulation, node, newNode('link', node, content))
    return
  }
  copied.add(node)
  const identity = `${status.device} ${status.inode}`
  const first = status.links > 1 ? copies.get(identity) : undefined
  const made = newNode(
    'file',
    node,
    first === undefined ? { kind: 'copy', of: node } : { kind: 'hardlink', to: first, mayCopy: true },
  )
  if (first === undefined) copies.set(identity, made)
  replace(simulation, node, made)
}

/**
 * Turns moves that no rename can do into new directories and copies: moves to another volume, and moves of directories that cannot be
 * renamed. Problem: `special_file`.
 */
export function separateMoves(simulation: Simulation): void {
  const { tree, volumes } = simulation
  const copies = new Map<Volume, Map<string, TreeNode>>()
  const waiting = tree.onDisk.filter((node) => hasMoved(simulation, node))
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.parent === undefined) continue
    const here = volumes.volumeOf(node.origin!.parent!)
    const there = volumes.volumeOf(node.parent)
    const isDirectory = node.type === 'directory'
    if (here === there && (!isDirectory || here.renamesDirectories)) continue
    if (isDirectory) append(waiting, separate(simulation, node))
    else {
      const known = copies.get(there) ?? new Map<string, TreeNode>()
      copies.set(there, known)
      copy(simulation, node, known)
    }
  }
}
