import type { PackageId, StemId } from '#model'
import type { Fact, Fix } from '../explanation.ts'
import { memo } from '../lookup/memo.ts'
import { createUniverse } from '../lookup/universe.ts'
import { findDependents } from '../question/dependents.ts'
import { resolvePatterns } from '../question/patterns.ts'
import { createQuestion, type Question } from '../question/question.ts'
import type { ResolveInput } from '../resolve-input.ts'
import { createTrim, type Trim } from '../rules/trim.ts'
import { BudgetExhausted, type Effort } from '../search/asker.ts'
import { createSession } from '../search/session.ts'
import { type Edit, type Edits, editsOf } from './edits.ts'
import { effortOf, type Failure, findBlockedUpdate } from './failure.ts'

type Kind = Exclude<keyof Edits, 'frozen'>
const kinds = ['mild', 'loosening', 'dropping', 'removing'] as const satisfies readonly Kind[]

/**
 * Finds fixes, each confirmed by a search of its own. A fix is a single change. If there are several explanations and no single
 * change helps, it is one change for each. No fix works with fewer of its changes. Source: solver-semantics §8.2.
 */
export function suggestFixes(failure: Failure, reasons: readonly (readonly Fact[])[]): readonly Fix[] {
  const lists = reasons.map((facts) => editsOf(failure.input, facts))
  const trials = createTrials(failure)
  const results = lists.map(
    (edits) => new Set(kinds.flatMap((kind) => edits[kind].map((edit) => trials.keyOf([edit])))),
  )
  const helps = (edit: Edit, reason: number) => results[reason]!.has(trials.keyOf([edit]))
  /** `sparing`: only changes that help with every explanation; others seldom work, and each try is a search. */
  const each = (kind: Kind, sparing: boolean) => {
    for (const edits of lists)
      for (const edit of edits[kind])
        if (!sparing || results.every((_, reason) => helps(edit, reason))) trials.attempt([edit])
  }
  const lift = (sparing: boolean) => {
    for (const stem of new Set(lists.flatMap((edits) => edits.frozen)))
      if (!sparing || lists.every((edits) => edits.frozen.includes(stem))) trials.lift(stem)
  }
  const trySingle = (sparing: boolean, between: () => void) => {
    each('mild', sparing)
    lift(sparing)
    each('loosening', sparing)
    each('dropping', sparing)
    between()
    each('removing', sparing)
  }
  const isStuck = () => lists.length > 1 && trials.fixes.length === 0
  trySingle(true, () => {
    if (isStuck()) tryTogether(trials, lists, helps)
  })
  // Now and then another change works, because other packages move with the named ones.
  if (isStuck()) trySingle(false, () => {})
  return trials.fixes
}

/** Tries one change for each explanation: first those that keep least of the request, made milder where possible, then those that keep most. */
function tryTogether(
  trials: Trials,
  lists: readonly Edits[],
  helps: (edit: Edit, reason: number) => boolean,
): void {
  /** For each explanation its first edit, unless an edit chosen for another explanation helps with it. */
  const oneForEach = (order: readonly Kind[]) => {
    const chosen: Edit[] = []
    lists.forEach((edits, reason) => {
      const [first] = order.flatMap((kind) => edits[kind])
      if (first !== undefined && !chosen.some((edit) => helps(edit, reason))) chosen.push(first)
    })
    return chosen
  }
  trials.keepHalf()
  const without = oneForEach(['dropping', 'mild', 'removing'])
  trials.attempt(without)
  // A fix must keep some of the request.
  if (trials.isIdle(without)) for (const edits of withOneMilder(without)) trials.attempt(edits)
  trials.attempt(oneForEach(['mild', 'removing', 'dropping']))
}

function withOneMilder(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  return edits.flatMap(({ milder }, place) => (milder === undefined ? [] : [edits.with(place, milder)]))
}

/** Most changes tried, and most fixes given. */
const TRIES = 8
const MOST = 3

/** Tries changes of a failed request, all within one effort, and collects the fixes. */
function createTrials(failure: Failure) {
  const { input } = failure
  const fixes: Fix[] = []
  const given: (readonly Edit[])[] = []
  const answers = new Map<string, boolean>()
  const effort = effortOf(failure)
  let tries = 0
  const mayTry = () => tries < TRIES && fixes.length < MOST
  const ask = (fix: Fix, changed: ResolveInput) => {
    return memo(answers, JSON.stringify(fix), () => {
      tries += 1
      return isWayOut(fix, changed, failure, effort)
    })
  }
  const requestOf = (edits: readonly Edit[]) =>
    edits.reduce((changed, edit) => edit.change(changed), input.request)
  const keyOf = (edits: readonly Edit[]) => JSON.stringify(requestOf(edits))
  const isIdle = (edits: readonly Edit[]) =>
    input.request.patterns.length > 0 && requestOf(edits).patterns.length === 0
  const works = (edits: readonly Edit[]) => {
    const request = requestOf(edits)
    return !isIdle(edits) && ask({ kind: 'request', ...request }, { ...input, request })
  }
  return {
    /** In the order in which they were tried. */
    fixes: fixes as readonly Fix[],
    /** A key of the request that some edits make. */
    keyOf,
    /** Whether the edits leave no pattern of the request. */
    isIdle,
    /** Tries some edits together, unless they include all edits of a fix. The fewest of them that work become a fix. */
    attempt(edits: readonly Edit[]) {
      const own = new Set(edits.flatMap((edit) => [edit, edit.milder ?? edit]).map((edit) => keyOf([edit])))
      const holds = (less: readonly Edit[]) => less.every((edit) => own.has(keyOf([edit])))
      if (!mayTry() || given.some(holds) || !works(edits)) return
      // Only the effort bounds the search for the fewest edits.
      const tried = tries
      const least = leastOf(edits, works)
      tries = tried
      given.push(least)
      fixes.push({ kind: 'request', ...requestOf(least) })
    },
    /** Tries the request without a freeze. */
    lift(stem: string) {
      const frozen = input.snapshot.frozen.filter((entry) => entry.stem !== stem)
      const fix: Fix = { kind: 'unfreeze', stem }
      if (mayTry() && ask(fix, { ...input, snapshot: { ...input.snapshot, frozen } })) fixes.push(fix)
    },
    /** Makes at least half of the tries available again. */
    keepHalf() {
      tries = Math.min(tries, TRIES / 2)
    },
  }
}

type Trials = ReturnType<typeof createTrials>

/** The fewest of some edits that still work, each as mild as possible. All of them together are known to work. */
function leastOf(edits: readonly Edit[], works: (edits: readonly Edit[]) => boolean): readonly Edit[] {
  let least = partsOf(edits).find(works) ?? edits
  for (const [place, { milder }] of least.entries()) {
    if (milder === undefined) continue
    const other = least.with(place, milder)
    if (works(other)) least = other
  }
  return least
}

/** The proper, non-empty subsets of some edits, smallest first. */
function partsOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const parts = edits.reduce<readonly (readonly Edit[])[]>(
    (some, edit) => some.concat(some.map((part) => [...part, edit])),
    [[]],
  )
  return parts.filter(({ length }) => length > 0 && length < edits.length).sort((a, b) => a.length - b.length)
}

/** Most conflicts of one search. */
const CONFLICTS = 5_000

/**
 * Whether a search finds an answer of a changed request that changes something. Without a freeze, the answer may also change
 * nothing. False if the effort ran out.
 */
function isWayOut(fix: Fix, input: ResolveInput, failure: Failure, effort: Effort): boolean {
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

/**
 * Updates that make a fix of a request whose change allows more versions of installed packages. A change that leaves such a package at its
 * version is no fix, and an update is none if the request asked for a downgrade. Each stem moves at least to the package
 * `least`. Undefined if one of them cannot move.
 */
function movesDue(failure: Failure, question: Question, trim: Trim) {
  const { packageVersionClass } = question.universe.catalog
  const moves: { readonly stem: StemId; readonly least: PackageId }[] = []
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
