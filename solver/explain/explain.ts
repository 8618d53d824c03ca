import type { StemId } from '#model'
import type { FactKind } from '../explanation.ts'
import type { SolverProblem } from '../problems.ts'
import { needingRejected } from '../question/dependents.ts'
import type { Question } from '../question/question.ts'
import { Role } from '../question/question.ts'
import { BudgetExhausted } from '../search/asker.ts'
import { createSession } from '../search/session.ts'
import { findWipeouts } from './domain-wipeout.ts'
import type { PlacedFact } from './fact.ts'
import { effortOf, type Failure, findBlockedUpdate } from './failure.ts'
import { findFacts } from './find-facts.ts'
import { suggestFixes } from './suggest.ts'

/** Most explanations that a problem gives. */
const MOST_REASONS = 3

type Reason = readonly PlacedFact[]

/** Explains why a search found no answer, and looks for fixes. Problem: `unsatisfiable`. */
export function explainFailure(failure: Failure): SolverProblem {
  const { question, input } = failure
  const reasons = findReasons(failure)
  const facts = reasons.map((reason) => reason.map(({ fact }) => fact))
  const [first = [], ...more] = facts
  const stemsOf = (kind: FactKind) =>
    new Set(
      reasons.flatMap((reason) => reason.flatMap(({ fact, stem }) => (fact.kind === kind ? [stem] : []))),
    )
  const named = stemsOf('named')
  const wiped = findWipeouts(failure, named)
  return {
    code: 'ips::solver_error::unsatisfiable',
    operation: input.request.operation,
    facts: first,
    more,
    beforeSearch: wiped.size > 0,
    subjects: subjectsOf(question, wiped, [named, stemsOf('stays')]),
    fixes: suggestFixes(failure, facts),
  }
}

/**
 * Finds a set of facts that leaves no answer, then others: each further search drops the demands that the last set starts from,
 * and ignores the dependencies of all sets before. Source: solver-semantics §8.2.
 */
function findReasons(failure: Failure): readonly Reason[] {
  const { question, input } = failure
  const first = findFacts(failure)
  if (first === undefined) return []
  const effort = effortOf(failure)
  const reasons = [first]
  const known = new Set(first.map(keyOf))
  let last = first
  const dropped = new Set<StemId>()
  const ignored = new Set<number>()
  for (let tries = 1; tries < MOST_REASONS; tries += 1) {
    const start = startOf(last)
    if (start.length === 0) break
    for (const { stem } of start) dropped.add(stem)
    for (const { dependency } of last) if (dependency !== undefined) ignored.add(dependency)
    const less = { ...withoutDemands(question, dropped), ignored }
    // The installed packages fit together, unless one of them needs a rejected package.
    const namedNothing = question.request.order.length > 0 && less.request.order.length === 0
    if (namedNothing && needingRejected(less).size === 0) break
    const engine = input.newBackend()
    try {
      const trim = failure.trim.ignoring(less)
      const session = createSession(less, trim, engine, input.budget ?? {}, effort)
      session.start()
      if (session.solve([]) !== undefined) break
      // To find its facts takes about as much work again.
      effort.left -= session.work()
      if (effort.left < 0) break
      const next = findFacts({ ...failure, question: less, trim, session })
      if (next === undefined) break
      if (!next.some((placed) => placed.leadsTo.length > 0 && known.has(keyOf(placed)))) reasons.push(next)
      for (const placed of next) known.add(keyOf(placed))
      last = next
    } catch (error) {
      if (error instanceof BudgetExhausted) break
      throw error
    } finally {
      engine.dispose()
    }
  }
  return reasons
}

/** The facts that a set starts from: the named packages, else those that stay, else those that are held. */
function startOf(reason: Reason): Reason {
  const starts = ['named', 'stays', 'held'].map((kind) => reason.filter(({ fact }) => fact.kind === kind))
  return starts.find((placed) => placed.length > 0) ?? []
}

const keyOf = ({ fact }: PlacedFact) => JSON.stringify(fact)

/** The same question without the demand that some stems are in the result. */
function withoutDemands(question: Question, dropped: ReadonlySet<StemId>): Question {
  const role = (stem: StemId) => {
    if (!dropped.has(stem)) return question.role(stem)
    return question.base[stem]! < 0 ? Role.new : Role.avoided
  }
  const { request } = question
  const order = request.order.filter((stem) => !dropped.has(stem))
  const named = new Map([...request.named].filter(([stem]) => !dropped.has(stem)))
  return { ...question, request: { ...request, order, named }, role }
}

/** Names of the wiped-out stems that the explanations start from: named stems, else installed ones. */
function subjectsOf(
  { universe: { catalog } }: Question,
  wiped: ReadonlySet<StemId>,
  starts: readonly ReadonlySet<StemId>[],
): readonly string[] {
  const found = starts.map((stems) => [...stems].filter((stem) => wiped.has(stem)))
  return (found.find((stems) => stems.length > 0) ?? []).map((stem) => catalog.stemName(stem))
}

/**
 * Explains why an update of everything changes nothing although an installed package with an install-hold has a newer candidate;
 * undefined where none has. Source: solver-semantics §7.3. Problem: `overconstrained`.
 */
export function explainBlockedUpdate(failure: Failure): SolverProblem | undefined {
  const demand = findBlockedUpdate(failure)
  if (demand === undefined) return undefined
  const facts = findFacts(failure, demand) ?? []
  return { code: 'ips::solver_error::overconstrained', facts: facts.map(({ fact }) => fact) }
}
