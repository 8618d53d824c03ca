import type { PackageId, StemId } from '#model'

/**
 * Variables of the order encoding. Candidates of a stem have positions 0 (oldest) to n - 1 (newest); variable k of the
 * stem (k from 1 to n) says "a candidate is selected and its position is below k", so variable n says "present". A
 * stem that is absent has all of them false.
 */
export interface VariableMap {
  /** Candidates by position. Makes the variables of the stem on the first call. */
  candidates(stem: StemId): Int32Array
  /** "Selected below position k"; 0 (false) for k <= 0 and for stems without candidates. */
  below(stem: StemId, k: number): number
  /** "Some candidate is selected"; 0 (false) where there is none. */
  present(stem: StemId): number
  /** Position of a package, or -1. */
  position(stem: StemId, id: PackageId): number
  /** A variable of no stem. */
  fresh(): number
  /** Number of the last variable. */
  readonly count: number
  /** Stem of a variable, or -1 for the others. */
  stemOf(variable: number): StemId
}

export function createVariableMap(
  stemCount: number,
  candidatesOf: (stem: StemId) => Int32Array,
): VariableMap {
  const base = new Int32Array(stemCount).fill(-1)
  const lists: (Int32Array | undefined)[] = new Array(stemCount)
  const stems: number[] = [-1]
  const candidates = (stem: StemId) => {
    const known = lists[stem]
    if (known !== undefined) return known
    const list = candidatesOf(stem)
    lists[stem] = list
    base[stem] = stems.length - 1
    for (let index = 0; index < list.length; index += 1) stems.push(stem)
    return list
  }
  const below = (stem: StemId, k: number) => {
    const { length } = candidates(stem)
    return k <= 0 || length === 0 ? 0 : base[stem]! + Math.min(k, length)
  }
  return {
    candidates,
    below,
    present: (stem) => below(stem, candidates(stem).length),
    position: (stem, id) => candidates(stem).indexOf(id),
    fresh() {
      stems.push(-1)
      return stems.length - 1
    },
    get count() {
      return stems.length - 1
    },
    stemOf: (variable) => stems[variable] ?? -1,
  }
}
