import type { PackageManifest } from '#executor'
import { err, type Fmri, type Manifest, parseManifest, type Result } from '#model'
import type { OperationProblem } from '../problems.ts'

/** A manifest could not be read when its actions were looked at. `withManifests` turns it into its problem. */
export class ManifestError extends Error {
  readonly problem: OperationProblem
  constructor(problem: OperationProblem) {
    super('reason' in problem && 'fmri' in problem ? `${problem.fmri}: ${problem.reason}` : problem.code)
    this.problem = problem
  }
}

/**
 * A manifest that is read each time its actions are looked at and not kept, so that the manifests of a large image need not fit into
 * memory at once. Looking throws `ManifestError` with the problem of `read`.
 */
export function lateManifest(read: () => Result<Manifest, OperationProblem>): Manifest {
  return {
    get actions() {
      const manifest = read()
      if (!manifest.ok) throw new ManifestError(manifest.error)
      return manifest.value.actions
    },
  }
}

/** The same from a text; `onFault` gives the problem of one that does not parse. */
export function lateText(
  read: () => Result<string, OperationProblem>,
  onFault: () => OperationProblem,
): Manifest {
  return lateManifest(() => {
    const text = read()
    if (!text.ok) return text
    const parsed = parseManifest(text.value)
    return parsed.ok ? parsed : err(onFault())
  })
}

/** A package whose manifest is read when it is looked at. */
export function latePackage(fmri: Fmri, read: () => Result<Manifest, OperationProblem>): PackageManifest {
  return { fmri, manifest: lateManifest(read) }
}

/** For showing a plan that has been made: of a manifest that is lost meanwhile there is nothing to show. */
export function shownManifest(manifest: Manifest): Manifest {
  return {
    get actions() {
      try {
        return manifest.actions
      } catch (error) {
        if (error instanceof ManifestError) return []
        throw error
      }
    },
  }
}

/** The problem of a manifest that could not be read; everything else is thrown on. */
export function manifestProblem(error: unknown): Result<never, OperationProblem> {
  if (error instanceof ManifestError) return err(error.problem)
  throw error
}
