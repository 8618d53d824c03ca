import type { Fix } from '../explanation.ts'
import { memo } from '../lookup/memo.ts'
import type { ResolveInput } from '../resolve-input.ts'
import type { Edit } from './edits.ts'
import { effortOf, type Failure } from './failure.ts'
import { isWayOut } from './way-out.ts'

/** Most changes tried, and most fixes given. */
const TRIES = 8
const MOST = 3

/** Tries changes of a failed request, all within one effort, and collects the fixes. */
export function createTrials(failure: Failure) {
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

export type Trials = ReturnType<typeof createTrials>

/** The fewest of some edits that still work, each as mild as possible. All of them together work. */
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
