/** Parent of an image-relative path; '' is the image root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** Last component of an image-relative path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Path below a directory; '' is the image root. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}

/** True for the directory itself and everything below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`)
}

/** The parents of a path, nearest first, without the image root. */
export function* ancestorsOf(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash)
  }
}

const MAXIMUM_PATH = 4095
const MAXIMUM_NAME = 255
/** Nearly all paths: nothing to find fault with. */
const usual = /^[\w+-][\w.+-]*(?:\/[\w+-][\w.+-]*)*$/

/** Why a text is no plain path inside an image, or undefined when it is one: no empty, `.` or `..` component, no NUL, nothing over-long. */
export function pathFault(path: string): string | undefined {
  if (path.length <= MAXIMUM_NAME && usual.test(path)) return undefined
  if (path === '') return 'the path is empty'
  if (path.includes('\0')) return 'the path has a NUL character'
  if (Buffer.byteLength(path) > MAXIMUM_PATH) return `the path is longer than ${MAXIMUM_PATH} bytes`
  for (const component of path.split('/')) {
    if (component === '') return 'the path is absolute or has an empty component'
    if (component === '.' || component === '..') return `the path has a component ${component}`
    if (Buffer.byteLength(component) > MAXIMUM_NAME) return `a component is longer than ${MAXIMUM_NAME} bytes`
  }
  return undefined
}

/**
 * Image path that the target of a hard link names, or undefined when it leaves the image. Relative targets start at the
 * directory of the link, absolute ones at the image root. Source: manifest-and-actions §3.5.
 */
export function hardLinkTarget(path: string, target: string): string | undefined {
  const parts = target.startsWith('/') ? [] : parentOf(path).split('/')
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.filter((known) => known !== '').length === 0) return undefined
      parts.pop()
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  const resolved = parts.filter((part) => part !== '').join('/')
  return resolved === '' ? undefined : resolved
}

/** Prefix of the names of stages that a run makes outside the metadata folder. */
const stagePrefix = '.pkg6-stage-'

/** Name of a stage that a run makes outside the metadata folder. */
export function stageName(operation: string): string {
  return `${stagePrefix}${operation}`
}

/** True for a path that leads to a stage outside the metadata folder, or into one. No package and no user has such names. */
export function isInStage(path: string): boolean {
  return path.includes(stagePrefix) && path.split('/').some((name) => name.startsWith(stagePrefix))
}
