import type { Question } from '../question/question.ts'
import type { Effort, ResolveInput } from '../resolve-input.ts'
import type { Trim } from '../rules/trim.ts'
import type { Model, Session } from '../search/session.ts'

/** A search and all it was made from. */
export interface Search {
  readonly question: Question
  readonly trim: Trim
  readonly session: Session
}

/** A search that came to nothing. */
export interface Failure extends Search {
  readonly input: ResolveInput
  /** Whether the best answer of a search, which found a first one, changes anything. */
  readonly hasPlan: (search: Search, first: Model) => boolean
}

/** Three times what the recorded requests need. */
const LEAST_EFFORT = 60_000

/** What further reasons may cost, and suggestions once more: half as much as the search where that was long. */
export function effortOf({ session }: Failure): Effort {
  return { left: Math.max(LEAST_EFFORT, session.work() / 2) }
}
