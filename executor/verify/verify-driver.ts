import { type Action, attribute, attributes } from '#model'

/** Text of an image file by its path; undefined where there is no regular file that may be read. */
export type ReadImageText = (path: string) => string | undefined

function words(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '')
}

/** Second words of the lines of a driver, without quotes. */
function valuesOf(text: string | undefined, name: string): string[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => !line.startsWith('#') && words(line)[0] === name)
    .map((line) => words(line).slice(1).join(' ').replace(/^"|"$/g, ''))
}

/**
 * Differences between a driver action and the files that bind drivers in an image. Warnings only: this client records drivers and
 * does not bind them. Images without `etc/name_to_major` have no driver files to compare with.
 */
export function verifyDriver(read: ReadImageText, action: Action): string[] {
  const name = attribute(action, 'name') ?? ''
  const majors = read('etc/name_to_major')
  if (majors === undefined) return []
  if (valuesOf(majors, name).length === 0) return [`etc/name_to_major: no entry for '${name}'`]
  const missing = (path: string, wanted: readonly string[]): string[] => {
    const found = new Set(valuesOf(read(path), name))
    return wanted.filter((value) => !found.has(value)).map((value) => `${path}: '${value}' is missing`)
  }
  return [
    ...missing('etc/driver_aliases', attributes(action, 'alias')),
    ...missing('etc/driver_classes', attributes(action, 'class')),
  ]
}
