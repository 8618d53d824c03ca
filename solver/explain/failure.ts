import type { PackageId, StemId } from '#model'
import { type Question, Role } from '../question/question.ts'
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

/**
 * The first installed package with an install-hold and its newer candidates, after an update of everything that changes nothing;
 * undefined where none has newer candidates. Source: solver-semantics §7.3.
 */
export function findBlockedUpdate({ question, session }: Search): Demand | undefined {
  const { universe } = question
  if (!question.everything || universe.snapshot.parent !== undefined) return undefined
  const { catalog } = universe
  for (const stem of universe.installedStems) {
    const present = universe.installed[stem]!
    const role = question.role(stem)
    if (catalog.packageHold[present]! < 0 || (role !== Role.keep && role !== Role.avoided)) continue
    const ids = session.encoder.variables
      .candidates(stem)
      .filter((id) => catalog.packageVersionClass[id]! > catalog.packageVersionClass[present]!)
    if (ids.length > 0) return { stem, ids: [...ids] }
  }
  return undefined
}

/** "One of these packages of the stem must be in the result." */
export interface Demand {
  readonly stem: StemId
  readonly ids: readonly PackageId[]
}
