import { type Action, attribute } from './action.ts'
import { type ActionType, actionRank } from './action-types.ts'
import { compareCodePoints } from './text-order.ts'

/** Purpose of the text: signed text also quotes list members that contain `$(`. */
export type ActionTextPurpose = 'manifest' | 'signature'

/**
 * Canonical text, without newline. Some values (a TAB without a blank, a quoted value that ends in a backslash) cannot be
 * printed so that they read back; `printsFaithfully` tells. Source: manifest-and-actions §1.2.
 */
export function formatAction(action: Action, purpose: ActionTextPurpose = 'manifest'): string {
  const { payload } = action
  const bare = payload === undefined || !/[= "]/.test(payload)
  let text: string = action.type
  if (payload !== undefined && bare) text += ` ${payload}`
  const names = [...action.attributes.keys()]
  if (!bare) names.push('hash')
  for (const name of names.sort(compareCodePoints)) {
    const value = name === 'hash' && !bare ? payload : action.attributes.get(name)!
    if (typeof value === 'string') {
      text += ` ${name}=${quoted(value, true)}`
    } else {
      for (const one of value) text += ` ${name}=${quoted(one, purpose === 'signature')}`
    }
  }
  return text
}

function quoted(value: string, guardSubstitution: boolean): string {
  const needed = value === '' || /[ '"]/.test(value) || (guardSubstitution && value.includes('$('))
  if (!needed) return value
  if (!value.includes('"')) return `"${value}"`
  if (!value.includes("'")) return `'${value}'`
  return `"${value.replaceAll('"', '\\"')}"`
}

/**
 * Order of actions for sorted printing: type rank, then path for dir and hardlink, uid for user, gid for group (absent
 * counts as 1024), name for driver with `clone` first; all others are left in the order they have. Never sort a manifest
 * that is stored: its digest would change. Source: manifest-and-actions §1.2.
 */
export function compareActions(a: Action, b: Action): number {
  return actionRank(a.type) - actionRank(b.type) || (orders[a.type]?.(a, b) ?? 0)
}

/** Order of actions of one type. Undefined: they stay in the order they have. */
const orders: Readonly<Record<ActionType, ((a: Action, b: Action) => number) | undefined>> = {
  set: undefined,
  depend: undefined,
  group: (a, b) => accountNumber(a, 'gid') - accountNumber(b, 'gid'),
  user: (a, b) => accountNumber(a, 'uid') - accountNumber(b, 'uid'),
  dir: comparePaths,
  file: undefined,
  hardlink: comparePaths,
  link: undefined,
  driver: compareDrivers,
  unknown: undefined,
  license: undefined,
  legacy: undefined,
  signature: undefined,
}

function comparePaths(a: Action, b: Action): number {
  return compareCodePoints(attribute(a, 'path') ?? '', attribute(b, 'path') ?? '')
}

function compareDrivers(a: Action, b: Action): number {
  const [left, right] = [attribute(a, 'name') ?? '', attribute(b, 'name') ?? '']
  if (left === right) return 0
  if (left === 'clone' || right === 'clone') return left === 'clone' ? -1 : 1
  return compareCodePoints(left, right)
}

function accountNumber(action: Action, name: string): number {
  const text = attribute(action, name)
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : 1024
}
