import type { PackageId, StemId } from '#model'

const NONE = new Int32Array(0)
const NO_PLACES: readonly number[] = []

/**
 * Variables of the order encoding. Candidates of a stem have positions 0 (oldest) to n - 1 (newest). The variable of place k
 * (1 to n) says "a candidate is selected and its position is below k", so the variable of place n says "present". All variables
 * of an absent stem are false. Variables are made on demand, because no clause distinguishes most versions of most stems.
 * `dense` makes all variables of a stem at once.
 */
export function createVariableMap(
  stemCount: number,
  candidatesOf: (stem: StemId) => Int32Array,
  options: { readonly dense: boolean } = { dense: false },
) {
  // A few hundred of tens of thousands of stems are used. These have a slot, counted from 1.
  const slots = new Int32Array(stemCount)
  const lists: Int32Array[] = [NONE]
  /** Variable by slot and place, 0 where none was made. */
  const variablesOf: Int32Array[] = [NONE]
  const places: (number[] | undefined)[] = [undefined]
  const stems: number[] = [-1]
  const seen: StemId[] = []
  const fresh: number[] = []
  const make = (stem: StemId, slot: number, k: number) => {
    const variable = stems.length
    stems.push(stem)
    variablesOf[slot]![k] = variable
    const own = places[slot]
    // Most stems have one or two: a list that starts empty would reserve memory for seventeen.
    if (own === undefined) places[slot] = [k]
    else if (own[own.length - 1]! < k) own.push(k)
    else
      own.splice(
        own.findIndex((place) => place > k),
        0,
        k,
      )
    fresh.push(k, variable)
    return variable
  }
  const slotOf = (stem: StemId) => {
    const known = slots[stem]!
    if (known !== 0) return known
    const list = candidatesOf(stem)
    const slot = lists.length
    slots[stem] = slot
    seen.push(stem)
    lists.push(list)
    variablesOf.push(new Int32Array(list.length + 1))
    places.push(undefined)
    for (let k = options.dense ? 1 : Math.max(1, list.length); k <= list.length; k += 1) make(stem, slot, k)
    return slot
  }
  const candidates = (stem: StemId) => lists[slotOf(stem)]!
  const known = (stem: StemId, k: number) => {
    const slot = slotOf(stem)
    const { length } = lists[slot]!
    return k <= 0 || length === 0 ? 0 : variablesOf[slot]![Math.min(k, length)]!
  }
  const below = (stem: StemId, k: number) => {
    const variable = known(stem, k)
    const slot = slots[stem]!
    return variable !== 0 || k <= 0 || lists[slot]!.length === 0 ? variable : make(stem, slot, k)
  }
  return {
    /** Stems whose candidates were read, in that order. Grows. */
    stems: seen,
    /** Candidates by position. Makes the variable of "present" on the first call. */
    candidates,
    /** "Selected below position k"; 0 (false) for k <= 0 and for stems without candidates. */
    below,
    /** As `below`, but 0 also where the variable was not made. */
    known,
    /** The places whose variables were made, ascending. Grows. */
    places: (stem: StemId) => places[slotOf(stem)] ?? NO_PLACES,
    /** "Some candidate is selected"; 0 (false) for stems without candidates. */
    present: (stem: StemId) => known(stem, candidates(stem).length),
    /** Position of a package, or -1. */
    position: (stem: StemId, id: PackageId) => candidates(stem).indexOf(id),
    /** Makes a variable of no stem. */
    fresh(): number {
      stems.push(-1)
      return stems.length - 1
    },
    /** Number of the last variable. */
    get count(): number {
      return stems.length - 1
    },
    /** Stem of a variable, or -1. */
    stemOf: (variable: number) => stems[variable] ?? -1,
    /**
     * Writes the selected position of some stems into an array by stem, -1 for absent stems. `truth` is a model of the engine: 1 at
     * each true variable. Of positions that no variable distinguishes, the newest is selected.
     */
    readPositions(stems: readonly StemId[], truth: Uint8Array, positions: Int32Array) {
      // One loop without calls, because the interpreter runs it first, once for every model.
      for (let index = 0; index < stems.length; index += 1) {
        const stem = stems[index]!
        const slot = slots[stem]!
        const { length } = lists[slot]!
        const variables = variablesOf[slot]!
        positions[stem] = -1
        if (length === 0 || truth[variables[length]!] !== 1) continue
        const own = places[slot]!
        let place = 0
        while (truth[variables[own[place]!]!] !== 1) place += 1
        positions[stem] = own[place]! - 1
      }
    },
    /** Runs `visit` for the variables of stems that were made since the last call. */
    takeNew(visit: (stem: StemId, k: number, variable: number) => void) {
      for (let index = 0; index < fresh.length; index += 2) {
        visit(stems[fresh[index + 1]!]!, fresh[index]!, fresh[index + 1]!)
      }
      fresh.length = 0
    },
  }
}

export type VariableMap = ReturnType<typeof createVariableMap>
