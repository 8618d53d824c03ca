import { attribute, attributes, parseTimestamp } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange } from '../action-plan.ts'
import { decideFile, decideRemoval, type FileDecision, preserveOf } from '../files/preserve.ts'
import {
  findSafely,
  isModified,
  ownershipOf,
  plantAt,
  putAt,
  type Simulation,
  salvage,
} from './simulation.ts'
import { isObstacle, newNode, type TreeNode } from './target-tree.ts'

/** The action that a change delivers, and the number of the change. */
interface Delivery {
  readonly owned: OwnedAction
  readonly number: number
}

/** Puts the file of a change at a path. */
function deliverAt(simulation: Simulation, { owned, number }: Delivery, path: string): void {
  const wanted = attributes(owned.action, 'sysattr')
  if (wanted.length > 0)
    simulation.warnings.push(
      `${attribute(owned.action, 'path')}: its system attributes (${wanted.join(',')}) are not set`,
    )
  const mtime = parseTimestamp(attribute(owned.action, 'timestamp'))
  const { mode, uid, gid } = ownershipOf(simulation, owned)
  plantAt(simulation, path, { type: 'file', mode, uid, gid, mtime, change: number }, owned.fmri)
}

/** A second node for the present file: one name keeps the content while the other gets new content. */
function secondName(node: TreeNode): TreeNode {
  if (node.origin === undefined) return newNode('file', node, node.content)
  return newNode('file', node, { kind: 'hardlink', to: node, mayCopy: true })
}

/** Puts the present file or link aside: into lost+found, under a name that ends in `aside`, or nowhere. */
function setAside(simulation: Simulation, present: TreeNode, owned: OwnedAction, aside: string): void {
  if (aside === 'salvage') {
    salvage(simulation, present, owned.fmri)
    return
  }
  const path = simulation.tree.pathOf(present)
  if (aside === 'discard') {
    simulation.discarded.push(path)
    return
  }
  const beside = findSafely(simulation, path + aside, owned.fmri)
  if (beside?.type === 'directory') salvage(simulation, beside, owned.fmri)
  if (present.type === 'link') {
    simulation.tree.detach(present)
    putAt(simulation, path + aside, present, owned.fmri)
  } else putAt(simulation, path + aside, secondName(present), owned.fmri)
}

/** Sets mode and owner. A link has none of its own, and is never followed. */
function setAttributes(simulation: Simulation, node: TreeNode, owned: OwnedAction): void {
  if (node.type !== 'link') Object.assign(node, ownershipOf(simulation, owned))
}

/** Moves the file that `original_name` names to its new path, as if it had always been there. */
function restoreMoved(simulation: Simulation, { owned: { fmri }, number }: Delivery, path: string): boolean {
  const moved = simulation.moved.get(number)
  if (moved === undefined) return false
  const inTheWay = findSafely(simulation, path, fmri)
  if (inTheWay !== undefined) salvage(simulation, inTheWay, fmri)
  putAt(simulation, path, newNode('file', moved, { kind: 'copy', of: moved }), fmri)
  return true
}

/** A link in the place of an editable file is the administrator's work: where new content takes the place, the link is salvaged. */
function salvageLink(simulation: Simulation, { action, fmri }: OwnedAction, path: string): void {
  const found = preserveOf(action) === undefined ? undefined : findSafely(simulation, path, fmri)
  if (found?.type === 'link') salvage(simulation, found, fmri)
}

function apply(
  simulation: Simulation,
  delivery: Delivery,
  decision: FileDecision,
  present: TreeNode | undefined,
): void {
  const { owned } = delivery
  const path = attribute(owned.action, 'path') ?? ''
  switch (decision.content) {
    case 'untouched':
      return
    case 'keep':
      if (decision.aside !== undefined && present !== undefined) {
        setAside(simulation, present, owned, decision.aside)
      } else if (present !== undefined) setAttributes(simulation, present, owned)
      return
    case 'deliver-beside': {
      const beside = findSafely(simulation, path + decision.suffix, owned.fmri)
      if (beside?.type === 'directory') salvage(simulation, beside, owned.fmri)
      deliverAt(simulation, delivery, path + decision.suffix)
      return
    }
    case 'deliver':
      if (decision.aside !== undefined && present !== undefined) {
        setAside(simulation, present, owned, decision.aside)
      }
      salvageLink(simulation, owned, path)
      deliverAt(simulation, delivery, path)
  }
}

const deliver: FileDecision = { content: 'deliver' }

/** The decision for a repair of attributes: a file that is missing by now is delivered. */
function keepOrDeliver(present: TreeNode | undefined): FileDecision {
  return present === undefined ? deliver : { content: 'keep' }
}

/** Installs or updates a file by the rules for editable files. Source: image-plan §6. */
export function simulateFile(simulation: Simulation, change: ActionChange, number: number): undefined {
  const owned = change.new!
  const delivery = { owned, number }
  const path = attribute(owned.action, 'path') ?? ''
  const moves = change.old !== undefined && attribute(change.old.action, 'path') !== path
  const restored = restoreMoved(simulation, delivery, path)
  let found = findSafely(simulation, path, owned.fmri)
  if (found !== undefined && found.type === 'directory') {
    if (!simulation.tree.isEmpty(found)) salvage(simulation, found, owned.fmri)
    else simulation.tree.detach(found)
    found = undefined
  } else if (found?.type === 'other') {
    salvage(simulation, found, owned.fmri)
    found = undefined
  }
  const file = found?.type === 'file' ? found : undefined
  if (change.repair !== undefined) {
    apply(simulation, delivery, change.repair === 'content' ? deliver : keepOrDeliver(file), file)
    return
  }
  // A link in the place of an editable file counts as an edited file, wherever it leads.
  const present = found?.type === 'link' && preserveOf(owned.action) !== undefined ? found : file
  const old = moves && !restored ? undefined : change.old
  const package_ = simulation.packages.get(owned.fmri.stem)
  const firstInstall = package_ !== undefined && package_.from === undefined
  const { policy } = simulation.plan
  const decision = decideFile({
    old,
    new: owned,
    sameContent: change.sameContent === true,
    firstInstall,
    policy,
    present: present !== undefined,
    modified: () => present !== undefined && old !== undefined && isModified(simulation, present, old.action),
  })
  const isSalvaged = 'aside' in decision && decision.aside === 'salvage'
  const isReplaced = isSalvaged && decision.content === 'deliver' && !firstInstall
  if (policy?.preserveConfigs === false && isReplaced) simulation.replaced.push(path)
  apply(simulation, delivery, decision, present)
}

/**
 * Detaches a file that moves to another path, before anything is installed. A link in its place is salvaged, because at another path it may
 * lead to another file. Source: image-plan §6.3.
 */
export function simulateMoveAway(simulation: Simulation, change: ActionChange, number: number): void {
  const path = attribute(change.old!.action, 'path') ?? ''
  const found = simulation.tree.find(path)
  if (found === undefined || isObstacle(found)) return
  if (found.type === 'link' && preserveOf(change.old!.action) !== undefined && change.leavesOld !== true)
    salvage(simulation, found, change.old!.fmri)
  if (found.type !== 'file') return
  simulation.moved.set(number, found)
  simulation.copied.add(found)
  if (change.leavesOld !== true) simulation.tree.detach(found)
}

/** Removes a file, link or hard link. A directory in its place stays, and is salvaged with its parent. */
export function simulateLeafRemoval(simulation: Simulation, change: ActionChange): void {
  const { action, fmri } = change.old!
  const path = attribute(action, 'path') ?? ''
  const found = simulation.tree.find(path)
  if (isObstacle(found)) {
    simulation.warnings.push(`${path}: not removed, its parent ${found.path} is no longer a directory`)
    return
  }
  if (found === undefined || found.type === 'directory') return
  if (change.repair !== undefined) {
    // No action delivers this content, so it may belong to the user and is not deleted.
    if (isModified(simulation, found, action)) salvage(simulation, found, fmri)
    else simulation.tree.uproot(found)
    return
  }
  const package_ = simulation.packages.get(fmri.stem)
  const uninstalled = package_ !== undefined && package_.to === undefined
  if (action.type === 'file') {
    const fate = decideRemoval(action, uninstalled, () => isModified(simulation, found, action))
    if (fate === 'leave') return
    if (fate === 'salvage') {
      salvage(simulation, found, fmri)
      return
    }
  } else if (found.type !== (action.type === 'link' ? 'link' : 'file')) {
    salvage(simulation, found, fmri)
    return
  }
  simulation.tree.uproot(found)
}
