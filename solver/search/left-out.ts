import type { StemId } from '#model'
import type { Encoder } from '../encode/encode.ts'

/**
 * The part of the question that the clauses leave out: stems that are not expanded, and older positions of expanded stems. Assumptions
 * stand for this part, so that a core names the stems and positions to encode. `expanded` holds the expanded stems, and grows.
 */
export function createLeftOut(encoder: Encoder, expanded: readonly StemId[]) {
  const { variables, activation, pulled } = encoder
  const isAbsent = (stem: StemId) => !activation.isInCone(stem)
  /** Unchanged stems that have variables. */
  const unchanged = () => variables.stems.filter(activation.isUnchanged)
  let literals = new Int32Array(0)
  let state = ''
  return {
    /** Literals that assume: stems that could be pulled in are absent, unchanged stems are unchanged, older positions are not selected. */
    assumptions(): Int32Array {
      const now = `${variables.stems.length} ${pulled.length} ${expanded.length} ${encoder.timesOlder}`
      if (now === state) return literals
      state = now
      const list: number[] = []
      for (let index = 0; index < pulled.length; index += 1) {
        if (!isAbsent(pulled[index]!)) continue
        const present = variables.present(pulled[index]!)
        if (present !== 0) list.push(-present)
      }
      for (const stem of unchanged()) list.push(variables.below(stem, 1))
      for (let index = 0; index < expanded.length; index += 1) {
        const from = encoder.encodedFrom(expanded[index]!)
        if (from > 0) list.push(-variables.below(expanded[index]!, from))
      }
      literals = Int32Array.from(list)
      return literals
    },
    /**
     * The left-out part that a model without these assumptions uses. `older`: expanded stems at a position that is not encoded;
     * `stems`: unchanged stems that moved, then absent stems that are present.
     */
    usedBy(truth: Uint8Array) {
      const older = expanded.filter((stem) => truth[variables.known(stem, encoder.encodedFrom(stem))] === 1)
      const present = pulled.filter((stem) => isAbsent(stem) && truth[variables.present(stem)] === 1)
      const moved = unchanged().filter((stem) => truth[variables.known(stem, 1)] !== 1)
      return { older, stems: [...moved, ...present] }
    },
  }
}
