import type { AbsolutePath, Catalog, Fmri } from '#model'
import { imageAt } from '../config/find-image.ts'
import type { InstalledState } from '../installed-state.ts'
import { imageLayout } from '../layout.ts'
import type { ImageContext } from '../state/context.ts'
import { installedStore } from '../state/installed-store.ts'
import { attempt } from '../storage.ts'

/**
 * What is installed in the image at `/`: that of this image where it is the one, nothing where there is no image. Undefined when no package
 * of the catalog asks, and when the image cannot be read or belongs to pkg5: nothing is written there. Source: solver-semantics §2, §4.
 */
export async function rootPackages(
  { host, root }: Pick<ImageContext, 'host' | 'root'>,
  catalog: Catalog,
  state: InstalledState,
): Promise<readonly Fmri[] | undefined> {
  if (!catalog.dependencyRootImage.includes(1)) return undefined
  const fmris = ({ packages }: InstalledState): readonly Fmri[] => packages.map(({ fmri }) => fmri)
  if (root === '/') return fmris(state)
  const found = attempt(() => imageAt(host.filesystem, '/' as AbsolutePath))
  if (!found.ok) return undefined
  if (found.value.kind !== 'image') return found.value.kind === 'none' ? [] : undefined
  const layout = imageLayout(found.value.location.metadata)
  const read = await installedStore(host.filesystem, layout, host.loadSql, { readOnly: true }).read()
  return read.ok ? fmris(read.value) : undefined
}
