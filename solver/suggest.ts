import { parsePattern, type SolveRequest, stemMatcher } from '#model'
import type { Fact, Fix } from './explanation.ts'
import { effortOf, type Failure } from './failure.ts'
import { resolvePatterns } from './patterns.ts'
import { createQuestion } from './question.ts'
import type { Effort, ResolveInput } from './resolve-input.ts'
import { BudgetExhausted, createSession } from './session.ts'
import { createTrim } from './trim.ts'
import { createUniverse } from './universe.ts'

/** Suggestions tried, and given, at most. */
const TRIES = 8
const MOST = 3
/** Conflicts one try may cost. */
const CONFLICTS = 5_000

/** A change of a request that takes one fact away. */
type Edit = (request: SolveRequest) => SolveRequest

/** Ways out that lift one fact each, by how much they leave of what was asked for and of what is installed. */
interface Edits {
  /** Name what is held, leave out a member of a group, take what was rejected. */
  readonly mild: readonly Edit[]
  /** Remove what is in the way. */
  readonly removing: readonly Edit[]
  /** Ask for less: any version, or not at all. */
  readonly dropping: readonly Edit[]
  /** Freezes to lift. */
  readonly frozen: readonly string[]
}

/**
 * Ways out of which a new search found that they work: one change each, or, where there are several reasons and no single
 * change helps, one for each reason. Source: solver-semantics §8.2.
 */
export function suggestFixes(failure: Failure, reasons: readonly (readonly Fact[])[]): readonly Fix[] {
  const { input } = failure
  const fixes: Fix[] = []
  const seen = new Set<string>()
  const effort = effortOf(failure)
  let tries = 0
  const attempt = (fix: Fix, changed: ResolveInput) => {
    const key = JSON.stringify(fix)
    if (tries >= TRIES || fixes.length >= MOST || seen.has(key)) return
    seen.add(key)
    tries += 1
    if (isFeasible(changed, failure, effort)) fixes.push(fix)
  }
  const retry = (edits: readonly Edit[]) => {
    const request = edits.reduce((changed, edit) => edit(changed), input.request)
    const idle = request.patterns.length === 0 && input.request.patterns.length > 0
    if (!idle) attempt({ kind: 'request', ...request }, { ...input, request })
  }
  const lists = reasons.map((facts) => editsOf(input, facts))
  const kinds = ['mild', 'removing', 'dropping'] as const
  /** What an edit comes to, as a key. */
  const resultOf = (edit: Edit) => JSON.stringify(edit(input.request))
  const results = lists.map((edits) => new Set(kinds.flatMap((kind) => edits[kind].map(resultOf))))
  /** `sparing`: only changes that are a way out of every reason; others seldom help, and each try is a search. */
  const each = (kind: (typeof kinds)[number], sparing: boolean) => {
    for (const edits of lists)
      for (const edit of edits[kind])
        if (!sparing || results.every((own) => own.has(resultOf(edit)))) retry([edit])
  }
  const lift = (sparing: boolean) => {
    for (const stem of new Set(lists.flatMap((edits) => edits.frozen))) {
      if (sparing && !lists.every((edits) => edits.frozen.includes(stem))) continue
      const frozen = input.snapshot.frozen.filter((entry) => entry.stem !== stem)
      attempt({ kind: 'unfreeze', stem }, { ...input, snapshot: { ...input.snapshot, frozen } })
    }
  }
  const trySingle = (sparing: boolean, between: () => void) => {
    each('mild', sparing)
    lift(sparing)
    each('dropping', sparing)
    between()
    each('removing', sparing)
  }
  const tryTogether = () => {
    if (lists.length < 2 || fixes.length > 0) return
    const first = (order: readonly (typeof kinds)[number][]) =>
      lists.flatMap((edits) => order.flatMap((kind) => edits[kind]).slice(0, 1))
    tries = Math.min(tries, TRIES - 2)
    retry(first(['dropping', 'mild', 'removing']))
    retry(first(['mild', 'removing', 'dropping']))
  }
  trySingle(true, tryTogether)
  // Now and then another one helps: where others move with what is named, say.
  if (lists.length > 1 && fixes.length === 0) trySingle(false, () => {})
  return fixes
}

function editsOf({ request }: ResolveInput, facts: readonly Fact[]): Edits {
  const mild: Edit[] = []
  const removing: Edit[] = []
  const dropping: Edit[] = []
  const frozen: string[] = []
  const { operation, patterns } = request
  // What changes facets or variants is not part of the request, so its command cannot be written down; a sync has none.
  const isWhole = !['change-facet', 'change-variant', 'sync'].includes(operation)
  const takesNames = operation === 'install' || (operation === 'update' && patterns.length > 0)
  const mayRemove = takesNames || operation === 'update'
  const rejecting =
    (stem: string): Edit =>
    (changed) => ({
      ...changed,
      reject: [...changed.reject, `pkg:/${stem}`],
    })
  for (const fact of facts) {
    const { kind, subject, object, range } = fact
    if (kind === 'held' && takesNames) {
      mild.push((changed) => ({ ...changed, patterns: [`pkg:/${subject}`, ...changed.patterns] }))
    }
    if (kind === 'group' && mayRemove && object !== undefined)
      (takesNames ? mild : removing).push(rejecting(object))
    if (kind === 'freeze') frozen.push(subject)
    if (kind === 'reject' && isWhole) {
      mild.push((changed) => ({
        ...changed,
        reject: changed.reject.filter((pattern) => !speaksOf(pattern, subject)),
      }))
    }
    if (kind === 'floor' && takesNames && range !== undefined) {
      mild.push((changed) => ({
        ...changed,
        patterns: [
          ...changed.patterns.filter((pattern) => !speaksOf(pattern, subject)),
          `pkg:/${subject}@${range}`,
        ],
      }))
    }
    if (kind === 'named' && isWhole) {
      const at = subject.indexOf('@')
      if (at > 0) {
        dropping.push((changed) => ({
          ...changed,
          patterns: changed.patterns.map((pattern) => (pattern === subject ? subject.slice(0, at) : pattern)),
        }))
      }
      dropping.push((changed) => ({
        ...changed,
        patterns: changed.patterns.filter((pattern) => pattern !== subject),
      }))
    }
  }
  for (const { kind, subject } of facts) {
    if ((kind === 'held' || kind === 'stays') && mayRemove) removing.push(rejecting(subject))
  }
  return { mild, removing, dropping, frozen }
}

function speaksOf(text: string, stem: string): boolean {
  const pattern = parsePattern(text)
  return pattern.ok && stemMatcher(pattern.value)(stem)
}

function isFeasible(
  input: ResolveInput,
  { question: { universe: known }, hasPlan }: Failure,
  effort: Effort,
): boolean {
  if (effort.left < 0) return false
  const universe = input.snapshot === known.snapshot ? known : createUniverse(input.catalog, input.snapshot)
  const wish = resolvePatterns(universe, input.request)
  if (!wish.ok) return false
  const question = createQuestion(universe, wish.value, {
    exact: input.request.operation === 'exact-install',
  })
  const trim = createTrim(question)
  const engine = input.newBackend()
  try {
    const session = createSession(question, trim, engine, { ...input.budget, conflicts: CONFLICTS }, effort)
    session.start()
    const first = session.solve([])
    if (first === undefined) return false
    // An update of everything that can do nothing is no way out.
    return !question.everything || hasPlan({ question, trim, session }, first)
  } catch (error) {
    if (error instanceof BudgetExhausted) return false
    throw error
  } finally {
    engine.dispose()
  }
}
