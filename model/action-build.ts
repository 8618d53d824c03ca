import type { Action, AttributeValue } from './action.ts'
import { type ActionType, keyAttribute, takesPayload } from './action-types.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'

/** Why an action is invalid, in words. */
export interface ActionFault {
  readonly reason: string
}

/**
 * Makes an action of parts that do not come from text, by the rules that also hold for parsed ones. The map is taken
 * over: the caller must not change it afterwards. Problem: `bad_action`. Source: manifest-and-actions §1.2, §2.
 */
export function createAction(
  type: ActionType,
  payload: string | undefined,
  attributes: Map<string, AttributeValue>,
): Result<Action, ValidationProblem> {
  const built = buildAction(type, payload, attributes)
  if (!('reason' in built)) return ok(built)
  return err({
    code: 'ips::validation_error::bad_action',
    text: type,
    reason: built.reason,
    offset: undefined,
  })
}

/** Applies the rules for every parsed action: checks and normalises `attributes` in place. */
export function buildAction(
  type: ActionType,
  payload: string | undefined,
  attributes: Map<string, AttributeValue>,
): Action | ActionFault {
  if (payload !== undefined && !takesPayload(type)) return { reason: `${type} takes no payload` }
  if (type === 'set') nameSingleAttribute(attributes)
  if (type === 'signature') {
    if (!attributes.has('algorithm')) return { reason: 'signature needs the attribute algorithm' }
    if (!attributes.has('value')) attributes.set('value', '')
    if (!attributes.has('version')) attributes.set('version', '0')
  }
  const fault = keyFault(type, attributes)
  if (fault !== undefined) return { reason: fault }
  if (type === 'file' || type === 'dir') rewriteMode(attributes)
  if (type === 'driver') prefixClonePermissions(attributes)
  return { type, payload: payload === '' ? undefined : payload, attributes }
}

/** `set foo=bar` means `set name=foo value=bar`. */
function nameSingleAttribute(attributes: Map<string, AttributeValue>): void {
  if (attributes.size !== 1) return
  for (const [name, value] of [...attributes]) {
    attributes.clear()
    attributes.set('name', name)
    attributes.set('value', value)
  }
}

function keyFault(type: ActionType, attributes: Map<string, AttributeValue>): string | undefined {
  if (type === 'set' && !attributes.has('value')) return 'set needs the attributes name and value'
  const key = keyAttribute(type)
  if (key === undefined) return undefined
  const value = attributes.get(key)
  if (value === undefined) return `${type} needs the attribute ${key}`
  if (typeof value !== 'string') {
    if (type === 'depend' && typeof attributes.get('type') === 'string') return undefined
    return `${type} has more than one ${key}`
  }
  if (key !== 'path') return undefined
  if (!value.startsWith('/')) return value === '' ? 'path is empty' : undefined
  let start = 1
  while (value.charCodeAt(start) === 0x2f) start++
  if (start === value.length) return 'path is empty'
  attributes.set('path', value.slice(start))
  return undefined
}

function rewriteMode(attributes: Map<string, AttributeValue>): void {
  const mode = attributes.get('mode')
  if (typeof mode === 'string' && mode.startsWith('0o')) attributes.set('mode', `0${mode.slice(2)}`)
}

/** `clone_perms="0666 root sys"` of driver foo means `clone_perms="foo 0666 root sys"`. */
function prefixClonePermissions(attributes: Map<string, AttributeValue>): void {
  const value = attributes.get('clone_perms')
  const name = attributes.get('name')
  if (value === undefined || typeof name !== 'string') return
  const prefixed = (text: string): string =>
    text.split(/[ \t\n]+/).filter((word) => word !== '').length === 3 ? `${name} ${text}` : text
  attributes.set('clone_perms', typeof value === 'string' ? prefixed(value) : value.map(prefixed))
}
