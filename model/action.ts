import { type ActionType, keyAttribute } from './action-types.ts'
import type { Tag } from './catalog.ts'
import { compareCodePoints } from './text-order.ts'

/** One value, or several in input order when the key is repeated. */
export type AttributeValue = string | readonly string[]

/** One action of a manifest. `path` has no leading slash. Attribute names come from outside: never use them as object keys. */
export interface Action {
  readonly type: ActionType
  /** SHA-1 name of the payload, or another bare word such as NOHASH; undefined when there is none. */
  readonly payload: string | undefined
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

/** Single value, the first of several, or undefined. */
export function attribute(action: Action, name: string): string | undefined {
  const value = action.attributes.get(name)
  return typeof value === 'string' ? value : value?.[0]
}

const none: readonly string[] = []

/** All values; empty when absent. */
export function attributes(action: Action, name: string): readonly string[] {
  const value = action.attributes.get(name)
  if (value === undefined) return none
  return typeof value === 'string' ? [value] : value
}

/** Value of the key attribute, or undefined for types without key; the first where a depend action lists several. */
export function actionKey(action: Action): string | undefined {
  const key = keyAttribute(action.type)
  return key === undefined ? undefined : attribute(action, key)
}

/** True for an attribute name that is a facet or a variant tag. */
export function isTagName(name: string): boolean {
  return name.startsWith('facet.') || name.startsWith('variant.')
}

/** Facet and variant tags of the action, sorted by name. */
export function actionTags(action: Action): readonly Tag[] {
  let tags: Tag[] | undefined
  for (const [name, value] of action.attributes) {
    if (!isTagName(name)) continue
    tags ??= []
    tags.push({ name, values: typeof value === 'string' ? [value] : value })
  }
  return tags === undefined ? [] : tags.sort((a, b) => compareCodePoints(a.name, b.name))
}
