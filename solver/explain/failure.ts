import type { Question } from '../question/question.ts'
import type { ResolveInput } from '../resolve-input.ts'
import type { Trim } from '../rules/trim.ts'
import type { Effort } from '../search/asker.ts'
import type { Model, Session } from '../search/session.ts'

/** A search and its inputs. */
export interface Search {
  readonly question: Question
  readonly trim: Trim
  readonly session: Session
}

/** A search without an answer, or without a change. */
export interface Failure extends Search {
  readonly input: ResolveInput
  /** Whether the best answer of a search changes something. `first` is its first answer. */
  readonly hasPlan: (search: Search, first: Model) => boolean
}

/** Effort for a short search: three times what the recorded requests need. */
const LEAST_EFFORT = 60_000

/** The effort for further explanations, or for fixes: half of the work of the failed search, if that was long. */
export function effortOf({ session }: Failure): Effort {
  return { left: Math.max(LEAST_EFFORT, session.work() / 2) }
}
