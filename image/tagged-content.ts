import type { PackageManifest } from '#executor'
import { attribute, compileGlob, type Filesystem, type ImageFilter } from '#model'

/** All paths that installed packages deliver, with the directories that lead to them and the files of legacy records. */
export function deliveredPaths(
  packages: readonly PackageManifest[],
  filter: ImageFilter,
): ReadonlySet<string> {
  const delivered = new Set<string>()
  for (const { manifest } of packages)
    for (const action of manifest.actions) {
      const record =
        action.type === 'legacy' ? `var/sadm/pkg/${attribute(action, 'pkg') ?? ''}/pkginfo` : undefined
      const path = attribute(action, 'path') ?? record
      if (path === undefined || delivered.has(path) || !filter.actionApplies(action)) continue
      for (
        let end = path.length;
        end > 0 && !delivered.has(path.slice(0, end));
        end = path.lastIndexOf('/', end - 1)
      )
        delivered.add(path.slice(0, end))
    }
  return delivered
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
  const host = (path: string): string => `${root === '/' ? '' : root}/${path}`
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
