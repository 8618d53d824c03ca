import { parentOf } from './image-path.ts'
import type { Simulation } from './simulation.ts'
import { isInPlace, type TreeNode } from './target-tree.ts'

/** Permission bits and owner. */
export interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
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
      readonly content: readonly string[]
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
      readonly content: readonly string[]
    }
  /** Rename of something displaced to its new place. */
  | { readonly do: 'rehome'; readonly from: string; readonly path: string }
  | {
      readonly do: 'attributes'
      readonly path: string
      readonly before: Ownership
      readonly after: Ownership
    }

/*
 * `content` of a tree: paths below it, those of directories with a slash at the end, parents before what is in them. What
 * somebody else puts into a tree meanwhile is told by it.
 */

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
  /** Parents come before children. */
  readonly directories: readonly StagedDirectory[]
  readonly staged: readonly StagedNode[]
  readonly backups: readonly Backup[]
  /** A number that no name in the stage has, nor any that is larger. */
  readonly next: number
}

function ownership({ mode, uid, gid }: Ownership): Ownership {
  return { mode, uid, gid }
}

const OWNER_ACCESS = 0o700

interface Building {
  readonly displacing: DisplacingStep[]
  readonly placing: PlacingStep[]
  readonly attributes: PlacingStep[]
  readonly staged: StagedNode[]
  readonly backups: Backup[]
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
  const made = { ...ownership(node), mode: node.mode | OWNER_ACCESS }
  building.placing.push({ do: 'make-directory', path, ...made })
  // A directory that its owner may not write to gets its mode when its content is there.
  if (made.mode !== node.mode)
    building.attributes.push({ do: 'attributes', path, before: made, after: ownership(node) })
}

function byPath<T extends { readonly path: string }>(a: T, b: T): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

/** Walks what was looked at or made; nothing else can have changed. */
function placeTree(simulation: Simulation, building: Building): void {
  const replacedBy = new Map<TreeNode, string>()
  for (const [node, name] of building.replaced) replacedBy.set(successor(node)!, name)
  const walk = (directory: TreeNode): void => {
    for (const child of directory.children.values()) {
      if (child === undefined) continue
      const path = simulation.tree.pathOf(child)
      if (child.origin === undefined) placeNode(building, child, path, replacedBy.get(child))
      else {
        const from = building.rehomed.get(child)
        if (from !== undefined) building.placing.push({ do: 'rehome', from, path })
        changedAttributes(building, child, path)
      }
      walk(child)
    }
  }
  walk(simulation.tree.root)
}

/** Compares the tree as it is with the tree as it will be. */
export function deriveSteps(simulation: Simulation): StepPlan {
  const building: Building = {
    displacing: [],
    placing: [],
    attributes: [],
    staged: [],
    backups: [],
    rehomed: new Map(),
    replaced: new Map(),
    next: 0,
  }
  for (const node of simulation.tree.onDisk) if (!isInPlace(node)) displaceNode(simulation, building, node)
  placeTree(simulation, building)
  return {
    displacing: building.displacing.sort((a, b) => -byPath(a, b)),
    placing: [...building.placing.sort(byPath), ...building.attributes.sort((a, b) => -byPath(a, b))],
    directories: [],
    staged: building.staged.sort(byPath),
    backups: building.backups,
    next: building.next,
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
