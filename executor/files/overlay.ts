import { type Action, attribute, comparableAttribute, overlayFree } from '#model'

/** How a file differs from the one that lies over it, as detail texts. Source: manifest-and-actions §3.2. */
export function verifyOverlay(under: Action, over: Action): string[] {
  return overlayFree
    .filter((name) => comparableAttribute(under, name) !== comparableAttribute(over, name))
    .map(
      (name) =>
        `overlaid: ${name}: '${attribute(over, name) ?? ''}' should be '${attribute(under, name) ?? ''}'`,
    )
}
