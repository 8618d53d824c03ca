import type { Ownership } from '../ownership.ts'
import type { Simulation } from '../simulate/simulation.ts'
import type { TreeNode } from '../simulate/target-tree.ts'

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
export interface Backup extends Ownership {
  readonly name: string
  /** Image path of what will be replaced. */
  readonly path: string
  readonly type: 'file' | 'link'
  /** Milliseconds. */
  readonly mtime: number | undefined
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

/** True for a node that is part of the tree as it will be. */
export function isAttached(simulation: Simulation, node: TreeNode): boolean {
  let at: TreeNode | undefined = node
  while (at.parent !== undefined) at = at.parent
  return at === simulation.tree.root
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
