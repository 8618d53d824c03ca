import { type ActionType, append, attribute, formatFmri, hostPath, quote } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange, ActionPlan, ChangeList } from '../action-plan.ts'
import { refuse } from '../failure.ts'
import { hardLinkTarget, isInStage, nameOf, parentOf } from '../image-path.ts'
import { legacyRecord, legacyRecordPath } from '../plan/legacy-record.ts'
import { discard, discardSalvaged, simulateDiscards } from './discards.ts'
import { checkMounts, separateMoves } from './moves.ts'
import { takeSalvaged } from './salvage-from.ts'
import { completeDatabases, simulateAccount, simulateAccountRemoval } from './simulate-account.ts'
import { simulateFile, simulateLeafRemoval, simulateMoveAway } from './simulate-file.ts'
import {
  ensureDirectory,
  findSafely,
  invalidAction,
  leadsToMetadata,
  ownershipOf,
  putAt,
  type Simulation,
  salvage,
} from './simulation.ts'
import { isObstacle, newNode, type TreeNode } from './target-tree.ts'

function simulateDirectory(simulation: Simulation, change: ActionChange): undefined {
  const owned = change.new!
  const path = attribute(owned.action, 'path') ?? ''
  const wanted = ownershipOf(simulation, owned)
  const found = findSafely(simulation, path, owned.fmri)
  if (found?.type === 'directory') Object.assign(found, wanted)
  else {
    // The content that belongs into the directory may lie where the link leads. Only a repair puts the directory back.
    if (found?.type === 'link' && change.repair === undefined)
      refuse({
        code: 'ips::installer_error::unsafe_path',
        fmri: formatFmri(owned.fmri),
        path,
        parent: path,
      })
    if (found !== undefined) salvage(simulation, found, owned.fmri)
    const parent = ensureDirectory(simulation, parentOf(path), owned.fmri)
    simulation.tree.attach(parent, nameOf(path), newNode('directory', wanted))
  }
  takeSalvaged(simulation, owned, path)
}

function simulateDirectoryRemoval(simulation: Simulation, owned: OwnedAction): void {
  const path = attribute(owned.action, 'path') ?? ''
  const found = simulation.tree.find(path)
  if (found === undefined || leadsToMetadata(simulation, path)) return
  if (isObstacle(found)) return
  if (found.type !== 'directory') {
    salvage(simulation, found, owned.fmri)
    return
  }
  // The mount point stays. Only a delivered directory is reported, because no package named an implied one.
  if (simulation.volumes.isTop(found)) {
    if (attribute(owned.action, 'mode') !== undefined)
      simulation.warnings.push(`${path}: not removed, something is mounted there`)
    return
  }
  dropOldStages(simulation, found)
  if (simulation.tree.isEmpty(found)) simulation.tree.dissolve(found)
  else salvage(simulation, found, owned.fmri)
}

/** Removes from a directory the stages of interrupted runs that recovery missed because their file system was not mounted. */
function dropOldStages(simulation: Simulation, directory: TreeNode): void {
  const { tree } = simulation
  for (const name of tree.names(directory)) {
    const left = isInStage(name) ? tree.child(directory, name) : undefined
    if (left !== undefined) discard(simulation, left)
  }
}

function clearForLeaf(simulation: Simulation, path: string, owned: OwnedAction): TreeNode | undefined {
  const found = findSafely(simulation, path, owned.fmri)
  if (found === undefined || found.type === 'file' || found.type === 'link') return found
  if (found.type === 'other' || !simulation.tree.isEmpty(found)) salvage(simulation, found, owned.fmri)
  else simulation.tree.detach(found)
  return undefined
}

function linkTarget(simulation: Simulation, node: TreeNode): string | undefined {
  if (node.content?.kind === 'link') return node.content.target
  if (node.origin === undefined || node.type !== 'link') return undefined
  const { filesystem, root } = simulation.target
  return filesystem.readLink(hostPath(root, node.origin.path))
}

function simulateLink(simulation: Simulation, change: ActionChange): undefined {
  const owned = change.new!
  const path = attribute(owned.action, 'path') ?? ''
  const target = attribute(owned.action, 'target') ?? ''
  const present = findSafely(simulation, path, owned.fmri)
  const presentTarget = present && linkTarget(simulation, present)
  if (presentTarget === target) return
  const preserved = change.old !== undefined && attribute(owned.action, 'preserve') === 'true'
  if (preserved && presentTarget !== attribute(change.old.action, 'target')) {
    if (simulation.plan.policy?.preserveConfigs !== false) return
    if (present !== undefined) {
      simulation.replaced.push(path)
      salvage(simulation, present, owned.fmri)
    }
  }
  clearForLeaf(simulation, path, owned)
  putAt(
    simulation,
    path,
    newNode('link', { mode: 0o777, uid: 0, gid: 0 }, { kind: 'link', target }),
    owned.fmri,
  )
}

/** Delivers a hard link. A hard link to a hard link leads to the same file. */
function simulateHardLink(simulation: Simulation, change: ActionChange): undefined {
  const owned = change.new!
  const path = attribute(owned.action, 'path') ?? ''
  const targetPath = hardLinkTarget(path, attribute(owned.action, 'target') ?? '')
  const found = targetPath === undefined ? undefined : findSafely(simulation, targetPath, owned.fmri)
  if (found === undefined || found.type !== 'file' || targetPath === path) {
    invalidAction(owned, `its target ${targetPath ?? ''} is not a file`)
  }
  const file = linkedFile(found)
  const present = clearForLeaf(simulation, path, owned)
  const directory = ensureDirectory(simulation, parentOf(path), owned.fmri)
  const { volumeOf } = simulation.volumes
  const volume = volumeOf(directory)
  if (volumeOf(found.parent!) !== volume)
    invalidAction(owned, `its target ${targetPath ?? ''} is on another file system`)
  // On overlayfs a change of one name may leave the others behind: they are made again.
  if (present !== undefined && sameFile(present, file) && volume.renamesDirectories) return
  putAt(simulation, path, newNode('file', file, { kind: 'hardlink', to: file }), owned.fmri)
}

/** The target of a hard link; for a file, the file itself. */
function linkedFile(node: TreeNode): TreeNode {
  return node.content?.kind === 'hardlink' ? node.content.to : node
}

function sameFile(a: TreeNode, b: TreeNode): boolean {
  if (a === b || (a.content?.kind === 'hardlink' && a.content.to === b)) return true
  const left = a.origin?.status
  const right = b.origin?.status
  return (
    left !== undefined && right !== undefined && left.device === right.device && left.inode === right.inode
  )
}

const metadataOwner = { mode: 0o444, uid: 0, gid: 0 }

function licencePath(simulation: Simulation, { fmri, action }: OwnedAction): string {
  const name = quote(attribute(action, 'license') ?? '')
  return `${simulation.metadataPath}/license/${quote(fmri.stem)}/license.${name}`
}

function simulateLicence(simulation: Simulation, change: ActionChange): undefined {
  const owned = change.new!
  putAt(
    simulation,
    licencePath(simulation, owned),
    newNode('file', metadataOwner, { kind: 'payload', fmri: owned.fmri, action: owned.action }),
    owned.fmri,
  )
}

/** Removes a file, and then up to `parents` directories above it that are empty. */
function removeWithParent(simulation: Simulation, path: string, parents: number): void {
  const found = simulation.tree.find(path)
  if (found === undefined || isObstacle(found)) return
  if (found.type === 'directory' && !simulation.tree.isEmpty(found)) return
  simulation.tree.detach(found)
  if (parents > 0) removeWithParent(simulation, parentOf(path), parents - 1)
}

function simulateLegacy(simulation: Simulation, change: ActionChange): undefined {
  const owned = change.new!
  const bytes = Buffer.from(legacyRecord(owned, simulation.target.now, change.legacy))
  const place = legacyRecordPath(owned.action)
  if (place === undefined) invalidAction(owned, 'its pkg is not a plain name')
  putAt(
    simulation,
    place,
    newNode('file', { mode: 0o644, uid: 0, gid: 0 }, { kind: 'bytes', bytes }),
    owned.fmri,
  )
}

function driverRecorded({ warnings }: Simulation, { action }: OwnedAction, what: string): undefined {
  warnings.push(`driver ${attribute(action, 'name') ?? ''}: recorded, not ${what}`)
}

/** Removes a legacy record, and the numbered ones that further instances of the package have beside it. */
function simulateLegacyRemoval(simulation: Simulation, { action }: OwnedAction): void {
  const path = legacyRecordPath(action)
  if (path === undefined) return
  const folder = simulation.tree.find(parentOf(path))
  if (folder !== undefined && !isObstacle(folder) && folder.type === 'directory')
    for (const name of simulation.tree.names(folder))
      if (/^pkginfo\.[0-9]+$/.test(name)) removeWithParent(simulation, `${parentOf(path)}/${name}`, 0)
  removeWithParent(simulation, path, 2)
}

type Removal = (simulation: Simulation, owned: OwnedAction, change: ActionChange) => void

const removeLeaf: Removal = (simulation, _, change) => simulateLeafRemoval(simulation, change)

/** Removes what an action of each type delivered; undefined: nothing is on the disk. */
const removals: Readonly<Record<ActionType, Removal | undefined>> = {
  set: undefined,
  depend: undefined,
  group: simulateAccountRemoval,
  user: simulateAccountRemoval,
  dir: simulateDirectoryRemoval,
  file: removeLeaf,
  hardlink: removeLeaf,
  link: removeLeaf,
  driver: (simulation, owned) => driverRecorded(simulation, owned, 'unbound'),
  unknown: undefined,
  license: (simulation, owned) => removeWithParent(simulation, licencePath(simulation, owned), 1),
  legacy: simulateLegacyRemoval,
  signature: undefined,
}

function simulateRemoval(simulation: Simulation, change: ActionChange): void {
  const owned = change.old!
  removals[owned.action.type]?.(simulation, owned, change)
}

/** Returns 'later' where the delivery needs something that the plan brings later. */
type Delivery = (simulation: Simulation, change: ActionChange, number: number) => 'later' | undefined

/** Delivers an action of each type; undefined: nothing comes to the disk. */
const deliveries: Readonly<Record<ActionType, Delivery | undefined>> = {
  set: undefined,
  depend: undefined,
  group: simulateAccount,
  user: simulateAccount,
  dir: simulateDirectory,
  file: simulateFile,
  // After the others of its kind: see simulateHardLinks.
  hardlink: undefined,
  link: simulateLink,
  driver: (simulation, change) => driverRecorded(simulation, change.new!, 'bound'),
  unknown: undefined,
  license: simulateLicence,
  legacy: simulateLegacy,
  signature: undefined,
}

function simulateDelivery(simulation: Simulation, change: ActionChange, number: number): 'later' | undefined {
  return deliveries[change.new!.action.type]?.(simulation, change, number)
}

function isMove(change: ActionChange): boolean {
  return (
    change.old?.action.type === 'file' &&
    change.new?.action.type === 'file' &&
    attribute(change.old.action, 'path') !== attribute(change.new.action, 'path')
  )
}

/** Replaces files of the image itself; owner and mode stay. */
function simulateMetadataFiles(simulation: Simulation): void {
  const { tree, plan, metadataPath } = simulation
  for (const { name, text } of plan.metadataFiles) {
    const folder = tree.find(metadataPath)
    if (folder === undefined || isObstacle(folder) || folder.type !== 'directory' || name.includes('/'))
      throw new RangeError(`no place for ${metadataPath}/${name}`)
    const present = tree.child(folder, name)
    const status = present?.type === 'file' ? present : { mode: 0o644, uid: folder.uid, gid: folder.gid }
    if (present !== undefined) tree.detach(present)
    tree.attach(folder, name, newNode('file', status, { kind: 'bytes', bytes: Buffer.from(text) }))
  }
}

/** Goes through changes with their numbers. */
function numbered(changes: ChangeList, visit: (change: ActionChange, number: number) => void): void {
  let number = 0
  for (const change of changes) visit(change, number++)
}

function pathOf({ changes }: ActionPlan, number: number): string {
  return attribute(changes.at(number)!.new!.action, 'path') ?? ''
}

function targetOf({ changes }: ActionPlan, number: number): string | undefined {
  const { action } = changes.at(number)!.new!
  return hardLinkTarget(attribute(action, 'path') ?? '', attribute(action, 'target') ?? '')
}

/** Delivers hard links, each after the one that it names where that one is among them. */
function simulateHardLinks(simulation: Simulation, numbers: readonly number[]): void {
  const { plan } = simulation
  const waiting = new Map(numbers.map((number) => [pathOf(plan, number), number]))
  for (const first of numbers) {
    const chain: number[] = []
    let path: string | undefined = pathOf(plan, first)
    for (let number = waiting.get(path); number !== undefined; number = waiting.get(path ?? '')) {
      waiting.delete(path ?? '')
      chain.push(number)
      path = targetOf(plan, number)
    }
    for (const number of chain.reverse()) simulateHardLink(simulation, plan.changes.at(number)!)
  }
}

/** Makes hard links to hard links again: an update may have given the name another file since. */
function renewHardLinks(simulation: Simulation, numbers: readonly number[]): void {
  const { plan } = simulation
  const paths = new Set(numbers.map((number) => pathOf(plan, number)))
  simulateHardLinks(
    simulation,
    numbers.filter((number) => paths.has(targetOf(plan, number) ?? '')),
  )
}

/**
 * Simulates a whole plan in the order of execution: discards, files that move away, removals, installs, updates, files of the
 * image itself. Among installs and updates hard links come last.
 */
export function simulatePlan(simulation: Simulation): void {
  const { changes } = simulation.plan
  simulateDiscards(simulation)
  numbered(changes, (change, number) => {
    if (isMove(change)) simulateMoveAway(simulation, change, number)
  })
  for (const change of changes) if (change.kind === 'remove') simulateRemoval(simulation, change)
  const hardLinks: number[] = []
  for (const kind of ['install', 'update'] as const) {
    const again: number[] = []
    const links: number[] = []
    numbered(changes, (change, number) => {
      if (change.kind !== kind) return
      if (change.new?.action.type === 'hardlink') links.push(number)
      else if (simulateDelivery(simulation, change, number) === 'later') again.push(number)
    })
    for (const number of again) {
      const change = changes.at(number)!
      if (simulateDelivery(simulation, change, number) === 'later' && !simulation.payloadsOptional)
        invalidAction(change.new!, 'the image has no user databases')
    }
    simulateHardLinks(simulation, links)
    append(hardLinks, links)
  }
  renewHardLinks(simulation, hardLinks)
  completeDatabases(simulation)
  if (simulation.plan.policy?.noBackup === true) discardSalvaged(simulation)
  simulateMetadataFiles(simulation)
  checkMounts(simulation)
  separateMoves(simulation)
}
