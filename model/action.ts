import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/** In the order of first execution on install (rank). Source: manifest-and-actions §3. */
export const actionTypes = [
  'set',
  'depend',
  'group',
  'user',
  'dir',
  'file',
  'hardlink',
  'link',
  'driver',
  'unknown',
  'license',
  'legacy',
  'signature',
] as const
export type ActionType = (typeof actionTypes)[number]

/** One value, or several in input order when the key is repeated. */
export type AttributeValue = string | readonly string[]

/** One action of a manifest. `path` has no leading slash. Attribute names come from outside: never use them as object keys. */
export interface Action {
  readonly type: ActionType
  /** SHA-1 name of the payload, or another bare word such as NOHASH; undefined when there is none. */
  readonly payload: string | undefined
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

/** Reads one logical line. Linear time. Problem: `bad_action`. */
export function parseAction(_line: string): Result<Action, ValidationProblem> {
  throw new Error('unwritten')
}
/** Canonical text, without newline. Source: manifest-and-actions §1.2. */
export function formatAction(_action: Action): string {
  throw new Error('unwritten')
}
/** Single value, the first of several, or undefined. */
export function attribute(_action: Action, _name: string): string | undefined {
  throw new Error('unwritten')
}
/** All values; empty when absent. */
export function attributes(_action: Action, _name: string): readonly string[] {
  throw new Error('unwritten')
}
/** Rank by type: index in `actionTypes`. */
export function actionRank(_type: ActionType): number {
  throw new Error('unwritten')
}
/** Name of the key attribute (`path`, `name`, ...) of a type, or undefined. */
export function keyAttribute(_type: ActionType): string | undefined {
  throw new Error('unwritten')
}
/** Value of the key attribute, or undefined for types without key. */
export function actionKey(_action: Action): string | undefined {
  throw new Error('unwritten')
}
/** Facet and variant tags of the action, sorted by name. */
export function actionTags(_action: Action): readonly import('./catalog.ts').Tag[] {
  throw new Error('unwritten')
}
