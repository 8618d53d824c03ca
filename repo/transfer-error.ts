import type { RepositoryProblem } from './problems.ts'

/**
 * Carries a problem out of an iteration over bytes, where no result can be returned. Never leaves this room: whoever
 * iterates turns it back with `problemOf`.
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
