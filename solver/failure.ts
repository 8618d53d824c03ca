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

/** Three times what the recorded requests need. */
const LEAST_EFFORT = 60_000

/** What further reasons may cost, and suggestions once more: half as much as the search where that was long. */
export function effortOf({ session }: Failure): Effort {
  return { left: Math.max(LEAST_EFFORT, session.work() / 2) }
}
