import { type Action, type AttributeValue, attribute, attributes } from './action.ts'
import { keyAttribute, takesPayload } from './action-types.ts'
import { type ContentSubject, sameContent } from './digest.ts'

/** True for a link or hard link with a mediator, which chooses one of several. Source: image-plan §8. */
export function isMediated(action: Action): boolean {
  return (
    (action.type === 'link' || action.type === 'hardlink') &&
    attribute(action, 'mediator') !== undefined &&
    (attribute(action, 'mediator-version') !== undefined ||
      attribute(action, 'mediator-implementation') !== undefined)
  )
}

/**
 * Text by which an action of the old version of a package finds its successor in the new one: type and key attribute, for
 * mediated links and hardlinks type, path, mediator-version and mediator-implementation. Undefined for types without key.
 * Source: manifest-and-actions §7, image-plan §2.1.
 */
export function actionDiffKey(action: Action): string | undefined {
  const name = keyAttribute(action.type)
  if (name === undefined) return undefined
  if (isMediated(action)) {
    const parts = [name, 'mediator-version', 'mediator-implementation'].map((part) => attribute(action, part))
    return `${action.type}\u0001${JSON.stringify(parts.map((part) => part ?? null))}`
  }
  const keys = attributes(action, name)
  if (keys.length > 1) return `${action.type}\u0001${JSON.stringify([...keys].sort())}`
  return `${action.type}\u0000${keys[0] ?? ''}`
}

const digestAttributes: ReadonlySet<string> = new Set([
  'chash',
  'elfhash',
  'pkg.content-hash',
  'chain',
  'chain.chashes',
])

function isDigestAttribute(name: string): boolean {
  return digestAttributes.has(name) || name.startsWith('pkg.chain.') || name.startsWith('pkg.hash.')
}

/** True when both have the same payload, by the best digest both state, or neither has one. */
export function samePayload(before: Action, after: Action, content: ContentSubject = 'file'): boolean {
  if (before.payload === undefined || after.payload === undefined) return before.payload === after.payload
  return sameContent(before, after, content)
}

/**
 * True when the successor of an action must be applied: its payload appeared, went or changed (by the best digest both
 * state; none in common is a change), or an attribute that is no digest differs (lists without regard to order). `gelf`
 * compares ELF files by their ELF content, for the image policy `content-update-policy=when-required`.
 */
export function actionsDiffer(before: Action, after: Action, content: ContentSubject = 'file'): boolean {
  if (before.type !== after.type) return true
  if (!samePayload(before, after, content)) return true
  const ignored = takesPayload(before.type) ? isDigestAttribute : () => false
  return namesDiffer(before, after, ignored)
}

function namesDiffer(before: Action, after: Action, ignored: (name: string) => boolean): boolean {
  for (const [name, value] of before.attributes) {
    if (ignored(name)) continue
    const other = after.attributes.get(name)
    if (other === undefined || !sameValues(value, other)) return true
  }
  for (const name of after.attributes.keys()) {
    if (!ignored(name) && !before.attributes.has(name)) return true
  }
  return false
}

function sameValues(a: AttributeValue, b: AttributeValue): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b
  if (a.length !== b.length) return false
  const [left, right] = [[...a].sort(), [...b].sort()]
  return left.every((value, index) => value === right[index])
}
