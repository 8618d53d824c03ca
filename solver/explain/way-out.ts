import type { PackageId, StemId } from '#model'
import type { Fix } from '../explanation.ts'
import { createUniverse } from '../lookup/universe.ts'
import { findDependents } from '../question/dependents.ts'
import { resolvePatterns } from '../question/patterns.ts'
import { createQuestion, type Question } from '../question/question.ts'
import type { ResolveInput } from '../resolve-input.ts'
import { createTrim, type Trim } from '../rules/trim.ts'
import { BudgetExhausted, type Effort } from '../search/asker.ts'
import { createSession } from '../search/session.ts'
import { findBlockedUpdate } from './blocked-update.ts'
import type { Failure } from './failure.ts'

/** Most conflicts of one search. */
const CONFLICTS = 5_000

/**
 * Whether a search finds an answer of a changed request that changes something. Without a freeze, the answer may also change
 * nothing. False if the effort ran out.
 */
export function isWayOut(fix: Fix, input: ResolveInput, failure: Failure, effort: Effort): boolean {
  if (effort.left < 0) return false
  const { universe: known } = failure.question
  const universe = input.snapshot === known.snapshot ? known : createUniverse(input.catalog, input.snapshot)
  const { operation } = input.request
  const resolved = resolvePatterns(universe, input.request)
  if (!resolved.ok) return false
  const question = createQuestion(universe, resolved.value, { exact: operation === 'exact-install' })
  if (operation === 'uninstall' && findDependents(question).length > 0) return false
  const trim = createTrim(question)
  const moves = movesDue(failure, question, trim)
  if (moves === undefined) return false
  const engine = input.newBackend()
  try {
    const session = createSession(question, trim, engine, { ...input.budget, conflicts: CONFLICTS }, effort)
    session.start()
    const { variables } = session.encoder
    const older = moves.map(({ stem, least }) => variables.below(stem, variables.position(stem, least)))
    const first = session.solve(older.flatMap((literal) => (literal === 0 ? [] : [-literal])))
    if (first === undefined) return false
    const search = { question, trim, session }
    if (fix.kind === 'unfreeze' && findBlockedUpdate(search) === undefined) return true
    return failure.hasPlan(search, first)
  } catch (error) {
    if (error instanceof BudgetExhausted) return false
    throw error
  } finally {
    engine.dispose()
  }
}

/** A stem that must be updated, at least to the package `least`. */
interface Move {
  readonly stem: StemId
  readonly least: PackageId
}

/**
 * Updates that make a fix of a request whose change allows more versions of installed packages. That such a package keeps its
 * version is no fix, nor that it is updated where the request asked for a downgrade. Undefined where one of them cannot move.
 */
function movesDue(failure: Failure, question: Question, trim: Trim): readonly Move[] | undefined {
  const { packageVersionClass } = question.universe.catalog
  const moves: Move[] = []
  for (const [stem, ids] of question.request.named) {
    const asked = failure.question.request.named.get(stem)
    const present = question.base[stem]!
    if (present < 0 || asked === undefined || ids.length <= asked.length) continue
    if (failure.trim.isDowngradeAsked(stem)) return undefined
    const least = trim.candidates(stem).find((id) => packageVersionClass[id]! > packageVersionClass[present]!)
    if (least === undefined) return undefined
    moves.push({ stem, least })
  }
  return moves
}
