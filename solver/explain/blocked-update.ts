import { Role } from '../question/question.ts'
import type { Demand } from './fact-clauses.ts'
import type { Search } from './failure.ts'

/** The first installed package with an install-hold that has newer candidates, and those: an update of everything may not leave it alone. */
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
