import type { PackageManifest } from '#executor'
import { err, ok, type Result } from '#model'
import type { ImageContext } from './context.ts'
import type { InstalledRecord } from './installed-state.ts'
import { presentActions } from './present-actions.ts'
import type { OperationProblem } from './problems.ts'
import { installedManifest, type RestoredManifests } from './restore-manifest.ts'

/** A manifest of an installed package could not be read while `planActions` walked over the kept ones. */
export class KeptManifestError extends Error {
  readonly problem: OperationProblem
  constructor(problem: OperationProblem) {
    super(problem.code)
    this.problem = problem
  }
}

/** Read one at a time, so that a large image need not fit into memory at once. */
export function* keptManifests(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): Iterable<PackageManifest> {
  const present = presentActions(context.config())
  for (const record of records) {
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) throw new KeptManifestError(manifest.error)
    yield { fmri: record.fmri, manifest: present(record.fmri, manifest.value) }
  }
}

/** Manifests of installed packages with their FMRIs, all at once. Problem: `missing_manifest`. */
export function collectKept(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): Result<readonly PackageManifest[], OperationProblem> {
  try {
    return ok([...keptManifests(context, records, restored)])
  } catch (error) {
    if (error instanceof KeptManifestError) return err(error.problem)
    throw error
  }
}
