import { joinPath, nameOf, parentOf } from '../image-path.ts'
import { OWNER_ACCESS, type Ownership } from '../ownership.ts'
import type { Simulation } from '../simulate/simulation.ts'
import { isInPlace, type TreeNode } from '../simulate/target-tree.ts'
import { stagePlaces } from './stage-places.ts'
import {
  type Backup,
  type CopiedFile,
  type DisplacingStep,
  isAttached,
  type PlacingStep,
  type StagedNode,
  type StepPlan,
} from './steps.ts'
import {
  findGoingTrees,
  type GoingTrees,
  type NewTree,
  newTree,
  noGoingTrees,
  readAgain,
} from './whole-trees.ts'

function ownership({ mode, uid, gid }: Ownership): Ownership {
  return { mode, uid, gid }
}

/** A directory that its owner may not write to gets its mode after its content. */
function withAccess(wanted: Ownership): Ownership {
  return { ...wanted, mode: wanted.mode | OWNER_ACCESS }
}

interface Building {
  readonly asRoot: boolean
  /** Directories on disk that their owner must open first, because an entry of them changes. Empty for root, who may do everything. */
  readonly opened: Set<TreeNode>
  readonly displacing: DisplacingStep[]
  readonly placing: PlacingStep[]
  readonly attributes: PlacingStep[]
  readonly staged: (StagedEntry | NewTree)[]
  readonly backups: Backup[]
  readonly goingTrees: GoingTrees
  /** Prefix of names in the stage that serves the content of a directory. */
  readonly prefixOf: (directory: TreeNode) => string
  /** True for a new directory that is filled in the stage. */
  readonly isWhole: (directory: TreeNode) => boolean
  /** Displaced nodes with a new path. */
  readonly rehomed: Map<TreeNode, string>
  /** Paths whose node replaces another in one rename, with the name of the backup. */
  readonly replaced: Map<string, Replaced>
  next: number
}

/** A new file or link by its directory: its node may be a row of a table, which is read when it is staged. */
interface StagedEntry extends Pick<StagedNode, 'name' | 'path'> {
  readonly directory: TreeNode
}

/** The node on disk that a node replaces in one rename. */
type Replaced = Pick<Extract<PlacingStep, { do: 'place' }>, 'backup' | 'copied'>

const OWNER_WRITE = 0o300

/** Notes that an entry of a directory changes, or that the directory itself moves. */
function willChange({ asRoot, opened }: Building, directory: TreeNode): void {
  const mode = directory.origin?.status.mode
  if (!asRoot && mode !== undefined && (mode & OWNER_WRITE) !== OWNER_WRITE) opened.add(directory)
}

/** Mode and owner of a node on disk when all directories are open. */
function ownershipOnDisk({ opened }: Building, node: TreeNode): Ownership {
  const status = ownership(node.origin!.status)
  return opened.has(node) ? withAccess(status) : status
}

/** A node that leaves its path on disk. */
interface Leaving {
  /** Its content was copied before. */
  readonly copied?: CopiedFile | undefined
  readonly path: string
  readonly directory: TreeNode
  readonly status: Ownership & { readonly type: TreeNode['type']; readonly mtime: number | undefined }
}

/** The new file or link that takes the path of an old file or link. */
function successor(
  { tree }: Simulation,
  { directory, path, status: { type } }: Leaving,
): TreeNode | undefined {
  if (type === 'directory' || type === 'other') return undefined
  const found = tree.entry(directory, nameOf(path))
  return found !== undefined && found.origin === undefined && found.type !== 'directory' ? found : undefined
}

function displaceNode(simulation: Simulation, building: Building, node: TreeNode): void {
  const { path, status, parent } = node.origin!
  const { goingTrees } = building
  if (goingTrees.isWhole(parent!)) return
  willChange(building, parent!)
  if (node.type === 'directory') willChange(building, node)
  if (goingTrees.isTop(node)) {
    const to = nameIn(building, parent!, 'old')
    building.displacing.push({ do: 'displace-tree', path, to, content: goingTrees.contentOf(node) })
    return
  }
  const attached = isAttached(simulation, node)
  if (node.type === 'directory' && !attached) {
    building.displacing.push({ do: 'remove-directory', path, ...ownershipOnDisk(building, node) })
    return
  }
  const { size, mtime } = status
  const copied = simulation.copied.has(node) ? { size, mtime } : undefined
  const leaving = { path, directory: parent!, status, copied }
  if (attached) building.rehomed.set(node, takeAway(building, leaving))
  else replaceOrTakeAway(simulation, building, leaving)
}

/** A new name in the stage of a directory's content. */
function nameIn(building: Building, directory: TreeNode, folder: 'old' | 'new'): string {
  return `${building.prefixOf(directory)}${folder}/${building.next++}`
}

function takeAway(building: Building, { path, directory, copied }: Leaving): string {
  const to = nameIn(building, directory, 'old')
  building.displacing.push({ do: 'displace', path, to, ...(copied && { copied }) })
  return to
}

/** A file or link that is removed; a node that takes its path replaces it in one rename. */
function replaceOrTakeAway(simulation: Simulation, building: Building, leaving: Leaving): void {
  const { path, directory, copied } = leaving
  const { type, mode, uid, gid, mtime } = leaving.status
  const next = successor(simulation, leaving)
  if (next === undefined || (type !== 'file' && type !== 'link') || !directoryStays(simulation, leaving)) {
    takeAway(building, leaving)
    return
  }
  const name = nameIn(building, directory, 'old')
  building.replaced.set(path, { backup: name, ...(copied && { copied }) })
  building.backups.push({ name, path, type, mode, uid, gid, mtime })
}

function directoryStays(simulation: Simulation, { directory, path }: Leaving): boolean {
  return simulation.tree.pathOf(directory) === parentOf(path) && isAttached(simulation, directory)
}

function changedAttributes(building: Building, node: TreeNode, path: string): void {
  if (node.type === 'link') return
  const before = ownershipOnDisk(building, node)
  if (node.mode === before.mode && node.uid === before.uid && node.gid === before.gid) return
  building.attributes.push({ do: 'attributes', path, before, after: ownership(node) })
}

function placeNode(building: Building, node: TreeNode, path: string, directory: TreeNode): void {
  if (node.type !== 'directory') {
    const name = nameIn(building, directory, 'new')
    building.staged.push({ name, path, directory })
    const { backup, copied } = building.replaced.get(path) ?? { backup: undefined }
    building.placing.push({ do: 'place', from: name, path, backup, ...(copied && { copied }) })
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
function placeTree(
  simulation: Simulation,
  building: Building,
  node: TreeNode,
  [path, directory]: readonly [string, TreeNode],
): void {
  const name = nameIn(building, directory, 'new')
  const tree = newTree(simulation.tree, node, path, name)
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

/** Walks all nodes that were read or made; no other node can have changed. */
function placeAll(simulation: Simulation, building: Building): void {
  const walk = (directory: TreeNode, at: string): void => {
    for (const child of simulation.tree.children(directory)) {
      const path = joinPath(at, child.name)
      const from = building.rehomed.get(child)
      if (child.origin === undefined || from !== undefined) willChange(building, directory)
      if (child.origin === undefined && building.isWhole(child)) {
        placeTree(simulation, building, child, [path, directory])
        continue
      }
      if (child.origin === undefined) placeNode(building, child, path, directory)
      else if (from !== undefined) building.placing.push({ do: 'rehome', from, path })
      walk(child, path)
      if (child.origin !== undefined) changedAttributes(building, child, path)
    }
  }
  const { root } = simulation.tree
  walk(root, '')
  changedAttributes(building, root, '')
}

/** Opens directories, parents first. */
function openings({ opened }: Building): DisplacingStep[] {
  return Array.from(opened, ({ origin }) => ({
    do: 'open-directory' as const,
    path: origin!.path,
    ...ownership(origin!.status),
  })).sort(byPath)
}

/**
 * Derives the steps from the disk to the simulated tree. `gathered`: a wholly new directory is filled in the stage and placed by one rename,
 * and a wholly removed directory is removed by one rename, unless something moves into it or out of it. Modes that deny the owner access
 * are set at the end.
 */
export function deriveSteps(simulation: Simulation, gathered: boolean): StepPlan {
  const { onDisk, gone } = simulation.tree
  const { volumeOf } = simulation.volumes
  const stages = stagePlaces(simulation)
  const moved = onDisk.filter((node) => !isInPlace(node))
  const rehomed = moved.filter((node) => isAttached(simulation, node))
  const single = [...rehomed, ...moved.filter((node) => simulation.copied.has(node))]
  const mixed = new Set<TreeNode>()
  for (const node of rehomed)
    for (let at = node.parent; at !== undefined && at.origin === undefined; at = at.parent) mixed.add(at)
  const building: Building = {
    asRoot: simulation.target.asRoot,
    opened: new Set(),
    displacing: [],
    placing: [],
    attributes: [],
    staged: [],
    backups: [],
    goingTrees: gathered
      ? findGoingTrees(simulation.tree, moved, single, (node) => volumeOf(node).renamesDirectories)
      : noGoingTrees,
    prefixOf: stages.prefixOf,
    isWhole: (directory) => gathered && directory.type === 'directory' && !mixed.has(directory),
    rehomed: new Map(),
    replaced: new Map(),
    next: 0,
  }
  for (const node of moved) displaceNode(simulation, building, node)
  for (const { leaf, directory, name } of gone()) {
    const path = joinPath(directory.origin!.path, name)
    if (building.goingTrees.isWhole(directory)) continue
    willChange(building, directory)
    replaceOrTakeAway(simulation, building, { path, directory, status: leaf })
  }
  placeAll(simulation, building)
  building.staged.sort(byPath)
  return {
    stages: stages.places(),
    displacing: [...openings(building), ...building.displacing.sort((a, b) => -byPath(a, b))],
    placing: [...building.placing.sort(byPath), ...building.attributes.sort((a, b) => -byPath(a, b))],
    directories: readAgain(function* () {
      for (const one of building.staged)
        if ('content' in one)
          for (const { name, node } of one.directories()) yield { name, ...withAccess(ownership(node)) }
    }),
    staged: readAgain(function* () {
      for (const one of building.staged) {
        if ('content' in one) yield* one.leaves()
        else
          yield {
            name: one.name,
            path: one.path,
            node: simulation.tree.entry(one.directory, nameOf(one.path))!,
          }
      }
    }),
    backups: building.backups,
  }
}
