import { type Action, attribute, type Fmri, formatFmri, formatTimestamp, hostPath, samePayload } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange, ActionPlan } from '../action-plan.ts'
import type { ApplyReport } from '../executor.ts'
import { refuse } from '../failure.ts'
import { contentDigest, digestOfBytes, digestOfFile } from '../files/content-digest.ts'
import { readPayload } from '../files/payload.ts'
import {
  type DatabaseName,
  type DatabaseTexts,
  databasePaths,
  idOf,
  ownerId,
  readDatabases,
} from '../files/user-database.ts'
import { isWithin, nameOf, parentOf } from '../image-path.ts'
import type { Leaf } from '../store/leaf-table.ts'
import { type ExecutorTarget, metadataPathOf } from '../target.ts'
import {
  isObstacle,
  type NewContent,
  newNode,
  openTree,
  type TargetTree,
  type TreeNode,
} from './target-tree.ts'
import { openVolumes, type Volumes } from './volumes.ts'

/** The simulation of a plan: the tree after it, and facts to report. */
export interface Simulation {
  readonly plan: ActionPlan
  readonly target: ExecutorTarget
  readonly tree: TargetTree
  readonly volumes: Volumes
  /** Metadata folder relative to the root. */
  readonly metadataPath: string
  /** Packages of the plan by stem. */
  readonly packages: ReadonlyMap<string, { readonly from: Fmri | undefined; readonly to: Fmri | undefined }>
  /** Files that left their old path for `original_name`, by the number of the change that moves them. */
  readonly moved: Map<number, TreeNode>
  /** Files on disk whose content the plan copies; they must not change until they leave their path. */
  readonly copied: Set<TreeNode>
  readonly salvaged: { readonly from: string; readonly to: string; readonly node: TreeNode }[]
  /** Paths of edited configuration that package content replaces. */
  readonly replaced: string[]
  /** Paths of unpackaged or edited content that is removed without a copy. */
  readonly discarded: string[]
  readonly warnings: string[]
  /** Users and groups of the plan that have a number. */
  readonly plannedIds: Readonly<Record<'passwd' | 'group', ReadonlyMap<string, number>>>
  readonly idCache: Map<string, number>
  /** Dry runs go on without payloads that are not fetched yet. */
  readonly payloadsOptional: boolean
  /** Payloads that were opened to decide something. */
  readonly consulted: Set<OwnedAction>
}

function plannedIds(plan: ActionPlan): Simulation['plannedIds'] {
  const passwd = new Map<string, number>()
  const group = new Map<string, number>()
  for (const change of plan.changes) {
    const action = change.new?.action
    if (action?.type !== 'user' && action?.type !== 'group') continue
    const [into, name, id] =
      action.type === 'user' ? ([passwd, 'username', 'uid'] as const) : ([group, 'groupname', 'gid'] as const)
    const number = attribute(action, id)
    if (number !== undefined && /^[0-9]{1,10}$/.test(number))
      into.set(attribute(action, name) ?? '', Number(number))
  }
  return { passwd, group }
}

/** The content that a change delivers. */
function payloadOf(plan: ActionPlan, change: number): NewContent {
  const { fmri, action } = plan.changes.at(change)!.new!
  return { kind: 'payload', fmri, action }
}

/** Starts the simulation of a plan on a target. */
export function startSimulation(
  plan: ActionPlan,
  target: ExecutorTarget,
  options: { readonly payloadsOptional: boolean } = { payloadsOptional: false },
): Simulation {
  const metadataPath = metadataPathOf(target)
  if (metadataPath === '') throw new RangeError('the metadata folder lies below the image root')
  const tree = openTree(target.filesystem, target.root, (change) => payloadOf(plan, change))
  return {
    plan,
    target,
    tree,
    volumes: openVolumes(target, tree, metadataPath),
    metadataPath,
    packages: new Map(plan.packages.map((each) => [(each.from ?? each.to)!.stem, each])),
    moved: new Map(),
    copied: new Set(),
    salvaged: [],
    replaced: [],
    discarded: [],
    warnings: [],
    plannedIds: plannedIds(plan),
    idCache: new Map(),
    payloadsOptional: options.payloadsOptional,
    consulted: new Set(),
  }
}

/** The fate of edited and unpackaged content. */
export function fateOf(simulation: Simulation): Pick<ApplyReport, 'salvaged' | 'replaced' | 'discarded'> {
  return {
    salvaged: simulation.salvaged.map(({ from, to }) => ({ from, to })),
    replaced: [...simulation.replaced].sort(),
    discarded: [...simulation.discarded].sort(),
  }
}

/**
 * The node at the path of a delivered action. A link among its parents stops the plan (`unsafe_path`). A file among its parents is
 * unpackaged, because the conflict rules have passed; it is salvaged in favour of the directory.
 */
export function findSafely(simulation: Simulation, path: string, fmri: Fmri): TreeNode | undefined {
  const found = simulation.tree.find(path)
  if (!isObstacle(found)) return found
  if (found.obstacle.type !== 'link') return undefined
  return refuse({
    code: 'ips::installer_error::unsafe_path',
    fmri: formatFmri(fmri),
    path,
    parent: found.path,
  })
}

/** The directory at a path. Missing directories are made, 0755 root:root. */
export function ensureDirectory(simulation: Simulation, path: string, fmri: Fmri): TreeNode {
  if (path === '') return simulation.tree.root
  const found = findSafely(simulation, path, fmri)
  if (found?.type === 'directory') return found
  if (found?.type === 'link') {
    return refuse({ code: 'ips::installer_error::unsafe_path', fmri: formatFmri(fmri), path, parent: path })
  }
  const parent = ensureDirectory(simulation, parentOf(path), fmri)
  if (found !== undefined) salvage(simulation, found, fmri)
  const made = newNode('directory', { mode: 0o755, uid: 0, gid: 0 })
  simulation.tree.attach(parent, nameOf(path), made)
  return made
}

/** The directory above a path, after the path was cleared: the node there is removed for good, unless the plan copies it. */
function clearPlace(simulation: Simulation, path: string, fmri: Fmri): TreeNode {
  const parent = ensureDirectory(simulation, parentOf(path), fmri)
  const present = simulation.tree.child(parent, nameOf(path))
  if (present !== undefined && simulation.copied.has(present)) simulation.tree.detach(present)
  else if (present !== undefined) simulation.tree.uproot(present)
  return parent
}

/** Puts a node at a path; replaces anything there. */
export function putAt(simulation: Simulation, path: string, node: TreeNode, fmri: Fmri): void {
  simulation.tree.attach(clearPlace(simulation, path, fmri), nameOf(path), node)
}

/** Puts the file of a change at a path; replaces anything there. */
export function plantAt(simulation: Simulation, path: string, leaf: Leaf, fmri: Fmri): void {
  simulation.tree.plant(clearPlace(simulation, path, fmri), nameOf(path), leaf)
}

/** Moves a node to lost+found. Source: image-plan §7. */
export function salvage(simulation: Simulation, node: TreeNode, fmri: Fmri): void {
  const { tree } = simulation
  const path = tree.pathOf(node)
  const stamped = `${simulation.metadataPath}/lost+found/${path}-${formatTimestamp(simulation.target.now)}`
  let place = stamped
  for (let count = 1; tree.find(place) !== undefined; count++) place = `${stamped}-${count}`
  tree.detach(node)
  tree.attach(ensureDirectory(simulation, parentOf(place), fmri), nameOf(place), node)
  simulation.salvaged.push({ from: path, to: place, node })
}

/** True for the metadata folder and the directories that lead to it. */
export function leadsToMetadata(simulation: Simulation, path: string): boolean {
  return isWithin(simulation.metadataPath, path)
}

/** Reads a payload for a decision; empty in a dry run that has not fetched it. */
function consultPayload(simulation: Simulation, owned: OwnedAction): Uint8Array {
  simulation.consulted.add(owned)
  return isUnfetched(simulation, owned) ? new Uint8Array(0) : readPayload(simulation.target, owned)
}

/** True in a dry run for a payload that is not there yet. */
function isUnfetched({ payloadsOptional, target }: Simulation, { action, fmri }: OwnedAction): boolean {
  return payloadsOptional && target.payloadPath(action, fmri) === undefined
}

/** Content of a regular file of the tree. */
export function contentOf(simulation: Simulation, node: TreeNode): Uint8Array {
  const { content, origin } = node
  if (origin !== undefined)
    return simulation.target.filesystem.readFile(hostPath(simulation.target.root, origin.path))
  if (content?.kind === 'bytes') return content.bytes
  if (content?.kind === 'payload') return consultPayload(simulation, content)
  if (content?.kind === 'copy') return contentOf(simulation, content.of)
  if (content?.kind === 'hardlink') return contentOf(simulation, content.to)
  return new Uint8Array(0)
}

/** True when the content of a file differs from its action, or when the action states no digest. */
export function isModified(simulation: Simulation, node: TreeNode, action: Action): boolean {
  const digest = contentDigest(action)
  if (digest === undefined || node.type !== 'file') return true
  if (node.content?.kind === 'payload') return !samePayload(node.content.action, action)
  if (node.origin !== undefined) {
    const path = hostPath(simulation.target.root, node.origin.path)
    return digestOfFile(simulation.target.filesystem, path, digest.algorithm) !== digest.hex
  }
  return digestOfBytes(digest.algorithm, contentOf(simulation, node)) !== digest.hex
}

/** Text of a user database after the plan; undefined: there is no regular file. */
function databaseText(simulation: Simulation, name: DatabaseName): string | undefined {
  const found = simulation.tree.find(databasePaths[name])
  if (found === undefined || isObstacle(found) || found.type !== 'file') return undefined
  return Buffer.from(contentOf(simulation, found)).toString('utf8')
}

/** All database texts. */
export function databaseTexts(simulation: Simulation): DatabaseTexts {
  return readDatabases((name) => databaseText(simulation, name))
}

function findChange(
  { changes }: ActionPlan,
  isWanted: (change: ActionChange) => boolean,
): ActionChange | undefined {
  for (const change of changes) if (isWanted(change)) return change
  return undefined
}

/** The user database that the plan delivers, for owners that only it names. */
function deliveredDatabase({ plan }: Simulation, kind: 'passwd' | 'group'): OwnedAction | undefined {
  return findChange(
    plan,
    ({ new: next }) => next?.action.type === 'file' && attribute(next.action, 'path') === databasePaths[kind],
  )?.new
}

function deliveredId(simulation: Simulation, kind: 'passwd' | 'group', name: string): number | undefined {
  const wanted = deliveredDatabase(simulation, kind)
  return wanted === undefined
    ? undefined
    : idOf(Buffer.from(consultPayload(simulation, wanted)).toString('utf8'), name)
}

/** Names the package of the plan that removes an account, as the end of a sentence. Source: image-plan §9. */
function removerOf({ plan }: Simulation, kind: 'passwd' | 'group', name: string): string {
  const [type, key] = kind === 'passwd' ? (['user', 'username'] as const) : (['group', 'groupname'] as const)
  const removal = findChange(
    plan,
    ({ kind: what, old }) =>
      what === 'remove' && old?.action.type === type && attribute(old.action, key) === name,
  )
  return removal?.old === undefined
    ? ''
    : ` any more: ${formatFmri(removal.old.fmri)} goes, and with it ${name}`
}

/** Number of an owner or group in the databases of the image. Problem: `invalid_action`. */
function resolveId(
  simulation: Simulation,
  kind: 'passwd' | 'group',
  name: string,
  owned: OwnedAction,
): number {
  const key = `${kind} ${name}`
  const known = simulation.idCache.get(key)
  if (known !== undefined) return known
  const text = databaseText(simulation, kind)
  const id =
    simulation.plannedIds[kind].get(name) ?? ownerId(kind, text, name) ?? deliveredId(simulation, kind, name)
  if (id === undefined) {
    // In a dry run the name may be in a database that is not fetched yet.
    const delivered = deliveredDatabase(simulation, kind)
    if (delivered !== undefined && isUnfetched(simulation, delivered)) return 0
    return refuse({
      code: 'ips::installer_error::invalid_action',
      fmri: formatFmri(owned.fmri),
      action: `${owned.action.type}: ${attribute(owned.action, 'path') ?? ''}`,
      reason: `${kind === 'passwd' ? 'owner' : 'group'} ${name} is unknown in this image${removerOf(simulation, kind, name)}`,
    })
  }
  simulation.idCache.set(key, id)
  return id
}

/** Numeric attributes of a dir or file action. */
export function ownershipOf(
  simulation: Simulation,
  owned: OwnedAction,
): { mode: number; uid: number; gid: number } {
  const { action } = owned
  return {
    mode: Number.parseInt(attribute(action, 'mode') ?? '0', 8) & 0o7777,
    uid: resolveId(simulation, 'passwd', attribute(action, 'owner') ?? '', owned),
    gid: resolveId(simulation, 'group', attribute(action, 'group') ?? '', owned),
  }
}

/** Refuses an action of a manifest. Problem: `invalid_action`. */
export function invalidAction({ fmri, action }: OwnedAction, reason: string): never {
  const name = `${action.type}: ${attribute(action, 'path') ?? attribute(action, 'username') ?? attribute(action, 'groupname') ?? ''}`
  return refuse({
    code: 'ips::installer_error::invalid_action',
    fmri: formatFmri(fmri),
    action: name,
    reason,
  })
}
