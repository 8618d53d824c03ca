import type { SolveRequest } from '#model'
import type { Fact, Fix } from './explanation.ts'
import type { Failure } from './failure.ts'
import { resolvePatterns } from './patterns.ts'
import { createQuestion } from './question.ts'
import type { ResolveInput } from './resolve-input.ts'
import { BudgetExhausted, createSession } from './session.ts'
import { createTrim } from './trim.ts'
import { createUniverse, type Universe } from './universe.ts'

/** Suggestions tried, and given, at most. */
const TRIES = 6
const MOST = 3
/** Conflicts one try may cost. */
const CONFLICTS = 5_000

interface Attempt {
  readonly fix: Fix
  readonly input: ResolveInput
}

/** Ways out, one change each, of which a new search found that they work. Source: solver-semantics §8.2. */
export function suggestFixes(failure: Failure, facts: readonly Fact[]): readonly Fix[] {
  const fixes: Fix[] = []
  for (const { fix, input } of attempts(failure.input, facts).slice(0, TRIES)) {
    if (fixes.length < MOST && isFeasible(input, failure.question.universe)) fixes.push(fix)
  }
  return fixes
}

function attempts(input: ResolveInput, facts: readonly Fact[]): readonly Attempt[] {
  const { request, snapshot } = input
  const list: Attempt[] = []
  const retry = (changed: SolveRequest) =>
    list.push({ fix: { kind: 'request', ...changed }, input: { ...input, request: changed } })
  const takesNames =
    request.operation === 'install' || (request.operation === 'update' && request.patterns.length > 0)
  for (const fact of facts) {
    const stem = fact.subject
    if (fact.kind === 'held' && takesNames) {
      retry({ ...request, patterns: [`pkg:/${stem}`, ...request.patterns] })
    }
    if (fact.kind === 'group' && takesNames && fact.object !== undefined) {
      retry({ ...request, reject: [...request.reject, `pkg:/${fact.object}`] })
    }
    if (fact.kind === 'freeze') {
      const frozen = snapshot.frozen.filter((entry) => entry.stem !== stem)
      list.push({ fix: { kind: 'unfreeze', stem }, input: { ...input, snapshot: { ...snapshot, frozen } } })
    }
  }
  for (const fact of facts) {
    if (fact.kind === 'held' && takesNames) {
      retry({ ...request, reject: [...request.reject, `pkg:/${fact.subject}`] })
    }
    if (fact.kind === 'named' && request.patterns.length > 1) {
      retry({ ...request, patterns: request.patterns.filter((pattern) => pattern !== fact.subject) })
    }
    const at = fact.subject.indexOf('@')
    if (fact.kind === 'named' && at > 0) {
      const bare = fact.subject.slice(0, at)
      retry({
        ...request,
        patterns: request.patterns.map((pattern) => (pattern === fact.subject ? bare : pattern)),
      })
    }
  }
  return list
}

function isFeasible(input: ResolveInput, known: Universe): boolean {
  const universe = input.snapshot === known.snapshot ? known : createUniverse(input.catalog, input.snapshot)
  const wish = resolvePatterns(universe, input.request)
  if (!wish.ok) return false
  const question = createQuestion(universe, wish.value, {
    exact: input.request.operation === 'exact-install',
  })
  const trim = createTrim(question)
  const engine = input.newBackend()
  try {
    const session = createSession(question, trim, engine, { ...input.budget, conflicts: CONFLICTS })
    session.open(question.exact ? wish.value.order : [...wish.value.order, ...universe.installedStems])
    return session.solve([]) !== undefined
  } catch (error) {
    if (error instanceof BudgetExhausted) return false
    throw error
  } finally {
    engine.dispose()
  }
}
