import { type Action, attribute, type Fmri, type ImageFilter, isMediated } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { chooseLinks } from '../plan/mediated-links.ts'
import type { ConfiguredMediator, KeptPackage } from '../plan-input.ts'
import { KeyTable, NO_ROW } from '../store/key-table.ts'

/** What is decided over all installed packages before one of them can be compared with the disk. */
export interface Survey {
  /** Which mediated links are on disk. Source: image-plan §8. */
  readonly linkChosen: (action: Action) => boolean
  /** The installed file with `overlay=true` at a path, unless the package itself delivers it. Source: image-plan §5. */
  readonly overlaidBy: (path: string, fmri: Fmri) => OwnedAction | undefined
  /** True when a package delivers a directory at the path itself. */
  readonly isDirectory: (path: string) => boolean
}

/**
 * Reads all packages once. Where they offer `select`, files and plain links are not read further than their path, and of directories
 * only the first at each path. Of directories only hashes are kept: their paths would keep the texts of all manifests.
 */
export function surveyPackages(
  packages: Iterable<KeptPackage>,
  filter: ImageFilter,
  settings: readonly ConfiguredMediator[],
): Survey {
  const directories = new KeyTable()
  const overlays = new Map<string, OwnedAction>()
  const mediated: OwnedAction[] = []
  const isDirectory = (path: string): boolean => directories.find(path) !== NO_ROW
  const wants = (path: string, type: Action['type']): boolean => type === 'dir' && !isDirectory(path)
  for (const each of packages) {
    const { fmri } = each
    for (const action of each.select?.(wants) ?? each.manifest.actions) {
      const path = attribute(action, 'path')
      if (path === undefined || !filter.actionApplies(action)) continue
      if (action.type === 'dir') directories.add(path)
      else if (isMediated(action)) mediated.push({ fmri, action })
      else if (action.type === 'file' && attribute(action, 'overlay') === 'true')
        overlays.set(path, { fmri, action })
    }
  }
  return {
    linkChosen: chooseLinks(mediated, settings),
    overlaidBy: (path, fmri) => {
      const overlay = overlays.get(path)
      return overlay === undefined || overlay.fmri.stem === fmri.stem ? undefined : overlay
    },
    isDirectory,
  }
}
