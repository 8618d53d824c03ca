import type { PackageManifest } from '#executor'
import { ok } from '#model'
import type { ImageContext } from './context.ts'
import type { InstalledRecord } from './installed-state.ts'
import { latePackage } from './late-manifest.ts'
import { presentActions } from './present-actions.ts'
import { installedManifest, type RestoredManifests } from './restore-manifest.ts'

/** Installed packages with the actions that the image wants on its disk; each manifest is read whenever it is looked at. */
export function keptManifests(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): readonly PackageManifest[] {
  const present = presentActions(context.config())
  return records.map((record) =>
    latePackage(record.fmri, () => {
      const manifest = installedManifest(context, record, restored)
      return manifest.ok ? ok(present(record.fmri, manifest.value)) : manifest
    }),
  )
}
