import type { PackageManifest } from '#executor'
import { err, type Fmri, ok, type Result } from '#model'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { attempt, readText } from '../storage.ts'
import { lateText, ManifestError } from './late-manifest.ts'
import { catalogActionsOf, type FetchedManifest, missingManifest } from './manifests.ts'

/**
 * A fetched manifest that was let go again: what the database records of it is kept, its text lies in the disposable cache and is read
 * again when it is looked at. What could not be cached (no permission, no room) is kept in memory.
 */
export interface ShelvedManifest extends PackageManifest {
  readonly sha256: string
  /** Of the text. */
  readonly bytes: number
  /** What the catalog says about its dependencies, one action a line. */
  readonly catalogActions: string
  /** The very text that was fetched. Throws `ManifestError`. */
  readonly readText: () => string
}

/* Each in a function of its own: closures of one function hold all that any of them uses, so here they would hold every text. */

type ReadText = () => Result<string, OperationProblem>

function onShelf(context: ImageContext, fmri: Fmri, digest: string): ReadText {
  return () => readShelved(context, fmri, digest)
}

function inHand(text: string): ReadText {
  return () => ok(text)
}

/** Lets go of a manifest. */
export function shelve(
  context: ImageContext,
  { fmri, manifest, text, cached }: FetchedManifest,
): ShelvedManifest {
  const digest = sha256(text)
  const read = cached ? onShelf(context, fmri, digest) : inHand(text)
  return {
    fmri,
    sha256: digest,
    bytes: Buffer.byteLength(text),
    // Pieces of the text would keep all of it in memory.
    catalogActions: Buffer.from(catalogActionsOf(manifest)).toString(),
    readText: () => {
      const again = read()
      if (!again.ok) throw new ManifestError(again.error)
      return again.value
    },
    manifest: lateText(read, () => missingManifest({ fmri }, 'it does not parse')),
  }
}

/** Where the text was put, or where the commit puts it. */
function readShelved(context: ImageContext, fmri: Fmri, digest: string): Result<string, OperationProblem> {
  const { layout, host } = context
  let found: string | undefined
  for (const path of [layout.cachedManifest(fmri), layout.installedManifest(fmri)]) {
    const text = attempt(() => readText(host.filesystem, path))
    if (!text.ok) return text
    if (text.value !== undefined && sha256(text.value) === digest) return ok(text.value)
    found ??= text.value
  }
  return err(missingManifest({ fmri }, found === undefined ? 'the file is gone' : 'the file was changed'))
}
