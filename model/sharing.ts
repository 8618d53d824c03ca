import { type Action, attribute, attributes } from './action.ts'
import { isMediated } from './action-diff.ts'
import { mediatorAttributes, sharingRule } from './action-types.ts'

/** Value of a unique attribute in comparable form: modes lose leading zeros, other values are unchanged. */
export function comparableAttribute(action: Action, name: string): string {
  const values = attributes(action, name)
  if (name === 'mode') return (values[0] ?? '').replace(/^0+(?=.)/, '')
  return [...new Set(values)].sort().join('\0')
}

/** Attributes in which an overlaying file may differ from the overlaid file. Source: image-plan §5. */
export const overlayFree = ['owner', 'group', 'mode', 'sysattr']

/** True for a file that another one may lie over. */
export function allowsOverlay(action: Action): boolean {
  return attribute(action, 'overlay') === 'allow' && attribute(action, 'preserve') !== undefined
}

/** True for a file that may lie over another one. */
export function isOverlay(action: Action): boolean {
  return attribute(action, 'overlay') === 'true'
}

/** True when one of two files at a path forbids these differences. */
export function deniesOverlayAttributes(a: Action, b: Action): boolean {
  return [a, b].some((action) => attribute(action, 'overlay-attributes') === 'deny')
}

/** Attributes in which a file and the one over it must agree. Source: image-plan §5. */
export function overlayCompared(a: Action, b: Action): readonly string[] {
  const strict = deniesOverlayAttributes(a, b)
  return sharingRule('file').unique.filter(
    (name) => name !== 'preserve' && (strict || !overlayFree.includes(name)),
  )
}

/** True when no image installs both actions, because of their variants. A variant with several values fits no image. */
export function variantsExclude(a: Action, b: Action): boolean {
  for (const [name, value] of a.attributes) {
    if (!name.startsWith('variant.')) continue
    const other = b.attributes.get(name)
    if (typeof value !== 'string' || (other !== undefined && other !== value)) return true
  }
  return [...b.attributes].some(([name, value]) => name.startsWith('variant.') && typeof value !== 'string')
}

/**
 * Why an image with both actions, whose keys are equal in one namespace, is a conflict; undefined when it is none. Variants are not
 * looked at. Source: image-plan §5.
 */
export function sharingFault(a: Action, b: Action): string | undefined {
  if (a.type !== b.type) return `one is a ${a.type}, the other a ${b.type}`
  const { refcountable, unique } = sharingRule(a.type)
  if (refcountable) return mediationsDiffer(a, b) ? undefined : difference(a, b, unique)
  const overlay = (allowsOverlay(a) && isOverlay(b)) || (allowsOverlay(b) && isOverlay(a))
  if (a.type !== 'file' || !overlay) return 'only one can be delivered'
  return difference(a, b, overlayCompared(a, b))
}

function difference(a: Action, b: Action, names: readonly string[]): string | undefined {
  const name = names.find((one) => comparableAttribute(a, one) !== comparableAttribute(b, one))
  return name === undefined ? undefined : `they differ in ${name}`
}

/** True for links of one mediator with different versions or implementations: the image chooses between them. */
export function mediationsDiffer(a: Action, b: Action): boolean {
  if (!isMediated(a) || !isMediated(b) || attribute(a, 'mediator') !== attribute(b, 'mediator')) return false
  return mediatorAttributes
    .filter((name) => name !== 'mediator-priority')
    .some((name) => attribute(a, name) !== attribute(b, name))
}
