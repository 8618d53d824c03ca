import { type Finding, type PackageManifest, type Survey, surveyPackages, verifyPackage } from '#executor'
import type { Fmri, ImageFilter, Manifest } from '#model'
import { contentSubject } from '../config/properties.ts'
import type { InstalledState } from '../installed-state.ts'
import { keptManifests } from '../manifests/kept-manifests.ts'
import type { RestoredManifests } from '../manifests/restore-manifest.ts'
import { mediatorSettings } from '../plan/plan-packages.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'

/** The installed packages with what is decided over all of them: links, overlays, directories. */
export interface Examination extends Pick<Survey, 'linkChosen' | 'overlaidBy'> {
  readonly packages: readonly PackageManifest[]
  readonly filter: ImageFilter
  /** What the disk says about some of the actions of a package. */
  findings(fmri: Fmri, manifest: Manifest): readonly Finding[]
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
  const survey = surveyPackages(packages, filter, mediatorSettings(context.config()))
  const installed = new Map<string, Fmri>(state.packages.map(({ fmri }) => [fmri.stem, fmri]))
  const installedSet = {
    installed: (stem: string) => installed.get(stem),
    avoided: new Set<string>(state.avoided),
  }
  return {
    packages,
    filter,
    ...survey,
    findings: (fmri, manifest) =>
      verifyPackage({
        filesystem: host.filesystem,
        root: context.root,
        metadata: context.layout.metadata,
        fmri,
        manifest,
        filter,
        linkChosen: survey.linkChosen,
        overlaidBy: (path) => survey.overlaidBy(path, fmri),
        installedSet,
        content: contentSubject(context.config()),
        isDirectory: survey.isDirectory,
        asRoot: host.process.userId === 0,
      }),
  }
}
