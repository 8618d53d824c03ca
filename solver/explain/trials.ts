import type { Fix } from '../explanation.ts'
import type { ResolveInput } from '../resolve-input.ts'
import type { Edit } from './edits.ts'
import { effortOf, type Failure } from './failure.ts'
import { isWayOut } from './way-out.ts'

/** Suggestions tried, and given, at most. */
const TRIES = 8
const MOST = 3

/** Tries changes of a request that failed, within one effort for all, and collects those that work. */
export interface Trials {
  /** What worked, in the order in which it was tried. */
  readonly fixes: readonly Fix[]
  /** What some edits come to, as a key. */
  keyOf(edits: readonly Edit[]): string
  /** The edits leave nothing of what was asked for. */
  isIdle(edits: readonly Edit[]): boolean
  /** Tries some edits together, unless they hold all those of a fix; the fewest that work become one. */
  attempt(edits: readonly Edit[]): void
  /** Tries the request without a freeze. */
  lift(stem: string): void
  /** Sees to it that half of the tries are left. */
  keepHalf(): void
}

export function createTrials(failure: Failure): Trials {
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
  const keyOf = (edits: readonly Edit[]) => JSON.stringify(requestOf(edits))
  const isIdle = (edits: readonly Edit[]) =>
    input.request.patterns.length > 0 && requestOf(edits).patterns.length === 0
  const works = (edits: readonly Edit[]) => {
    const request = requestOf(edits)
    return !isIdle(edits) && ask({ kind: 'request', ...request }, { ...input, request })
  }
  return {
    fixes,
    keyOf,
    isIdle,
    attempt(edits) {
      const own = new Set(edits.flatMap((edit) => [edit, edit.milder ?? edit]).map((edit) => keyOf([edit])))
      const holds = (less: readonly Edit[]) => less.every((edit) => own.has(keyOf([edit])))
      if (!mayTry() || given.some(holds) || !works(edits)) return
      // What it takes to leave some out again is bounded by the effort alone.
      const tried = tries
      const least = leastOf(edits, works)
      tries = tried
      given.push(least)
      fixes.push({ kind: 'request', ...requestOf(least) })
    },
    lift(stem) {
      const frozen = input.snapshot.frozen.filter((entry) => entry.stem !== stem)
      const fix: Fix = { kind: 'unfreeze', stem }
      if (mayTry() && ask(fix, { ...input, snapshot: { ...input.snapshot, frozen } })) fixes.push(fix)
    },
    keepHalf() {
      tries = Math.min(tries, TRIES / 2)
    },
  }
}

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
