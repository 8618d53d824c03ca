/**
 * An expected failure as a value: a stable code and the facts that its message needs. It holds no prose: `problems.ts` of each
 * package has the tables `describe` and `help` over all its codes. Codes are never reused or renamed.
 */
export interface Problem {
  /** `ips::<area>_error::<snake_case>`. */
  readonly code: `ips::${string}_error::${string}`
}

/** The messages of every code of one package; a new code does not compile without its message. */
export interface ProblemMessages<P extends Problem> {
  /** One or more lines, without trailing newline and without the program name in front. */
  readonly describe: { readonly [C in P['code']]: (problem: Extract<P, { code: C }>) => string }
  /** An action of the user that was checked or is sure to be possible; undefined where there is none. */
  readonly help: { readonly [C in P['code']]: (problem: Extract<P, { code: C }>) => string | undefined }
}

/** The message of a problem, from the tables of its package. */
export function describeProblem<P extends Problem>(messages: ProblemMessages<P>, problem: P): string {
  const describe = messages.describe[problem.code as P['code']] as (problem: P) => string
  return describe(problem)
}

/** The help line of a problem, from the tables of its package. */
export function helpForProblem<P extends Problem>(
  messages: ProblemMessages<P>,
  problem: P,
): string | undefined {
  const help = messages.help[problem.code as P['code']] as (problem: P) => string | undefined
  return help(problem)
}
