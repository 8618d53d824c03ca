import { compareCodePoints } from '#model'
import { contentOf, type Simulation } from '../simulate/simulation.ts'
import type { TreeNode } from '../simulate/target-tree.ts'
import { isAttached } from './steps.ts'

/** Owner, permission bits and time of an entry. */
interface EntryAttributes {
  /** Relative to the image root, without slash at either end. */
  readonly path: string
  /** Permission bits: 0 to 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly mtime: number
}

/** One entry of a tree that a plan makes. */
export type TreeEntry = EntryAttributes &
  (
    | { readonly type: 'directory' }
    /** `content` reads and verifies the payload at each call. Throws the problem of a bad payload. */
    | { readonly type: 'file'; readonly content: () => Uint8Array }
    | { readonly type: 'link'; readonly target: string }
    /** A second name of the file at `to`, a path like `path`. */
    | { readonly type: 'hardlink'; readonly to: string }
  )

function entryOf(simulation: Simulation, node: TreeNode, time: number): TreeEntry {
  const { content, mode, uid, gid } = node
  const attributes = { path: simulation.tree.pathOf(node), mode, uid, gid, mtime: node.mtime ?? time }
  if (node.type === 'directory') return { ...attributes, type: 'directory' }
  if (content?.kind === 'link') return { ...attributes, type: 'link', target: content.target }
  // The file of a hard link that the plan itself took away again lives on under the name of the link.
  if (content?.kind === 'hardlink' && isAttached(simulation, content.to))
    return { ...attributes, type: 'hardlink', to: simulation.tree.pathOf(content.to) }
  return { ...attributes, type: 'file', content: () => contentOf(simulation, node) }
}

/**
 * Everything of a simulation whose target was empty: parents before children, by code point of the path, hard links after
 * all files. `time` (milliseconds) is given to what has no time of its own.
 */
export function finishedTree(simulation: Simulation, time: number): readonly TreeEntry[] {
  const entries: TreeEntry[] = []
  const walk = (directory: TreeNode): void => {
    for (const child of simulation.tree.children(directory)) {
      entries.push(entryOf(simulation, child, time))
      walk(child)
    }
  }
  walk(simulation.tree.root)
  const rank = (entry: TreeEntry): number => (entry.type === 'hardlink' ? 1 : 0)
  return entries.sort((a, b) => rank(a) - rank(b) || compareCodePoints(a.path, b.path))
}
