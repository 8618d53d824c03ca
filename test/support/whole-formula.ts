import type { Catalog, ImageSnapshot, SolveRequest } from '#model'
import type { Formula } from '#solver'
import { createUniverse } from '../../solver/lookup/universe.ts'
import { resolvePatterns } from '../../solver/question/patterns.ts'
import { createQuestion } from '../../solver/question/question.ts'
import { createTrim } from '../../solver/rules/trim.ts'
import { createSession } from '../../solver/search/session.ts'
import { writeFormula } from '../../solver/search/write-formula.ts'
import { muteBackend } from './mute-backend.ts'

/** The problem with every stem of the catalog in it, where the search looks at a part; undefined where patterns give nothing. */
export function wholeFormula(
  catalog: Catalog,
  snapshot: ImageSnapshot,
  request: SolveRequest,
): Formula | undefined {
  const universe = createUniverse(catalog, snapshot)
  const resolved = resolvePatterns(universe, request)
  if (!resolved.ok) return undefined
  const question = createQuestion(universe, resolved.value, { exact: request.operation === 'exact-install' })
  const trim = createTrim(question)
  const session = createSession(question, trim, muteBackend, {})
  session.open(
    Array.from({ length: catalog.stemCount }, (_, stem) => stem).filter(
      (stem) => !question.request.rejected.has(stem),
    ),
  )
  return writeFormula(session, trim, request.operation)
}
