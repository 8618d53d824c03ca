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
import type { ChangeList } from '../action-plan.ts'
import { hardLinkTarget, isWithin, parentOf, pathFault } from '../image-path.ts'
import type { InstallerProblem } from '../problems.ts'
import { reservedFault } from './reserved-paths.ts'

const notHere = 'belongs to the system around this image'

type Fault = (action: Action) => string | undefined

const ownershipFault: Fault = (action) => {
  for (const name of ['mode', 'owner', 'group'])
    if (attribute(action, name) === undefined) return `it has no ${name}`
  return /^[0-7]{1,5}$/.test(attribute(action, 'mode')!) ? undefined : 'its mode is not octal'
}

const payloadFault: Fault = ({ payload = 'NOHASH' }) =>
  payload === 'NOHASH' ? 'it names no content' : undefined

const targetFault: Fault = (action) => {
  const target = attribute(action, 'target') ?? ''
  if (target === '') return 'it has no target'
  return target.includes('\0') ? 'its target has a NUL character' : undefined
}

interface TypeRule {
  /** What makes an action impossible to carry out; undefined: the type requires nothing here. */
  readonly fault?: Fault
  /** Why only full images take the type; undefined: all images do. See docs/differences.md, "Image kinds". */
  readonly system?: string
}

const typeRules: Readonly<Record<ActionType, TypeRule>> = {
  set: {},
  depend: {},
  group: { system: `a group ${notHere}` },
  user: { system: `a user ${notHere}` },
  dir: { fault: ownershipFault },
  file: { fault: (action) => ownershipFault(action) ?? payloadFault(action) },
  hardlink: { fault: targetFault },
  link: { fault: targetFault },
  driver: { system: `a driver ${notHere}` },
  unknown: {},
  license: { fault: payloadFault },
  legacy: {},
  signature: {},
}

/** Directories that packages may deliver, but never anything into them. Source: image-plan §4.4. */
const closedDirectories = ['tmp', 'var/tmp', 'var/share', 'system/volatile']
const SET_ID = 0o6000

/** Facts about the image that decide which actions it refuses. */
interface RefusalRules {
  readonly imageKind: ImageKind
  /** Relative to the root. */
  readonly metadataPath: string
}

function pathReason(action: Action, path: string, metadataPath: string): string | undefined {
  const fault = pathFault(path) ?? reservedFault(action.type, path, metadataPath)
  if (fault !== undefined) return fault
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
  const reason = rules.imageKind === 'full' ? undefined : typeRules[action.type].system
  if (reason !== undefined) return reason
  if (action.type === 'file' && rules.imageKind === 'user') {
    const mode = Number.parseInt(attribute(action, 'mode') ?? '', 8)
    if ((mode & SET_ID) !== 0) return 'a user image takes no set-user-id or set-group-id file'
  }
  return undefined
}

/** The problem of an action that may not be delivered to this image, or undefined. Code: `forbidden_action`. */
function refuseAction({ fmri, action }: OwnedAction, rules: RefusalRules): ValidationProblem | undefined {
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

function faultOf({ fmri, action }: OwnedAction): InstallerProblem | undefined {
  const reason = typeRules[action.type].fault?.(action)
  if (reason === undefined) return undefined
  const name = `${action.type}: ${attribute(action, 'path') ?? attribute(action, 'license') ?? ''}`
  return { code: 'ips::installer_error::invalid_action', fmri: formatFmri(fmri), action: name, reason }
}

/**
 * Why changes cannot be carried out in an image, whatever is on its disk. Only new actions are refused: an image that has such an
 * action already can still be changed and cleaned. Problems: `forbidden_actions`, `invalid_action`.
 */
export function checkChanges(rules: RefusalRules, changes: ChangeList): InstallerProblem | undefined {
  const problems: ValidationProblem[] = []
  for (const change of changes) {
    const problem = change.new && refuseAction(change.new, rules)
    if (problem !== undefined) problems.push(problem)
  }
  if (problems.length > 0) return { code: 'ips::installer_error::forbidden_actions', problems }
  for (const change of changes) {
    const fault = change.new && faultOf(change.new)
    if (fault !== undefined) return fault
  }
  return undefined
}
