import type { Ownership } from '../ownership.ts'
import type { Simulation } from '../simulate/simulation.ts'
import type { TreeNode } from '../simulate/target-tree.ts'

/**
 * Content of a tree: paths below it, directories with a slash at the end, parents before children. Compare with the disk to find files that
 * others added. Re-iterable.
 */
export interface TreeContent extends Iterable<string> {
  readonly length: number
}

/** State of a file when its content was copied; a step that takes it away refuses another one. */
export interface CopiedFile {
  /** Bytes. */
  readonly size: number
  /** Milliseconds. */
  readonly mtime: number
}

/** A step of the first phase, which clears paths. `path` is relative to the image root, `to` a name in a stage. */
export type DisplacingStep =
  /** Lets the owner of a directory change it. `mode` is the mode before; steps of the second phase set the mode after. */
  | ({ readonly do: 'open-directory'; readonly path: string } & Ownership)
  /** Renames a file or link into the stage. */
  | {
      readonly do: 'displace'
      readonly path: string
      readonly to: string
      readonly copied?: CopiedFile
    }
  | ({ readonly do: 'remove-directory'; readonly path: string } & Ownership)
  /** Renames a directory with all its content into the stage; all of it is removed. */
  | {
      readonly do: 'displace-tree'
      readonly path: string
      readonly to: string
      readonly content: TreeContent
    }

/** A step of the second phase, which delivers. `from` and `backup` are names in a stage. */
export type PlacingStep =
  | ({ readonly do: 'make-directory'; readonly path: string } & Ownership)
  /** Renames out of the stage; over the present file when `backup` names a second link to it. */
  | {
      readonly do: 'place'
      readonly from: string
      readonly path: string
      readonly backup: string | undefined
      readonly copied?: CopiedFile
    }
  /** Renames a new directory with all its content out of the stage. */
  | {
      readonly do: 'place-tree'
      readonly from: string
      readonly path: string
      readonly content: TreeContent
    }
  /** Renames a displaced node to its new path. */
  | { readonly do: 'rehome'; readonly from: string; readonly path: string }
  | {
      readonly do: 'attributes'
      readonly path: string
      readonly before: Ownership
      readonly after: Ownership
    }

/** A new file or link, and its name in the stage. */
export interface StagedNode {
  readonly name: string
  readonly node: TreeNode
  readonly path: string
}

/** A new directory that is filled in the stage, and its name there. */
export interface StagedDirectory extends Ownership {
  readonly name: string
}

/** A second link to a file that a `place` step replaces; made before the first visible change. */
export interface Backup extends Ownership {
  readonly name: string
  /** Image path of the replaced file. */
  readonly path: string
  readonly type: 'file' | 'link'
  /** Milliseconds. */
  readonly mtime: number | undefined
}

/** Where a stage outside the metadata folder may be made: in the first of these directories, by image path, that allows it. */
export type StagePlace = readonly string[]

/** The steps from the disk as it is to the simulated tree. */
export interface StepPlan {
  /** For each volume with changes beside that of the metadata folder. */
  readonly stages: readonly StagePlace[]
  readonly displacing: readonly DisplacingStep[]
  readonly placing: readonly PlacingStep[]
  /** Of whole trees. Parents come before children. */
  readonly directories: Iterable<StagedDirectory>
  /** New files and links, by path. Re-iterable; each iteration makes the objects anew. */
  readonly staged: Iterable<StagedNode>
  readonly backups: readonly Backup[]
}

/** True for a node of the tree after the plan. */
export function isAttached(simulation: Simulation, node: TreeNode): boolean {
  let at: TreeNode | undefined = node
  while (at.parent !== undefined) at = at.parent
  return at === simulation.tree.root
}

/** One step as text, for dry runs. */
export function describeStep(step: DisplacingStep | PlacingStep): string {
  const octal = (mode: number) => mode.toString(8).padStart(4, '0')
  const owner = ({ mode, uid, gid }: Ownership) => `${octal(mode)} ${uid}:${gid}`
  switch (step.do) {
    case 'displace':
      return `take away ${step.path}`
    case 'open-directory':
      return `open directory ${step.path} to its owner`
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
