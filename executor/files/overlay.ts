import { type Action, attribute } from '#model'
import { comparableAttribute } from '../action-key.ts'

/** Attributes in which a file that lies over another may differ from it. Source: image-plan §5. */
export const overlayFree = ['owner', 'group', 'mode', 'sysattr']

/** True when one of two files at a path forbids these differences. */
export function deniesOverlayAttributes(...actions: readonly Action[]): boolean {
  return actions.some((action) => attribute(action, 'overlay-attributes') === 'deny')
}

/** How a file differs from the one that lies over it, as detail texts. Source: manifest-and-actions §3.2. */
export function verifyOverlay(under: Action, over: Action): string[] {
  return overlayFree
    .filter((name) => comparableAttribute(under, name) !== comparableAttribute(over, name))
    .map(
      (name) =>
        `overlaid: ${name}: '${attribute(over, name) ?? ''}' should be '${attribute(under, name) ?? ''}'`,
    )
}
