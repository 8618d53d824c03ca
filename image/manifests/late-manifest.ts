import type { PackageManifest } from '#executor'
import { actionsAt, err, type Fmri, type Manifest, parseManifest, type Result } from '#model'
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

/** A manifest of which some actions may be had without parsing all. */
export interface LateManifest extends Manifest {
  readonly actionsAt?: PackageManifest['actionsAt']
}

/** A file that holds a manifest. */
export interface ManifestFile {
  /** The text, or why there is none. */
  readonly read: () => Result<string, OperationProblem>
  /** The very bytes; undefined where they are not at hand, and `read` knows more. */
  readonly readBytes: () => Uint8Array | undefined
}

/** The same from a file; `onFault` gives the problem of one that does not parse. */
export function lateText({ read, readBytes }: ManifestFile, onFault: () => OperationProblem): LateManifest {
  const text = (): string => {
    const found = read()
    if (!found.ok) throw new ManifestError(found.error)
    return found.value
  }
  const refuse = (): never => {
    throw new ManifestError(onFault())
  }
  return {
    get actions() {
      const parsed = parseManifest(text())
      return parsed.ok ? parsed.value.actions : refuse()
    },
    actionsAt: (places) => actionsAt(readBytes() ?? new TextEncoder().encode(text()), places, refuse),
  }
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

/** The same for the operations of a rehearsal, which are made up when they are read. */
export function shownOperations(operations: Iterable<string>): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      try {
        yield* operations
      } catch (error) {
        manifestProblem(error)
      }
    },
  }
}

/** The problem of a manifest that could not be read; everything else is thrown on. */
export function manifestProblem(error: unknown): Result<never, OperationProblem> {
  if (error instanceof ManifestError) return err(error.problem)
  throw error
}
