/**
 * An expected failure as a value: a stable code and the facts its message is made of. Holds no prose; each room's
 * `problems.ts` has the tables `describe` and `help` over all its codes. Codes are never reused or renamed.
 */
export interface Problem {
  /** `ips::<room>_error::<snake_case>`. */
  readonly code: `ips::${string}_error::${string}`
}

/** The messages of every code of one package; a new code does not compile without its message. */
export interface ProblemMessages<P extends Problem> {
  /** One or more lines made of facts, without trailing newline and without a program name in front. */
  readonly describe: { readonly [C in P['code']]: (problem: Extract<P, { code: C }>) => string }
  /** What the user can do, checked or sure to be possible; undefined where nothing is. */
  readonly help: { readonly [C in P['code']]: (problem: Extract<P, { code: C }>) => string | undefined }
}

/** Looks up the message of a problem in its room's table. */
export function describeProblem<P extends Problem>(messages: ProblemMessages<P>, problem: P): string {
  const describe = messages.describe[problem.code as P['code']] as (problem: P) => string
  return describe(problem)
}

/** Looks up the help line of a problem in its room's table. */
export function helpForProblem<P extends Problem>(
  messages: ProblemMessages<P>,
  problem: P,
): string | undefined {
  const help = messages.help[problem.code as P['code']] as (problem: P) => string | undefined
  return help(problem)
}
