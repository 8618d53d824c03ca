import { chosenLinks, type Finding, type PackageManifest, verifyPackage } from '#executor'
import { type Action, attribute, type Fmri, type ImageFilter, type Manifest } from '#model'
import type { ImageContext } from './context.ts'
import type { InstalledState } from './installed-state.ts'
import { keptManifests } from './kept-manifests.ts'
import { mediatorSettings } from './plan-packages.ts'
import { contentSubject } from './properties.ts'
import type { RestoredManifests } from './restore-manifest.ts'
import { imageFilter } from './snapshot.ts'

/** The installed packages with what is decided over all of them: links, overlays, directories. */
export interface Examination {
  readonly packages: readonly PackageManifest[]
  readonly filter: ImageFilter
  readonly linkChosen: (action: Action) => boolean
  /** The installed file with `overlay=true` at a path, unless the package itself delivers it. */
  readonly overlaidBy: (path: string, fmri: Fmri) => OwnedFile | undefined
  /** What the disk says about some of the actions of a package. */
  findings(fmri: Fmri, manifest: Manifest): readonly Finding[]
}

interface OwnedFile {
  readonly fmri: Fmri
  readonly action: Action
}

/** Reads all manifests, also when one package is asked for: links and overlays are decided over the whole image. Throws `ManifestError`. */
export function examine(
  context: ImageContext,
  state: InstalledState,
  restored: RestoredManifests,
): Examination {
  const { host } = context
  const filter = imageFilter(context.config())
  const packages = keptManifests(context, state.packages, restored)
  const index: ActionIndex = { overlays: new Map(), directories: new Set() }
  // In one go, because each look at a manifest reads it.
  const linkChosen = chosenLinks(
    indexing(packages, filter, index),
    filter,
    mediatorSettings(context.config()),
  )
  const { overlays, directories } = index
  const installed = new Map<string, Fmri>(state.packages.map(({ fmri }) => [fmri.stem, fmri]))
  const overlaidBy: Examination['overlaidBy'] = (path, fmri) => {
    const overlay = overlays.get(path)
    return overlay === undefined || overlay.fmri.stem === fmri.stem ? undefined : overlay
  }
  const installedSet = {
    installed: (stem: string) => installed.get(stem),
    avoided: new Set<string>(state.avoided),
  }
  return {
    packages,
    filter,
    linkChosen,
    overlaidBy,
    findings: (fmri, manifest) =>
      verifyPackage({
        filesystem: host.filesystem,
        root: context.root,
        metadata: context.layout.metadata,
        fmri,
        manifest,
        filter,
        linkChosen,
        overlaidBy: (path) => overlaidBy(path, fmri),
        installedSet,
        content: contentSubject(context.config()),
        isDirectory: (path) => directories.has(path),
        asRoot: host.process.userId === 0,
      }),
  }
}

/** Files that a package with `overlay=true` puts over another's, and directories that are delivered as such. Source: image-plan §5. */
interface ActionIndex {
  readonly overlays: Map<string, OwnedFile>
  readonly directories: Set<string>
}

/** The packages with their actions in hand; what passes is entered into an index. */
function* indexing(
  packages: readonly PackageManifest[],
  filter: ImageFilter,
  { overlays, directories }: ActionIndex,
): Generator<PackageManifest> {
  for (const { fmri, manifest } of packages) {
    const { actions } = manifest
    for (const action of actions) {
      const path = attribute(action, 'path')
      if (path === undefined) continue
      if (action.type === 'dir' && filter.actionApplies(action)) directories.add(path)
      else if (action.type === 'file' && attribute(action, 'overlay') === 'true')
        if (filter.actionApplies(action)) overlays.set(path, { fmri, action })
    }
    yield { fmri, manifest: { actions } }
  }
}
