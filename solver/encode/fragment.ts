import type { Catalog, StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { memo } from '../lookup/memo.ts'
import { isObsolete } from '../lookup/universe.ts'
import type { ClauseBuffer } from './clause.ts'
import type { VariableMap } from './variable-map.ts'

/** The positions of a stem whose packages have a dependency. */
export interface Dependent {
  stem: StemId
  first: number
  last: number
  /** Positions of another stem without which the dependency does not apply. */
  cause?: Dependent | undefined
}

/** Clause fragments: the parts of clauses that dependencies of several types share. */
export function createFragments(
  catalog: Catalog,
  clauses: ClauseBuffer,
  variables: VariableMap,
  isForced: (stem: StemId) => boolean,
) {
  const isPulled = new Uint8Array(catalog.stemCount)
  const pulled: StemId[] = []
  const unmet = new Map<number, readonly number[]>()
  const unions = new Map<string, number>()
  const outside = (stem: StemId, first: number, last: number) => {
    clauses.negative(variables.below(stem, last + 1))
    clauses.positive(variables.below(stem, first))
  }
  const pull = (stem: StemId) => {
    variables.candidates(stem)
    if (isPulled[stem] === 1) return
    isPulled[stem] = 1
    pulled.push(stem)
  }
  /** Runs of positions that do not meet a target of `require`. */
  const unmetRuns = (target: number) => {
    const ids = variables.candidates(catalog.targetStem[target]!)
    const low = catalog.targetLow[target]!
    if (ids.length === 1) return ids[0]! < low || isObsolete(catalog, ids[0]!) ? ONLY : NONE
    return memo(unmet, target, () =>
      runsOf(ids.length, (position) => ids[position]! < low || isObsolete(catalog, ids[position]!)),
    )
  }
  const union = (stem: StemId, runs: readonly number[], key: string) => {
    const ids = variables.candidates(stem)
    if (covers(runs, ids.length)) return 0
    pull(stem)
    if (runs.length === 0) return variables.present(stem)
    const known = unions.get(key)
    if (known !== undefined) return known
    const literal = variables.fresh()
    unions.set(key, literal)
    clauses.implication(literal, variables.present(stem))
    for (let run = 0; run < runs.length; run += 2) {
      clauses.begin()
      clauses.negative(literal)
      outside(stem, runs[run]!, runs[run + 1]!)
      clauses.end()
    }
    return literal
  }
  const beginDependent = ({ stem, first, last, cause }: Dependent) => {
    fragments.begin(stem, first, last)
    if (cause !== undefined) outside(cause.stem, cause.first, cause.last)
  }
  const fragments = {
    catalog,
    clauses,
    variables,
    /** A clause of its own says that the stem is present. */
    isForced,
    /** Stems that some clause can pull in. Grows. */
    pulled: pulled as readonly StemId[],
    pull,
    /** Negated selector with which clauses begin, or 0. */
    guard: 0,
    /** Begins a clause with "the stem is not at the positions first..last". */
    begin(stem: StemId, first: number, last: number) {
      clauses.begin()
      clauses.positive(fragments.guard)
      outside(stem, first, last)
    },
    /** Adds "the stem's position is not in first..last". */
    outside,
    /** Literal that is only true if the stem is present outside the runs; 0 if that is impossible. The same literal for each key. */
    union,
    /** Literal that is only true if a target meets a `require` dependency. */
    requirement: (target: number) =>
      union(catalog.targetStem[target]!, unmetRuns(target), `require ${target}`),
    /**
     * Writes "the dependent is not at its positions, or the target is met". With `isPresent`, another clause says that the target's
     * stem is present. False if no candidate meets the target.
     */
    needTarget(dependent: Dependent, target: number, isPresent: boolean = false): boolean {
      const stem = catalog.targetStem[target]!
      const runs = unmetRuns(target)
      if (covers(runs, variables.candidates(stem).length)) {
        beginDependent(dependent)
        clauses.end()
        return false
      }
      const isCertain = isForced(stem)
      if (!isCertain) pull(stem)
      if (!isCertain && !isPresent) {
        beginDependent(dependent)
        clauses.positive(variables.present(stem))
        clauses.end()
      }
      for (let run = 0; run < runs.length; run += 2) {
        beginDependent(dependent)
        outside(stem, runs[run]!, runs[run + 1]!)
        clauses.end()
      }
      return true
    },
  }
  return fragments
}

export type Fragments = ReturnType<typeof createFragments>

/** Runs of a stem with one candidate: none, or the only position. */
const NONE: readonly number[] = []
const ONLY: readonly number[] = [0, 0]

/** Whether runs include every position. */
function covers(runs: readonly number[], length: number): boolean {
  return length === 0 || (runs.length === 2 && runs[0] === 0 && runs[1] === length - 1)
}
