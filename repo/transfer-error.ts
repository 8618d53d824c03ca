import type { RepositoryProblem } from './problems.ts'

/**
 * Carries a problem out of an iteration over bytes, which cannot return a result. Never leaves the package: the caller that iterates
 * catches it and takes `problem`.
 */
export class TransferError extends Error {
  readonly problem: RepositoryProblem
  constructor(problem: RepositoryProblem) {
    super(problem.code)
    this.problem = problem
  }
}

/** Error code of a failed system call or stream (`ENOENT`, `Z_DATA_ERROR`, ...), or undefined for any other thrown value. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
