import type { CommandProblem } from './problems.ts'

/** Exit codes of the reference client. Source: cli §2. */
export const Exit = {
  ok: 0,
  error: 1,
  usage: 2,
  partial: 3,
  nothingToDo: 4,
  license: 6,
  locked: 7,
  constrained: 9,
  fatal: 99,
} as const

/** Problem codes with another exit code than 1. */
const special: { readonly [Code in CommandProblem['code']]?: number } = {
  'ips::image_error::locked': Exit.locked,
  'ips::image_error::bad_mediator': Exit.usage,
  'ips::installer_error::licenses': Exit.license,
  'ips::solver_error::overconstrained': Exit.constrained,
}

/** Operations that exit with 1 instead of 9 when there is no solution. */
const plainOperations = new Set(['change-facet', 'change-variant', 'sync'])

/** Exit code of a problem: that of the table, else 1. A request that fails before the search exits with 1. */
export function exitCode(problem: CommandProblem): number {
  if (problem.code === 'ips::solver_error::unsatisfiable')
    return problem.beforeSearch || plainOperations.has(problem.operation) ? Exit.error : Exit.constrained
  return special[problem.code] ?? Exit.error
}
