import type { KeptPackage } from '#executor'
import { formatFmri, ok, selectActions } from '#model'
import type { InstalledRecord } from '../installed-state.ts'
import type { ImageContext } from '../state/context.ts'
import { latePackage, ManifestError } from './late-manifest.ts'
import { missingManifest, readInstalledText } from './manifests.ts'
import { keepsEverything, presentActions } from './present-actions.ts'
import { installedManifest, type RestoredManifests } from './restore-manifest.ts'

/** Installed packages with the actions that the image wants on its disk; each manifest is read whenever it is looked at. */
export function keptManifests(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): readonly KeptPackage[] {
  const config = context.config()
  const present = presentActions(config)
  const whole = keepsEverything(config)
  return records.map((record): KeptPackage => {
    const late = latePackage(record.fmri, () => {
      const manifest = installedManifest(context, record, restored)
      return manifest.ok ? ok(present(record.fmri, manifest.value)) : manifest
    })
    if (!whole || restored.has(formatFmri(record.fmri))) return late
    return {
      ...late,
      select: (wants) => {
        const text = readInstalledText(context.host.filesystem, context.layout, record)
        if (!text.ok) throw new ManifestError(text.error)
        return selectActions(text.value, wants, () => {
          throw new ManifestError(missingManifest(record, 'it does not parse'))
        })
      },
    }
  })
}
