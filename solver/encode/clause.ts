import { GrowingInts } from '#model'

/**
 * Builds clauses: literals in DIMACS order in one growing array, each clause ended by 0. The literal 0 stands for "false":
 * `positive` leaves it out, and `negative` makes the clause true. True clauses are dropped.
 */
export interface ClauseBuffer {
  /** Number of clauses, without true ones. */
  readonly count: number
  begin(): void
  /** Adds a literal. */
  positive(literal: number): void
  /** Adds the negation of a literal. */
  negative(literal: number): void
  end(): void
  /** Adds a whole clause. Its literals must have different variables: there is no check for repeats. */
  whole(literals: readonly number[]): void
  /** Adds a clause of one literal. */
  unit(literal: number): void
  /** Adds "if the first literal is true, the second one is". */
  implication(literal: number, consequence: number): void
  /** The literals added since the last call; valid until the next addition. */
  take(): Int32Array
  /** Some clause is empty, so no model exists. */
  readonly hasEmptyClause: boolean
}

/** Length of a clause from which on a set finds repeats faster than a linear search. */
const LONG = 64

export function createClauseBuffer(): ClauseBuffer {
  const literals = new GrowingInts()
  let taken = 0
  let count = 0
  let start = 0
  let isTrue = false
  let hasEmptyClause = false
  /** Literals of the current clause, if it is long. */
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
    implication(literal, consequence) {
      buffer.begin()
      buffer.negative(literal)
      buffer.positive(consequence)
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
