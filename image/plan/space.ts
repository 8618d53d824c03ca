import type { ActionPlan } from '#executor'
import { actionCompressedSize } from '#model'
import type { NewManifest } from '../manifests/manifest-reader.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { cachedPayload, type PayloadPlaces } from '../supply/payload-places.ts'

/** Factor on the counted space, as a margin. */
export const RESERVE = 1.25

/** Bytes of the image's state, of which the commit writes a second copy. */
function stateBytes({ host, layout }: ImageContext): number {
  return [layout.database, layout.snapshot].reduce((sum, path) => {
    const status = attempt(() => host.filesystem.lstat(path))
    return sum + (status.ok ? (status.value?.size ?? 0) : 0)
  }, 0)
}

/**
 * Bytes that an operation needs at most, with reserves: what it delivers, fetches, and writes about itself. Not always whole. Source:
 * image-plan §13.
 */
export function spaceRequired(
  context: ImageContext,
  plan: Pick<ActionPlan, 'downloadBytes' | 'installBytes'>,
  manifests: readonly Pick<NewManifest, 'bytes'>[],
): number {
  const texts = manifests.reduce((sum, { bytes }) => sum + bytes, 0)
  const fetched = (plan.downloadBytes + 3 * texts + 2 * stateBytes(context)) * RESERVE
  return (plan.installBytes + fetched) * RESERVE
}

/**
 * Bytes of the payloads that have to be fetched yet: neither are they in the content cache nor are they read in place. Throws
 * `FilesystemError`.
 */
export function bytesToFetch(
  { host, layout }: ImageContext,
  payloads: ActionPlan['payloads'],
  places: PayloadPlaces,
): number {
  const counted = new Set<string>()
  let bytes = 0
  for (const { fmri, action } of payloads) {
    const name = action.payload ?? ''
    if (counted.has(name)) continue
    if (cachedPayload(host.filesystem, layout, fmri, action) !== undefined) continue
    if (places.find(fmri, action)) continue
    counted.add(name)
    bytes += actionCompressedSize(action)
  }
  return bytes
}
