import type { Question } from './question.ts'
import type { Effort, ResolveInput } from './resolve-input.ts'
import type { Session } from './session.ts'
import type { Trim } from './trim.ts'

/** A search that came to nothing, and all it was made from. */
export interface Failure {
  readonly input: ResolveInput
  readonly question: Question
  readonly trim: Trim
  readonly session: Session
  /** Whether a request has a plan, found by carrying out the whole of it. */
  readonly hasPlan: (input: ResolveInput) => boolean
}

/** Enough for every request on a real catalog: tens of questions about thousands of stems. */
const LEAST_EFFORT = 300_000

/** What further reasons may cost, and suggestions once more: no more than the search itself where that was long. */
export function effortOf({ session }: Failure): Effort {
  return { left: Math.max(LEAST_EFFORT, session.work()) }
}
