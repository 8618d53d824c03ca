import { GrowingInts } from '#model'

/**
 * Clauses in the making: literals in DIMACS order in one growing array, each clause ended by 0. The literal 0 stands for
 * "false": `positive` leaves it out, `negative` makes the clause true, and true clauses are not kept.
 */
export interface ClauseBuffer {
  /** Clauses so far, true ones left out. */
  readonly count: number
  begin(): void
  /** Adds a literal. */
  positive(literal: number): void
  /** Adds the negation of a literal. */
  negative(literal: number): void
  end(): void
  /** A whole clause whose literals are known to be of different variables; nothing is looked for. */
  whole(literals: readonly number[]): void
  /** A clause of one literal. */
  unit(literal: number): void
  /** Literals that were not taken yet; valid until the next call that adds. */
  take(): Int32Array
  /** True when some clause came out empty: nothing can satisfy the whole. */
  readonly hasEmptyClause: boolean
}

/** Literals from which on a set finds doubles faster than a look at all of them. */
const LONG = 64

export function createClauseBuffer(): ClauseBuffer {
  const literals = new GrowingInts(1 << 14)
  let taken = 0
  let count = 0
  let start = 0
  let isTrue = false
  let hasEmptyClause = false
  /** Literals of the clause being made, once it is too long to be looked through. */
  let seen: Set<number> | undefined
  const addToLong = (literal: number) => {
    seen ??= new Set(literals.values(start))
    if (seen.has(literal)) return
    if (seen.has(-literal)) isTrue = true
    seen.add(literal)
    literals.push(literal)
  }
  const add = (literal: number) => {
    const length = literals.length
    if (length - start > LONG) {
      addToLong(literal)
      return
    }
    const written = literals.backing
    for (let index = start; index < length; index += 1) {
      if (written[index] === literal) return
      if (written[index] === -literal) isTrue = true
    }
    literals.push(literal)
  }
  const buffer: ClauseBuffer = {
    get count() {
      return count
    },
    get hasEmptyClause() {
      return hasEmptyClause
    },
    begin() {
      start = literals.length
      isTrue = false
      seen = undefined
    },
    positive(literal) {
      if (literal !== 0) add(literal)
    },
    negative(literal) {
      if (literal === 0) isTrue = true
      else add(-literal)
    },
    end() {
      if (isTrue) {
        literals.cut(start)
        return
      }
      if (literals.length === start) hasEmptyClause = true
      literals.push(0)
      count += 1
    },
    whole(list) {
      buffer.begin()
      literals.pushAll(list)
      buffer.end()
    },
    unit(literal) {
      buffer.begin()
      buffer.positive(literal)
      buffer.end()
    },
    take() {
      const fresh = literals.values(taken)
      taken = literals.length
      return fresh
    },
  }
  return buffer
}
