import { GrowingInts } from '#model'

/** Length of a clause from which on a set finds repeats faster than a linear search. */
const LONG = 64

/**
 * Builds clauses: literals in DIMACS order in one growing array, each clause ended by 0. The literal 0 stands for "false":
 * `positive` leaves it out, and `negative` makes the clause true. True clauses are dropped.
 */
export function createClauseBuffer() {
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
  const buffer = {
    /** Number of clauses, without true ones. */
    get count(): number {
      return count
    },
    /** Some clause is empty, so no model exists. */
    get hasEmptyClause(): boolean {
      return hasEmptyClause
    },
    begin() {
      start = literals.length
      isTrue = false
      seen = undefined
    },
    /** Adds a literal. */
    positive(literal: number) {
      if (literal !== 0) add(literal)
    },
    /** Adds the negation of a literal. */
    negative(literal: number) {
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
    /** Adds a whole clause. Its literals must have different variables: there is no check for repeats. */
    whole(list: readonly number[]) {
      buffer.begin()
      literals.pushAll(list)
      buffer.end()
    },
    /** Adds a clause of one literal. */
    unit(literal: number) {
      buffer.begin()
      buffer.positive(literal)
      buffer.end()
    },
    /** Adds "if the first literal is true, the second one is". */
    implication(literal: number, consequence: number) {
      buffer.begin()
      buffer.negative(literal)
      buffer.positive(consequence)
      buffer.end()
    },
    /** The literals added since the last call; valid until the next addition. */
    take(): Int32Array {
      const fresh = literals.values(taken)
      taken = literals.length
      return fresh
    },
  }
  return buffer
}

export type ClauseBuffer = ReturnType<typeof createClauseBuffer>
