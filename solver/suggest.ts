import { type Edit, type Edits, editsOf } from './edits.ts'
import type { Fact, Fix } from './explanation.ts'
import { effortOf, type Failure } from './failure.ts'
import type { ResolveInput } from './resolve-input.ts'
import { isWayOut } from './way-out.ts'

/** Suggestions tried, and given, at most. */
const TRIES = 8
const MOST = 3

type Kind = Exclude<keyof Edits, 'frozen'>

/**
 * Ways out of which a new search found that they work: one change each, or, where there are several reasons and no single
 * change helps, one for each reason. None can do with fewer of its changes. Source: solver-semantics §8.2.
 */
export function suggestFixes(failure: Failure, reasons: readonly (readonly Fact[])[]): readonly Fix[] {
  const { input } = failure
  const fixes: Fix[] = []
  const given: (readonly Edit[])[] = []
  const answers = new Map<string, boolean>()
  const effort = effortOf(failure)
  let tries = 0
  const mayTry = () => tries < TRIES && fixes.length < MOST
  const ask = (fix: Fix, changed: ResolveInput) => {
    const key = JSON.stringify(fix)
    let answer = answers.get(key)
    if (answer === undefined) {
      tries += 1
      answer = isWayOut(fix, changed, failure, effort)
      answers.set(key, answer)
    }
    return answer
  }
  const requestOf = (edits: readonly Edit[]) =>
    edits.reduce((changed, edit) => edit.change(changed), input.request)
  /** Nothing is left of what was asked for. */
  const isIdle = (edits: readonly Edit[]) =>
    input.request.patterns.length > 0 && requestOf(edits).patterns.length === 0
  const works = (edits: readonly Edit[]) => {
    const request = requestOf(edits)
    return !isIdle(edits) && ask({ kind: 'request', ...request }, { ...input, request })
  }
  /** What some edits come to, as a key. */
  const keyOf = (edits: readonly Edit[]) => JSON.stringify(requestOf(edits))
  const isSame = (a: Edit, b: Edit) => keyOf([a]) === keyOf([b])
  const attempt = (edits: readonly Edit[]) => {
    const holds = (less: Edit) =>
      edits.some((edit) => isSame(edit, less) || (edit.milder !== undefined && isSame(edit.milder, less)))
    if (!mayTry() || given.some((all) => all.every(holds)) || !works(edits)) return
    // What it takes to leave some out again is bounded by the effort alone.
    const tried = tries
    const least = leastOf(edits, works)
    tries = tried
    given.push(least)
    fixes.push({ kind: 'request', ...requestOf(least) })
  }
  const lists = reasons.map((facts) => editsOf(input, facts))
  const results = lists.map(
    (edits) => new Set(kinds.flatMap((kind) => edits[kind].map((edit) => keyOf([edit])))),
  )
  const helps = (edit: Edit, reason: number) => results[reason]!.has(keyOf([edit]))
  /** `sparing`: only changes that are a way out of every reason; others seldom help, and each try is a search. */
  const each = (kind: Kind, sparing: boolean) => {
    for (const edits of lists)
      for (const edit of edits[kind])
        if (!sparing || results.every((_, reason) => helps(edit, reason))) attempt([edit])
  }
  const lift = (sparing: boolean) => {
    for (const stem of new Set(lists.flatMap((edits) => edits.frozen))) {
      if (!mayTry() || (sparing && !lists.every((edits) => edits.frozen.includes(stem)))) continue
      const frozen = input.snapshot.frozen.filter((entry) => entry.stem !== stem)
      const fix: Fix = { kind: 'unfreeze', stem }
      if (ask(fix, { ...input, snapshot: { ...input.snapshot, frozen } })) fixes.push(fix)
    }
  }
  const trySingle = (sparing: boolean, between: () => void) => {
    each('mild', sparing)
    lift(sparing)
    each('loosening', sparing)
    each('dropping', sparing)
    between()
    each('removing', sparing)
  }
  /** For each reason its first edit, unless one that was taken for another reason helps with it. */
  const oneForEach = (order: readonly Kind[]) => {
    const chosen: Edit[] = []
    lists.forEach((edits, reason) => {
      const [first] = order.flatMap((kind) => edits[kind])
      if (first !== undefined && !chosen.some((edit) => helps(edit, reason))) chosen.push(first)
    })
    return chosen
  }
  const tryTogether = () => {
    if (lists.length < 2 || fixes.length > 0) return
    tries = Math.min(tries, TRIES / 2)
    const without = oneForEach(['dropping', 'mild', 'removing'])
    attempt(without)
    // Something must be left of the request.
    if (isIdle(without)) for (const edits of withOneMilder(without)) attempt(edits)
    attempt(oneForEach(['mild', 'removing', 'dropping']))
  }
  trySingle(true, tryTogether)
  // Now and then another one helps: where others move with what is named, say.
  if (lists.length > 1 && fixes.length === 0) trySingle(false, () => {})
  return fixes
}

const kinds = ['mild', 'loosening', 'dropping', 'removing'] as const satisfies readonly Kind[]

/** The fewest of some edits that work, each as mild as it may be; the edits themselves work. */
function leastOf(edits: readonly Edit[], works: (edits: readonly Edit[]) => boolean): readonly Edit[] {
  let least = partsOf(edits).find(works) ?? edits
  for (const [place, { milder }] of least.entries()) {
    if (milder === undefined) continue
    const other = least.with(place, milder)
    if (works(other)) least = other
  }
  return least
}

/** Some of the edits, but not all: the fewest first. */
function partsOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const parts = edits.reduce<readonly (readonly Edit[])[]>(
    (some, edit) => some.concat(some.map((part) => [...part, edit])),
    [[]],
  )
  return parts.filter(({ length }) => length > 0 && length < edits.length).sort((a, b) => a.length - b.length)
}

function withOneMilder(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  return edits.flatMap(({ milder }, place) => (milder === undefined ? [] : [edits.with(place, milder)]))
}
