import type { Fact, Fix } from '../explanation.ts'
import { type Edit, type Edits, editsOf } from './edits.ts'
import type { Failure } from './failure.ts'
import { createTrials, type Trials } from './trials.ts'

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
