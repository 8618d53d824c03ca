import { joinPath, nameOf, parentOf } from '../image-path.ts'
import type { TargetTree, TreeNode } from '../simulate/target-tree.ts'
import type { DisplacingStep, PlacingStep, StagedNode, TreeContent } from './steps.ts'

/** A re-iterable sequence: each iteration calls the generator anew. */
export function readAgain<T>(make: () => Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: make }
}

/** An entry of a tree. */
interface Inside {
  readonly name: string
  readonly type: TreeNode['type']
  /** Only of directories. */
  readonly node: TreeNode | undefined
}

/** Content of a tree: all entries of a directory, then those of its subdirectories. */
function* below(
  directory: TreeNode,
  prefix: string,
  childrenOf: (directory: TreeNode) => readonly Inside[],
): Generator<string> {
  const children = childrenOf(directory)
  for (const { name, type } of children) yield prefix + name + (type === 'directory' ? '/' : '')
  for (const { name, node } of children)
    if (node !== undefined) yield* below(node, `${prefix}${name}/`, childrenOf)
}

function contentOf(top: TreeNode, childrenOf: (directory: TreeNode) => readonly Inside[]): TreeContent {
  const size = (directory: TreeNode): number =>
    childrenOf(directory).reduce((sum, { node }) => sum + 1 + (node === undefined ? 0 : size(node)), 0)
  return { length: size(top), [Symbol.iterator]: () => below(top, '', childrenOf) }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

function directoryOnly(node: TreeNode): TreeNode | undefined {
  return node.type === 'directory' ? node : undefined
}

/** Directories that are removed with all their content. */
export type GoingTrees = ReturnType<typeof findGoingTrees>

/** No whole trees: each node is removed by itself. */
export const noGoingTrees: GoingTrees = {
  isWhole: () => false,
  isTop: () => false,
  contentOf: () => [],
}

/**
 * Finds the directories that are removed with all their content. `moved`: nodes that left their path on disk; `single`: nodes that need
 * a step of their own. `canRename`: false for a directory that its file system cannot rename. A directory is only removed when the plan
 * empties it, so all its entries were read.
 */
export function findGoingTrees(
  tree: TargetTree,
  moved: readonly TreeNode[],
  single: readonly TreeNode[],
  canRename: (directory: TreeNode) => boolean,
) {
  const stays = new Set(single)
  const whole = new Map<TreeNode, TreeNode[]>()
  for (const node of moved)
    if (node.type === 'directory' && !stays.has(node) && canRename(node)) whole.set(node, [])
  for (const node of single)
    for (let at = node.origin?.parent; at !== undefined; at = at.origin?.parent) whole.delete(at)
  for (const node of moved) whole.get(node.origin!.parent!)?.push(node)
  const childrenOf = (directory: TreeNode): readonly Inside[] => {
    const children: Inside[] = whole.get(directory)!.map((node) => ({
      name: nameOf(node.origin!.path),
      type: node.type,
      node: directoryOnly(node),
    }))
    for (const { name, leaf } of tree.goneFrom(directory))
      children.push({ name, type: leaf.type, node: undefined })
    return children.sort(byName)
  }
  return {
    /** True for a directory of such a tree. */
    isWhole: (directory: TreeNode): boolean => whole.has(directory),
    /** True for the uppermost directory of such a tree. */
    isTop: (node: TreeNode): boolean => whole.has(node) && !whole.has(node.origin!.parent!),
    contentOf: (top: TreeNode): TreeContent => contentOf(top, childrenOf),
  }
}

/** A new directory that is filled in the stage, with all its content. */
export interface NewTree {
  readonly path: string
  readonly content: TreeContent
  /** The directory and its subdirectories, with their names in the stage. Parents come before children. */
  directories(): Iterable<StagedNode>
  /** All other content. */
  leaves(): Iterable<StagedNode>
}

/** The tree of a new directory at a path; `name` is its name in the stage. */
export function newTree(tree: TargetTree, top: TreeNode, path: string, name: string): NewTree {
  const newChildren = (directory: TreeNode): readonly TreeNode[] => [...tree.children(directory)].sort(byName)
  const insideOf = (directory: TreeNode): readonly Inside[] =>
    newChildren(directory).map((node) => ({ name: node.name, type: node.type, node: directoryOnly(node) }))
  function* walk(directory: StagedNode, wanted: 'directories' | 'leaves'): Generator<StagedNode> {
    if (wanted === 'directories') yield directory
    for (const node of newChildren(directory.node)) {
      const child = {
        node,
        name: `${directory.name}/${node.name}`,
        path: joinPath(directory.path, node.name),
      }
      if (node.type === 'directory') yield* walk(child, wanted)
      else if (wanted === 'leaves') yield child
    }
  }
  const whole = { node: top, name, path }
  return {
    path,
    content: contentOf(top, insideOf),
    directories: () => walk(whole, 'directories'),
    leaves: () => walk(whole, 'leaves'),
  }
}

/** Number of nodes that a step moves. */
export function sizeOfStep(step: DisplacingStep | PlacingStep): number {
  return 'content' in step ? 1 + step.content.length : 1
}

/** Directories of a tree, the tree itself ('') first. */
export function* directoriesOf(content: TreeContent): Generator<string> {
  yield ''
  for (const inside of content) if (inside.endsWith('/')) yield inside.slice(0, -1)
}

/**
 * Names in each directory of a tree, by directory; '' is the tree itself. Parents come first, empty directories last. `content` must list
 * the entries of a directory together, as this file makes it.
 */
export function* namesInTree(content: TreeContent): Generator<readonly [string, ReadonlySet<string>]> {
  const empty = new Set<string>()
  let directory = ''
  let names = new Set<string>()
  for (const inside of content) {
    const path = inside.endsWith('/') ? inside.slice(0, -1) : inside
    const parent = parentOf(path)
    if (parent !== directory) {
      yield [directory, names]
      directory = parent
      names = new Set()
    }
    empty.delete(parent)
    names.add(nameOf(path))
    if (path !== inside) empty.add(path)
  }
  yield [directory, names]
  for (const one of empty) yield [one, new Set()]
}
