import { FilesystemError, type Fmri, formatFmri } from '#model'
import type { InstallerProblem } from './problems.ts'

/** Carries a problem out of nested work inside this package; never leaves it. */
export class InstallerFailure extends Error {
  readonly problem: InstallerProblem
  constructor(problem: InstallerProblem) {
    super(problem.code)
    this.problem = problem
  }
}

/** Stops the work with a problem. */
export function refuse(problem: InstallerProblem): never {
  throw new InstallerFailure(problem)
}

/** The problem of a thrown `InstallerFailure` or `FilesystemError`; anything else is a bug and is thrown again. */
export function problemOf(error: unknown, fmri?: Fmri): InstallerProblem {
  if (error instanceof InstallerFailure) return error.problem
  if (error instanceof FilesystemError) {
    return {
      code: 'ips::installer_error::step_failed',
      fmri: fmri && formatFmri(fmri),
      path: error.problem.path,
      cause: error.problem,
    }
  }
  throw error
}
