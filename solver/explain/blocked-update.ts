import { Role } from '../question/question.ts'
import type { Demand } from './fact-clauses.ts'
import type { Search } from './failure.ts'

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
    if (catalog.packageHold[present]! < 0 || question.role(stem) !== Role.keep) continue
    const ids = session.encoder.variables
      .candidates(stem)
      .filter((id) => catalog.packageVersionClass[id]! > catalog.packageVersionClass[present]!)
    if (ids.length > 0) return { stem, ids: [...ids] }
  }
  return undefined
}
