import {
  type Action,
  type ActionType,
  attribute,
  formatAction,
  formatFmri,
  type ImageKind,
  keyAttribute,
  type ValidationProblem,
} from '#model'
import type { OwnedAction } from '../action-key.ts'
import { hardLinkTarget, isWithin, parentOf, pathFault } from '../image-path.ts'

const notHere = 'belongs to the system around this image'

/** Why only full images take actions of a type; undefined: all images do. See docs/differences.md, "Image kinds". */
const systemTypes: Readonly<Record<ActionType, string | undefined>> = {
  set: undefined,
  depend: undefined,
  group: `a group ${notHere}`,
  user: `a user ${notHere}`,
  dir: undefined,
  file: undefined,
  hardlink: undefined,
  link: undefined,
  driver: `a driver ${notHere}`,
  unknown: undefined,
  license: undefined,
  legacy: undefined,
  signature: undefined,
}

/** Directories that packages may deliver, but never anything into them. Source: image-plan §4.4. */
const closedDirectories = ['tmp', 'var/tmp', 'var/share', 'system/volatile']
const SET_ID = 0o6000

/** Facts about the image that decide which actions it refuses. */
export interface RefusalRules {
  readonly imageKind: ImageKind
  /** Relative to the root. */
  readonly metadataPath: string
}

/** A name as file systems compare it that ignore case, compatibility forms or characters that cannot be seen. */
function folded(path: string): string {
  // Needs no Unicode tables.
  if (/^\p{ASCII}*$/u.test(path)) return path.toLowerCase()
  return path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .normalize('NFKC')
}

/** True when some file systems take the path for the metadata folder or something in it. */
export function spellsPathIn(path: string, metadataPath: string): boolean {
  return isWithin(folded(path), folded(metadataPath))
}

/** True when some file systems take the path for the metadata folder or something above it. */
export function spellsPathTo(path: string, metadataPath: string): boolean {
  return isWithin(folded(metadataPath), folded(path))
}

function isOtherSpelling(action: Action, path: string, metadataPath: string): boolean {
  if (isWithin(path, metadataPath) || isWithin(metadataPath, path)) return false
  return spellsPathIn(path, metadataPath) || (action.type !== 'dir' && spellsPathTo(path, metadataPath))
}

function pathReason(action: Action, path: string, metadataPath: string): string | undefined {
  const fault = pathFault(path)
  if (fault !== undefined) return fault
  if (path !== metadataPath && isWithin(path, metadataPath))
    return `${metadataPath} is reserved for the image itself`
  if (action.type !== 'dir' && isWithin(metadataPath, path))
    return `${path} must stay a directory for the image itself`
  if (isOtherSpelling(action, path, metadataPath))
    return `some file systems take ${path} for ${metadataPath}, which is reserved for the image itself`
  const parent = parentOf(path)
  const closed = closedDirectories.find((directory) => isWithin(parent, directory))
  if (closed !== undefined) return `nothing may be delivered into ${closed}`
  if (action.type === 'hardlink' && hardLinkTarget(path, attribute(action, 'target') ?? '') === undefined)
    return 'the target is outside the image'
  return undefined
}

/** A reason that holds in every kind of image. */
function reasonEverywhere(action: Action, rules: RefusalRules): string | undefined {
  const hasPath = keyAttribute(action.type) === 'path'
  return hasPath ? pathReason(action, attribute(action, 'path') ?? '', rules.metadataPath) : undefined
}

/** A reason of this kind of image. */
function reasonHere(action: Action, rules: RefusalRules): string | undefined {
  const reason = rules.imageKind === 'full' ? undefined : systemTypes[action.type]
  if (reason !== undefined) return reason
  if (action.type === 'file' && rules.imageKind === 'user') {
    const mode = Number.parseInt(attribute(action, 'mode') ?? '', 8)
    if ((mode & SET_ID) !== 0) return 'a user image takes no set-user-id or set-group-id file'
  }
  return undefined
}

/** The problem of an action that may not be delivered to this image, or undefined. Code: `forbidden_action`. */
export function refuseAction(
  { fmri, action }: OwnedAction,
  rules: RefusalRules,
): ValidationProblem | undefined {
  const everywhere = reasonEverywhere(action, rules)
  const reason = everywhere ?? reasonHere(action, rules)
  if (reason === undefined) return undefined
  return {
    code: 'ips::validation_error::forbidden_action',
    imageKind: rules.imageKind,
    fmri: formatFmri(fmri),
    action: formatAction(action),
    reason,
    ...(everywhere === undefined ? {} : { everywhere: true }),
  }
}
