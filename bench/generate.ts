import type { PublisherName, Stem } from '#model'
import type { CatalogEntry } from '#repo'

/** Shape of a generated catalog. */
export interface GeneratedShape {
  readonly stems: number
  readonly versions: number
  /** Require dependencies of each version. */
  readonly density: number
  readonly seed: number
}

/** Stems that one incorporation holds together. */
const GROUP = 50

/** Numbers from 0 to 1 from a seed; the same seed gives the same numbers everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function stemName(stem: number): string {
  return `app/p${stem}`
}

export function incorporationName(stem: number): string {
  return `incorporation/g${Math.floor(stem / GROUP)}`
}

/** The publisher of all generated packages. */
export const generatedPublisher = 'generated' as PublisherName

function entryOf(stem: string, version: number, actions: readonly string[]): CatalogEntry {
  return { publisher: generatedPublisher, stem: stem as Stem, version: `${version}-1`, actions }
}

/**
 * A catalog like a distribution's: each version requires some stems, mostly of its neighbourhood, some at its own version
 * or the one before; an incorporation with as many versions keeps each fifty stems together, and each stem requires
 * its incorporation. Made one entry at a time, because the largest have millions.
 */
export function* generateEntries({
  stems,
  versions,
  density,
  seed,
}: GeneratedShape): Generator<CatalogEntry> {
  const random = randomNumbers(seed)
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low))
  for (let stem = 0; stem < stems; stem += 1) {
    const bases = Array.from({ length: density }, () =>
      random() < 0.8 ? between(Math.max(0, stem - 4 * GROUP), stem + 1) : between(0, stem + 1),
    ).filter((base) => base !== stem)
    for (let version = 1; version <= versions; version += 1) {
      const actions = bases.map((base, place) => {
        const atLeast = place % 3 === 0 ? `@${Math.max(1, version - 1)}` : ''
        return `depend type=require fmri=${stemName(base)}${atLeast}`
      })
      actions.push(`depend type=require fmri=${incorporationName(stem)}`)
      yield entryOf(stemName(stem), version, actions)
    }
  }
  for (let group = 0; group * GROUP < stems; group += 1) {
    const members = Array.from(
      { length: Math.min(GROUP, stems - group * GROUP) },
      (_, place) => group * GROUP + place,
    )
    for (let version = 1; version <= versions; version += 1) {
      const actions = members.map((stem) => {
        const pinned = random() < 0.9 ? version : Math.max(1, version - 1)
        return `depend type=incorporate fmri=${stemName(stem)}@${pinned}`
      })
      yield entryOf(incorporationName(group * GROUP), version, actions)
    }
  }
}
