import { FilesystemError, type Fmri, formatFmri } from '#model'
import type { InstallerProblem } from './problems.ts'

/** Carries a problem out of nested work inside this room; caught at its front doors, never seen outside. */
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

/** The problem behind a throw of this room or of the file system; anything else is a bug and goes on. */
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
