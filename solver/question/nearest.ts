import { editDistanceFrom, type SolveRequest } from '#model'
import type { Universe } from '../lookup/universe.ts'
import type { PatternMiss } from '../problems.ts'

const MOST = 3
/** Greatest edit distance of a suggestion. */
const MOST_EDITS = 4

/** A pattern that matches nothing. */
export interface Missed {
  readonly text: string
  readonly name: string
  readonly why: Exclude<PatternMiss['why'], 'wrong-publisher'>
}

/**
 * Adds to each missed pattern the known names (for update and uninstall: installed names) within a small edit distance, best
 * first. One pass for all patterns, because reading tens of thousands of names takes longer than comparing them.
 */
export function withNearest(
  { catalog, installed }: Universe,
  { operation }: SolveRequest,
  missed: readonly Missed[],
): readonly PatternMiss[] {
  const mustBeInstalled = operation === 'update' || operation === 'uninstall'
  const searches = missed.map(({ text, name, why }) => {
    const wanted = lastPart(name)
    const limit = Math.min(MOST_EDITS, Math.max(1, Math.floor(wanted.length / 4)))
    const miss = {
      text,
      why,
      found: [] as { name: string; distance: number }[],
      limit,
      distanceTo: editDistanceFrom(wanted, limit),
    }
    return { ...miss, isSearched: why !== 'not-offered' && wanted !== '' && !/[*?]/.test(name) }
  })
  const searched = searches.filter(({ isSearched }) => isSearched)
  for (let stem = 0; stem < catalog.stemCount && searched.length > 0; stem += 1) {
    if (catalog.stemStart[stem] === catalog.stemStart[stem + 1]) continue
    if (mustBeInstalled && installed[stem]! < 0) continue
    const name = catalog.stemName(stem)
    const last = lastPart(name)
    for (const { found, limit, distanceTo } of searched) {
      const distance = distanceTo(last)
      if (distance <= limit) found.push({ name, distance })
    }
  }
  return searches.map(({ text, why, found }) => {
    found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    return { text, why, nearest: found.slice(0, MOST).map(({ name }) => name) }
  })
}

const lastPart = (name: string) => name.slice(name.lastIndexOf('/') + 1)
