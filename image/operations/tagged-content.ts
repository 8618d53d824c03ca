import {
  type Action,
  attribute,
  compileGlob,
  type Filesystem,
  hostPath,
  type ImageFilter,
  type Manifest,
} from '#model'

/**
 * Adds all paths that a package delivers, with the directories that lead to them. Records of legacy actions lie in folders that belong
 * to the action: either these count, or the records in them as well.
 */
export function addDeliveredPaths(
  delivered: Set<string>,
  manifest: Manifest,
  filter: ImageFilter,
  legacy: 'records' | 'record-folders',
): void {
  for (const action of manifest.actions) {
    const path = action.type === 'legacy' ? recordOf(action, legacy) : attribute(action, 'path')
    if (path === undefined || delivered.has(path) || !filter.actionApplies(action)) continue
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
      delivered.add(path.slice(0, end))
  }
}

function recordOf(action: Action, legacy: 'records' | 'record-folders'): string {
  const folder = `var/sadm/pkg/${attribute(action, 'pkg') ?? ''}`
  return legacy === 'records' ? `${folder}/pkginfo` : folder
}

/**
 * Paths below a directory that match a shell pattern, which may have several components; names that begin with a dot only match a
 * component that does. Goes through real directories only. Throws `FilesystemError`.
 */
export function matchesBelow(
  filesystem: Filesystem,
  root: string,
  directory: string,
  pattern: string,
): readonly string[] {
  const components = pattern.split('/')
  if (components.some((component) => component === '' || component === '.' || component === '..')) return []
  const host = (path: string): string => hostPath(root, path)
  let places = isRealDirectory(filesystem, host, directory) ? [directory] : []
  for (const [index, component] of components.entries()) {
    const matches = compileGlob(component, { classes: true })
    const last = index === components.length - 1
    places = places.flatMap((place) =>
      filesystem
        .readDirectory(host(place))
        .filter((name) => (component.startsWith('.') || !name.startsWith('.')) && matches(name))
        .map((name) => `${place}/${name}`)
        .filter((path) => last || filesystem.lstat(host(path))?.type === 'directory'),
    )
  }
  return places
}

/** True when neither the directory nor any of its parents is a link. */
function isRealDirectory(filesystem: Filesystem, host: (path: string) => string, path: string): boolean {
  const parts = path.split('/')
  return parts.every(
    (_, index) => filesystem.lstat(host(parts.slice(0, index + 1).join('/')))?.type === 'directory',
  )
}
