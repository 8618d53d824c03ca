import type { LoggedChange } from './disk-change.ts'
import { seededRandom } from './seeded-random.ts'

/** What becomes of a change that was not flushed. Content may survive in part. */
export type Decision = boolean | { readonly how: Tear; readonly part: number }

/**
 * What is found of content that was not flushed, beside all of it and nothing. The part counts from what was there before.
 * - prefix: it ends after the part. zeros: as long as the part, and nothing but zeros.
 * - tail lost: its whole length, with zeros after the part. head lost: its whole length, with zeros before it, as when
 *   later blocks were written earlier.
 * - stale: its whole length, after the part what some older file had left on these blocks.
 */
export type Tear = 'prefix' | 'zeros' | 'tail lost' | 'head lost' | 'stale'

const tears: readonly Tear[] = ['prefix', 'zeros', 'tail lost', 'head lost', 'stale']

/**
 * Which of the changes that were not flushed survive a power cut.
 * - nothing, everything: the two ends.
 * - names: every name and attribute, no content: the renamed file is empty.
 * - zeros: every name and attribute; content has its length and nothing in it.
 * - stale: every name and attribute; content has its length and is that of older files.
 * - no attributes: every name and all content, no mode, owner or time.
 * - last: the last change of names, with what it needs, and nothing before it.
 * - all but first: everything that does not need the first.
 * - only one: one change of names that the seed chooses, with what it needs, and nothing else.
 * - all but one: everything that does not need one that the seed chooses.
 * - in order: the first so many, as a log that is written in order leaves them; content torn at random.
 * - random: each by itself, content torn at random.
 */
export type Survival =
  | { readonly kind: (typeof fixed)[number] }
  | { readonly kind: 'in order' | 'random' | 'only one' | 'all but one'; readonly seed: number }

const fixed = [
  'nothing',
  'everything',
  'names',
  'zeros',
  'stale',
  'no attributes',
  'last',
  'all but first',
] as const

/** The fixed ones, and `count` more of each kind that a seed chooses. */
export function survivals(seed: number, count: number): readonly Survival[] {
  const chosen = Array.from({ length: count }, (_, index): Survival[] => [
    { kind: 'in order', seed: seed * 2 + index * 7919 + 1 },
    { kind: 'random', seed: seed * 3 + index * 6007 + 2 },
    { kind: 'only one', seed: seed * 5 + index * 4999 + 3 },
    { kind: 'all but one', seed: seed * 7 + index * 3989 + 4 },
  ])
  return [...fixed.map((kind): Survival => ({ kind })), ...chosen.flat()]
}

function tear(random: () => number): Decision {
  const dice = random()
  if (dice < 0.25) return true
  if (dice < 0.5) return false
  return { how: tears[Math.floor(random() * tears.length)]!, part: random() }
}

function isName({ change }: LoggedChange): boolean {
  return change.kind === 'names'
}

function oneOf(changes: readonly LoggedChange[], seed: number): LoggedChange | undefined {
  return changes[Math.floor(seededRandom(seed)() * changes.length)]
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
  const only = (one: LoggedChange | undefined): Map<number, Decision> =>
    withNeeds(pending, new Map(one === undefined ? [] : [[one.index, true]]))
  const allBut = (one: LoggedChange | undefined): Map<number, Decision> =>
    withoutOrphans(
      pending,
      decide((logged) => logged !== one),
    )
  switch (survival.kind) {
    case 'nothing':
      return new Map()
    case 'everything':
      return decide(() => true)
    case 'names':
      return decide(({ change }) => change.kind !== 'content')
    case 'zeros':
      return decide(({ change }) => (change.kind === 'content' ? { how: 'zeros', part: 1 } : true))
    case 'stale':
      return decide(({ change }) => (change.kind === 'content' ? { how: 'stale', part: 0 } : true))
    case 'no attributes':
      return decide(({ change }) => change.kind !== 'attributes')
    case 'last':
      return only(pending.findLast(isName))
    case 'only one':
      return only(oneOf(pending.filter(isName), survival.seed))
    case 'all but first':
      return allBut(pending.find(isName) ?? pending[0])
    case 'all but one':
      return allBut(oneOf(pending, survival.seed))
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
