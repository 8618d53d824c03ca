import { joinPath, parentOf } from './image-path.ts'
import type { Simulation } from './simulation.ts'
import { isInPlace, type TreeNode } from './target-tree.ts'
import {
  findGoingTrees,
  type GoingTrees,
  type NewTree,
  newTree,
  noGoingTrees,
  readAgain,
} from './whole-trees.ts'

/** Permission bits and owner. */
export interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * What is in a tree: paths below it, those of directories with a slash at the end, parents before what is in them. What somebody else
 * puts into a tree meanwhile is told by it. May be read again and again.
 */
export interface TreeContent extends Iterable<string> {
  readonly length: number
}

/** Takes away; all of these are done before the first of the second phase. `path` is relative to the image root. */
export type DisplacingStep =
  /** Rename to the stage. */
  | { readonly do: 'displace'; readonly path: string; readonly to: string }
  | ({ readonly do: 'remove-directory'; readonly path: string } & Ownership)
  /** Rename of a directory with everything in it, all of which goes. */
  | {
      readonly do: 'displace-tree'
      readonly path: string
      readonly to: string
      readonly content: TreeContent
    }

/** Brings in. Names without image path (`from`, `backup`) are relative to the stage. */
export type PlacingStep =
  | ({ readonly do: 'make-directory'; readonly path: string } & Ownership)
  /** Rename from the stage; over what is there when `backup` names a second link to it. */
  | {
      readonly do: 'place'
      readonly from: string
      readonly path: string
      readonly backup: string | undefined
    }
  /** Rename of a new directory with everything in it. */
  | {
      readonly do: 'place-tree'
      readonly from: string
      readonly path: string
      readonly content: TreeContent
    }
  /** Rename of something displaced to its new place. */
  | { readonly do: 'rehome'; readonly from: string; readonly path: string }
  | {
      readonly do: 'attributes'
      readonly path: string
      readonly before: Ownership
      readonly after: Ownership
    }

/** A new thing and its name in the stage. */
export interface StagedNode {
  readonly name: string
  readonly node: TreeNode
  readonly path: string
}

/** A new directory and its name in the stage, where it is filled. */
export interface StagedDirectory extends Ownership {
  readonly name: string
}

/** A second link, made before the first visible change, to what a `place` step replaces. */
export interface Backup {
  readonly name: string
  readonly node: TreeNode
}

/** How the disk gets from what it is to what the simulation says. */
export interface StepPlan {
  readonly displacing: readonly DisplacingStep[]
  readonly placing: readonly PlacingStep[]
  /** Of whole trees. Parents come before children. */
  readonly directories: Iterable<StagedDirectory>
  /** By path; made up each time they are read, because there may be very many. */
  readonly staged: Iterable<StagedNode>
  readonly backups: readonly Backup[]
}

function ownership({ mode, uid, gid }: Ownership): Ownership {
  return { mode, uid, gid }
}

const OWNER_ACCESS = 0o700

/** A directory that its owner may not write to gets its mode when its content is there. */
function withAccess(wanted: Ownership): Ownership {
  return { ...wanted, mode: wanted.mode | OWNER_ACCESS }
}

interface Building {
  readonly displacing: DisplacingStep[]
  readonly placing: PlacingStep[]
  readonly attributes: PlacingStep[]
  readonly staged: (StagedNode | NewTree)[]
  readonly backups: Backup[]
  readonly goingTrees: GoingTrees
  /** True for a new directory that is filled in the stage. */
  readonly isWhole: (directory: TreeNode) => boolean
  /** Displaced things that have a new place. */
  readonly rehomed: Map<TreeNode, string>
  /** Things that are replaced in one rename, with the name of their backup. */
  readonly replaced: Map<TreeNode, string>
  next: number
}

/** True for a node that is part of the tree as it will be. */
export function isAttached(simulation: Simulation, node: TreeNode): boolean {
  let at: TreeNode | undefined = node
  while (at.parent !== undefined) at = at.parent
  return at === simulation.tree.root
}

/** The new non-directory that takes exactly the place of an old non-directory. */
function successor(node: TreeNode): TreeNode | undefined {
  const directory = node.origin?.parent
  const name = node.origin?.path.slice(node.origin.path.lastIndexOf('/') + 1)
  if (directory === undefined || name === undefined || node.type === 'directory' || node.type === 'other')
    return undefined
  const found = directory.children.get(name)
  return found !== undefined && found.origin === undefined && found.type !== 'directory' ? found : undefined
}

function displaceNode(simulation: Simulation, building: Building, node: TreeNode): void {
  const { path, status } = node.origin!
  const { goingTrees } = building
  if (goingTrees.isInside(node)) return
  if (goingTrees.isTop(node)) {
    const to = `old/${building.next++}`
    building.displacing.push({ do: 'displace-tree', path, to, content: goingTrees.contentOf(node) })
    return
  }
  const attached = isAttached(simulation, node)
  if (node.type === 'directory' && !attached) {
    building.displacing.push({
      do: 'remove-directory',
      path,
      mode: status.mode,
      uid: status.uid,
      gid: status.gid,
    })
    return
  }
  const name = `old/${building.next++}`
  if (!attached && successor(node) !== undefined && directoryStays(simulation, node)) {
    building.replaced.set(node, name)
    building.backups.push({ name, node })
    return
  }
  building.displacing.push({ do: 'displace', path, to: name })
  if (attached) building.rehomed.set(node, name)
}

function directoryStays(simulation: Simulation, node: TreeNode): boolean {
  const directory = node.origin!.parent!
  return (
    simulation.tree.pathOf(directory) === parentOf(node.origin!.path) && isAttached(simulation, directory)
  )
}

function changedAttributes(building: Building, node: TreeNode, path: string): void {
  const { status } = node.origin!
  if (node.type === 'link') return
  if (node.mode === status.mode && node.uid === status.uid && node.gid === status.gid) return
  building.attributes.push({ do: 'attributes', path, before: ownership(status), after: ownership(node) })
}

function placeNode(building: Building, node: TreeNode, path: string, replaced: string | undefined): void {
  if (node.type !== 'directory') {
    const name = `new/${building.next++}`
    building.staged.push({ name, node, path })
    building.placing.push({ do: 'place', from: name, path, backup: replaced })
    return
  }
  const made = withAccess(ownership(node))
  building.placing.push({ do: 'make-directory', path, ...made })
  if (made.mode !== node.mode)
    building.attributes.push({ do: 'attributes', path, before: made, after: ownership(node) })
}

function byPath<T extends { readonly path: string }>(a: T, b: T): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

/** A directory that is filled in the stage, with its name there. */
function placeTree(building: Building, node: TreeNode, path: string): void {
  const name = `new/${building.next++}`
  const tree = newTree(node, path, name)
  building.placing.push({ do: 'place-tree', from: name, path, content: tree.content })
  building.staged.push(tree)
  for (const each of tree.directories()) {
    const wanted = ownership(each.node)
    if (withAccess(wanted).mode !== wanted.mode)
      building.attributes.push({
        do: 'attributes',
        path: each.path,
        before: withAccess(wanted),
        after: wanted,
      })
  }
}

/** Walks what was looked at or made; nothing else can have changed. */
function placeAll(simulation: Simulation, building: Building): void {
  const replacedBy = new Map<TreeNode, string>()
  for (const [node, name] of building.replaced) replacedBy.set(successor(node)!, name)
  const walk = (directory: TreeNode, at: string): void => {
    for (const child of directory.children.values()) {
      if (child === undefined) continue
      const path = joinPath(at, child.name)
      if (child.origin === undefined && building.isWhole(child)) {
        placeTree(building, child, path)
        continue
      }
      if (child.origin === undefined) placeNode(building, child, path, replacedBy.get(child))
      else {
        const from = building.rehomed.get(child)
        if (from !== undefined) building.placing.push({ do: 'rehome', from, path })
        changedAttributes(building, child, path)
      }
      walk(child, path)
    }
  }
  walk(simulation.tree.root, '')
}

/**
 * Compares the tree as it is with the tree as it will be. `gathered`: a directory that comes with everything in it is filled in the
 * stage and placed by one rename, one that goes with everything in it is taken away by one. Not those that something moves into
 * or out of. Modes that keep their owner out are still set at the end.
 */
export function deriveSteps(simulation: Simulation, gathered: boolean): StepPlan {
  const { onDisk } = simulation.tree
  const moved = onDisk.filter((node) => !isInPlace(node))
  const rehomed = moved.filter((node) => isAttached(simulation, node))
  const mixed = new Set<TreeNode>()
  for (const node of rehomed)
    for (let at = node.parent; at !== undefined && at.origin === undefined; at = at.parent) mixed.add(at)
  const building: Building = {
    displacing: [],
    placing: [],
    attributes: [],
    staged: [],
    backups: [],
    goingTrees: gathered ? findGoingTrees(moved, rehomed) : noGoingTrees,
    isWhole: (directory) => gathered && directory.type === 'directory' && !mixed.has(directory),
    rehomed: new Map(),
    replaced: new Map(),
    next: 0,
  }
  for (const node of moved) displaceNode(simulation, building, node)
  placeAll(simulation, building)
  building.staged.sort(byPath)
  return {
    displacing: building.displacing.sort((a, b) => -byPath(a, b)),
    placing: [...building.placing.sort(byPath), ...building.attributes.sort((a, b) => -byPath(a, b))],
    directories: readAgain(function* () {
      for (const one of building.staged)
        if ('content' in one)
          for (const { name, node } of one.directories()) yield { name, ...withAccess(ownership(node)) }
    }),
    staged: readAgain(function* () {
      for (const one of building.staged) {
        if ('content' in one) yield* one.leaves()
        else yield one
      }
    }),
    backups: building.backups,
  }
}

/** One step in words, for dry runs. */
export function describeStep(step: DisplacingStep | PlacingStep): string {
  const octal = (mode: number) => mode.toString(8).padStart(4, '0')
  const owner = ({ mode, uid, gid }: Ownership) => `${octal(mode)} ${uid}:${gid}`
  switch (step.do) {
    case 'displace':
      return `take away ${step.path}`
    case 'remove-directory':
      return `remove directory ${step.path}`
    case 'make-directory':
      return `make directory ${step.path} ${owner(step)}`
    case 'place':
      return `${step.backup === undefined ? 'put' : 'replace'} ${step.path}`
    case 'displace-tree':
      return `take away ${step.path} with all that is in it`
    case 'place-tree':
      return `put ${step.path} with all that is in it`
    case 'rehome':
      return `move to ${step.path}`
    case 'attributes':
      return `set ${step.path} ${owner(step.after)}`
  }
}
