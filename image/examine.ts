import { chosenLinks, type Finding, type PackageManifest, verifyPackage } from '#executor'
import { type Action, attribute, type Fmri, type ImageFilter, type Manifest, ok, type Result } from '#model'
import type { ImageContext } from './context.ts'
import type { InstalledState } from './installed-state.ts'
import { collectKept } from './kept-manifests.ts'
import { mediatorSettings } from './plan-packages.ts'
import type { OperationProblem } from './problems.ts'
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

/** Reads all manifests, also when one package is asked for: links and overlays are decided over the whole image. Problem: `missing_manifest`. */
export function examine(
  context: ImageContext,
  state: InstalledState,
  restored: RestoredManifests,
): Result<Examination, OperationProblem> {
  const { host } = context
  const filter = imageFilter(context.config())
  const packages = collectKept(context, state.packages, restored)
  if (!packages.ok) return packages
  const linkChosen = chosenLinks(packages.value, filter, mediatorSettings(context.config()))
  const { overlays, directories } = indexActions(packages.value, filter)
  const installed = new Map<string, Fmri>(state.packages.map(({ fmri }) => [fmri.stem, fmri]))
  const overlaidBy: Examination['overlaidBy'] = (path, fmri) => {
    const overlay = overlays.get(path)
    return overlay === undefined || overlay.fmri.stem === fmri.stem ? undefined : overlay
  }
  const installedSet = {
    installed: (stem: string) => installed.get(stem),
    avoided: new Set<string>(state.avoided),
  }
  return ok({
    packages: packages.value,
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
  })
}

/** Files that a package with `overlay=true` puts over another's, and directories that are delivered as such. Source: image-plan §5. */
function indexActions(
  packages: readonly PackageManifest[],
  filter: ImageFilter,
): { readonly overlays: ReadonlyMap<string, OwnedFile>; readonly directories: ReadonlySet<string> } {
  const overlays = new Map<string, OwnedFile>()
  const directories = new Set<string>()
  for (const { fmri, manifest } of packages)
    for (const action of manifest.actions) {
      const path = attribute(action, 'path')
      if (path === undefined) continue
      if (action.type === 'dir' && filter.actionApplies(action)) directories.add(path)
      else if (action.type === 'file' && attribute(action, 'overlay') === 'true')
        if (filter.actionApplies(action)) overlays.set(path, { fmri, action })
    }
  return { overlays, directories }
}
