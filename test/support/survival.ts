import type { LoggedChange } from './disk-change.ts'
import { seededRandom } from './seeded-random.ts'

/** What becomes of a change that was not flushed. Content may survive in part. */
export type Decision = boolean | { readonly how: 'prefix' | 'zeros'; readonly part: number }

/**
 * Which of the changes that were not flushed survive a power cut.
 * - nothing, everything: the two ends.
 * - names: every name and attribute, no content: the renamed file is empty.
 * - zeros: every name and attribute; content has its length and nothing in it.
 * - last: the last change of names, with what it needs, and nothing before it.
 * - all but first: everything that does not need the first.
 * - in order: the first so many, as a log that is written in order leaves them; content torn at random.
 * - random: each by itself, content torn at random.
 */
export type Survival =
  | { readonly kind: 'nothing' | 'everything' | 'names' | 'zeros' | 'last' | 'all but first' }
  | { readonly kind: 'in order' | 'random'; readonly seed: number }

/** The fixed ones, and `count` more of each kind that a seed chooses. */
export function survivals(seed: number, count: number): readonly Survival[] {
  const fixed = ['nothing', 'everything', 'names', 'zeros', 'last', 'all but first'] as const
  const chosen = Array.from({ length: count }, (_, index): Survival[] => [
    { kind: 'in order', seed: seed * 2 + index * 7919 + 1 },
    { kind: 'random', seed: seed * 3 + index * 6007 + 2 },
  ])
  return [...fixed.map((kind): Survival => ({ kind })), ...chosen.flat()]
}

function tear(random: () => number): Decision {
  const dice = random()
  if (dice < 0.25) return true
  if (dice < 0.5) return false
  return { how: dice < 0.75 ? 'prefix' : 'zeros', part: random() }
}

function isName({ change }: LoggedChange): boolean {
  return change.kind === 'names'
}

/** Adds what the chosen ones do not survive without. */
function withNeeds(pending: readonly LoggedChange[], chosen: Map<number, Decision>): Map<number, Decision> {
  for (const { index, needs } of pending.toReversed()) {
    if (chosen.get(index) === undefined || chosen.get(index) === false) continue
    for (const needed of needs) chosen.set(needed, true)
  }
  return chosen
}

/** Takes out what needs something that is lost. */
function withoutOrphans(
  pending: readonly LoggedChange[],
  chosen: Map<number, Decision>,
): Map<number, Decision> {
  const isPending = new Set(pending.map(({ index }) => index))
  for (const { index, needs } of pending)
    if (needs.some((needed) => isPending.has(needed) && chosen.get(needed) !== true)) chosen.set(index, false)
  return chosen
}

/** Decides over the changes that were not flushed, given in their order. Those that it does not name are lost. */
export function survivorsOf(
  pending: readonly LoggedChange[],
  survival: Survival,
): ReadonlyMap<number, Decision> {
  const decide = (decision: (logged: LoggedChange, place: number) => Decision): Map<number, Decision> =>
    new Map(pending.map((logged, place) => [logged.index, decision(logged, place)]))
  switch (survival.kind) {
    case 'nothing':
      return new Map()
    case 'everything':
      return decide(() => true)
    case 'names':
      return decide(({ change }) => change.kind !== 'content')
    case 'zeros':
      return decide(({ change }) => (change.kind === 'content' ? { how: 'zeros', part: 1 } : true))
    case 'last': {
      const last = pending.findLast(isName)
      return withNeeds(pending, new Map(last === undefined ? [] : [[last.index, true]]))
    }
    case 'all but first': {
      const first = pending.find(isName) ?? pending[0]
      return withoutOrphans(
        pending,
        decide((logged) => logged !== first),
      )
    }
    case 'in order': {
      const random = seededRandom(survival.seed)
      const cut = random() * (pending.length + 1)
      return decide(({ change }, place) =>
        change.kind === 'content' ? tear(random) : place < Math.floor(cut),
      )
    }
    case 'random': {
      const random = seededRandom(survival.seed)
      const share = random()
      const chosen = decide(({ change }) => (change.kind === 'content' ? tear(random) : random() < share))
      return random() < 0.5 ? withNeeds(pending, chosen) : withoutOrphans(pending, chosen)
    }
  }
}
