import { type Action, attribute, type Fmri, type ImageFilter, isMediated, ok, type Result } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { chooseLinks } from '../plan/mediated-links.ts'
import type { ConfiguredMediator, ManifestReader } from '../plan-input.ts'
import { KeyTable, NO_ROW } from '../store/key-table.ts'

/** Facts about all installed packages that a comparison of one package with the disk needs. */
export interface Inspection {
  /** Which mediated links are on disk. Source: image-plan §8. */
  readonly linkChosen: (action: Action) => boolean
  /** The installed file with `overlay=true` at a path, unless the package itself delivers it. Source: image-plan §5. */
  readonly overlaidBy: (path: string, fmri: Fmri) => OwnedAction | undefined
  /** True when a package delivers a directory at the path itself. */
  readonly isDirectory: (path: string) => boolean
  /** True when a package delivers anything at the path, or when a manifest cannot be read. The first call reads all manifests. */
  readonly isDelivered: (path: string) => boolean
}

/** Makes `Inspection.isDelivered`. */
function deliveredPaths<P>(
  packages: readonly Fmri[],
  manifests: ManifestReader<P>,
  filter: ImageFilter,
): Inspection['isDelivered'] {
  let paths: KeyTable | undefined
  let isComplete = true
  const readAll = (): KeyTable => {
    const found = new KeyTable()
    for (const fmri of packages) {
      const manifest = manifests.read(fmri)
      isComplete &&= manifest.ok
      for (const action of manifest.ok ? manifest.value.actions : []) {
        const path = attribute(action, 'path')
        if (path !== undefined && filter.actionApplies(action)) found.add(path)
      }
    }
    return found
  }
  return (path) => {
    paths ??= readAll()
    return !isComplete || paths.find(path) !== NO_ROW
  }
}

/**
 * Inspects all installed packages; reads each manifest once, and of it mediated links, files that lie over others, and the first
 * directory at each path. Problems: those of the reader.
 */
export function inspectPackages<P>(
  packages: readonly Fmri[],
  manifests: ManifestReader<P>,
  filter: ImageFilter,
  settings: readonly ConfiguredMediator[],
): Result<Inspection, P> {
  // Hashes of paths: the paths themselves are pieces of manifests, and keep their texts in memory.
  const directories = new KeyTable()
  const overlays = new Map<string, OwnedAction>()
  const mediated: OwnedAction[] = []
  const isDirectory = (path: string): boolean => directories.find(path) !== NO_ROW
  const wants = (path: string, type: Action['type']): boolean => type === 'dir' && !isDirectory(path)
  for (const fmri of packages) {
    const read = manifests.readWanted(fmri, wants, (action) => {
      const path = attribute(action, 'path')
      if (path === undefined || !filter.actionApplies(action)) return
      if (action.type === 'dir') directories.add(path)
      else if (isMediated(action)) mediated.push({ fmri, action })
      else if (action.type === 'file' && attribute(action, 'overlay') === 'true')
        overlays.set(path, { fmri, action })
    })
    if (!read.ok) return read
  }
  return ok({
    linkChosen: chooseLinks(mediated, settings),
    overlaidBy: (path, fmri) => {
      const overlay = overlays.get(path)
      return overlay === undefined || overlay.fmri.stem === fmri.stem ? undefined : overlay
    },
    isDirectory,
    isDelivered: deliveredPaths(packages, manifests, filter),
  })
}
