import { attribute, comparableAttribute, type Filesystem, hostPath } from '#model'
import type { ActionChange, ActionPlan } from '../action-plan.ts'
import { contentDigest, digestOfFile } from '../files/content-digest.ts'
import { decideFile, decideRemoval, preserveOf } from '../files/preserve.ts'

/** Editable files that a plan changes; paths are relative to the image root, each list is sorted. Source: image-plan §6.5. */
export interface EditableChanges {
  /** From and to. */
  readonly moved: readonly (readonly [string, string])[]
  readonly removed: readonly string[]
  readonly installed: readonly string[]
  /** Content or attributes change in place. */
  readonly updated: readonly string[]
}

/** The disk that a plan is compared with. */
export interface EditablePlace {
  readonly filesystem: Filesystem
  /** Root directory of the image, absolute. */
  readonly root: string
}

interface Collected {
  readonly moved: [string, string][]
  readonly removed: string[]
  readonly installed: string[]
  readonly updated: string[]
}

/**
 * Lists what a plan does to files with `preserve`, by the rules of the executor and the disk as it is. Reads only. For the summary of a
 * plan: the executor decides again when it acts. Throws `FilesystemError`.
 */
export function editableChanges(plan: ActionPlan, place: EditablePlace): EditableChanges {
  const collected: Collected = { moved: [], removed: [], installed: [], updated: [] }
  const packages = new Map(plan.packages.map((each) => [(each.from ?? each.to)?.stem, each]))
  for (const change of plan.changes) {
    if (change.new === undefined) collectRemoval(collected, change, packages)
    else if (isEditable(change.new) || isEditable(change.old) || isOverlay(change.new))
      collectDelivery(collected, { ...place, packages, policy: plan.policy }, change, change.new)
  }
  collected.moved.sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
  for (const list of [collected.removed, collected.installed, collected.updated]) list.sort()
  return collected
}

type Packages = ReadonlyMap<string | undefined, ActionPlan['packages'][number]>

/** The file, or the link of an administrator, at the path of an editable file; undefined: neither is there. */
function presentAt(place: EditablePlace, path: string): 'file' | 'link' | undefined {
  const type = place.filesystem.lstat(hostPath(place.root, path))?.type
  return type === 'file' || type === 'link' ? type : undefined
}

/** The content on disk is not that of the action. */
function isModified(place: EditablePlace, path: string, action: ActionSide['action']): boolean {
  const digest = contentDigest(action)
  if (presentAt(place, path) === 'link') return true
  return (
    digest !== undefined &&
    digestOfFile(place.filesystem, hostPath(place.root, path), digest.algorithm) !== digest.hex
  )
}

type ActionSide = NonNullable<ActionChange['old']>

function isEditable(side: ActionChange['old']): boolean {
  return side?.action.type === 'file' && preserveOf(side.action) !== undefined
}

/** Whether a file overlays an editable one: only files with `preserve` can be overlaid. */
function isOverlay({ action }: ActionSide): boolean {
  return action.type === 'file' && attribute(action, 'overlay') === 'true'
}

function collectRemoval(collected: Collected, change: ActionChange, packages: Packages): void {
  const old = change.old
  if (old?.action.type !== 'file' || preserveOf(old.action) === undefined) return
  const path = attribute(old.action, 'path') ?? ''
  const uninstalled = packages.get(old.fmri.stem)?.to === undefined
  // Deleting and salvaging both take the file away, so the disk does not matter; one that is missing is listed as well.
  if (decideRemoval(old.action, uninstalled, () => false) !== 'leave') collected.removed.push(path)
}

function collectDelivery(
  collected: Collected,
  place: EditablePlace & { readonly packages: Packages; readonly policy: ActionPlan['policy'] },
  change: ActionChange,
  next: ActionSide,
): void {
  const { packages, policy } = place
  const path = attribute(next.action, 'path') ?? ''
  const oldPath = change.old === undefined ? undefined : attribute(change.old.action, 'path')
  const moves = oldPath !== undefined && oldPath !== path && presentAt(place, oldPath) === 'file'
  const old = oldPath !== undefined && oldPath !== path && !moves ? undefined : change.old
  const from = moves ? oldPath : path
  const found = presentAt(place, from)
  const present = found === 'file' || (found === 'link' && isEditable(next))
  const packageChange = packages.get(next.fmri.stem)
  const decision = decideFile({
    old,
    new: next,
    sameContent: change.sameContent === true,
    firstInstall: packageChange !== undefined && packageChange.from === undefined,
    present,
    policy,
    modified: () => present && old !== undefined && isModified(place, from, old.action),
  })
  switch (decision.content) {
    case 'untouched':
      return
    case 'keep':
      if (moves) collected.moved.push([from, path])
      else if (found === 'file' && old !== undefined && attributesDiffer(old, next))
        collected.updated.push(path)
      return
    case 'deliver-beside':
      if (moves) collected.moved.push([from, path])
      collected.installed.push(path + decision.suffix)
      return
    case 'deliver':
      if (decision.aside?.startsWith('.') === true && present) {
        collected.moved.push([from, path + decision.aside])
        collected.installed.push(path)
      } else if (oldPath !== undefined && oldPath !== path) collected.moved.push([oldPath, path])
      else if (present && change.old !== undefined) collected.updated.push(path)
      else collected.installed.push(path)
  }
}

function attributesDiffer(old: ActionSide, next: ActionSide): boolean {
  return ['mode', 'owner', 'group'].some(
    (name) => comparableAttribute(old.action, name) !== comparableAttribute(next.action, name),
  )
}
