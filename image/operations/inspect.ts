import { type Finding, type Inspection, inspectPackages, type ManifestReader, verifyPackage } from '#executor'
import { type Fmri, type ImageFilter, type Manifest, ok, type Result } from '#model'
import { contentSubject } from '../config/properties.ts'
import type { InstalledState } from '../installed-state.ts'
import { manifestsOnDisk } from '../manifests/disk-filter.ts'
import type { ImageManifests } from '../manifests/manifest-reader.ts'
import { mediatorSettings } from '../plan/plan-packages.ts'
import type { ImageProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'

/** The installed packages with what is decided over all of them: links, overlays, directories. */
export interface ImageInspection extends Pick<Inspection, 'linkChosen' | 'overlaidBy'> {
  readonly packages: readonly Fmri[]
  /** Without the actions that the image keeps off its disk. */
  readonly manifests: ManifestReader<ImageProblem>
  readonly filter: ImageFilter
  /** Compares some actions of a package with the disk. Throws `FilesystemError`. */
  findings(fmri: Fmri, manifest: Manifest): readonly Finding[]
}

/**
 * Reads all manifests, also when one package is asked for: links and overlays are decided over the whole image. Problems: those of the
 * reader.
 */
export function inspectImage(
  context: ImageContext,
  state: InstalledState,
  installedManifests: ImageManifests,
): Result<ImageInspection, ImageProblem> {
  const { host } = context
  const filter = imageFilter(context.config())
  const packages = state.packages.map(({ fmri }) => fmri)
  const manifests = manifestsOnDisk(installedManifests, context.config())
  const inspected = inspectPackages(packages, manifests, filter, mediatorSettings(context.config()))
  if (!inspected.ok) return inspected
  const { linkChosen, overlaidBy, isDirectory, isDelivered } = inspected.value
  const installed = new Map<string, Fmri>(state.packages.map(({ fmri }) => [fmri.stem, fmri]))
  const installedSet = {
    installed: (stem: string) => installed.get(stem),
    avoided: new Set<string>(state.avoided),
  }
  return ok({
    packages,
    manifests,
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
        isDirectory,
        isDelivered,
        asRoot: host.process.userId === 0,
      }),
  })
}
