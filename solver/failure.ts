import type { Question } from './question.ts'
import type { ResolveInput } from './resolve-input.ts'
import type { Session } from './session.ts'
import type { Trim } from './trim.ts'

/** A search that came to nothing, and all it was made from. */
export interface Failure {
  readonly input: ResolveInput
  readonly question: Question
  readonly trim: Trim
  readonly session: Session
}
