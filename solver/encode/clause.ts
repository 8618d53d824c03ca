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
  /** The literals added since the last call; valid until the next addition. */
  take(): Int32Array
  /** Some clause is empty, so no model exists. */
  readonly hasEmptyClause: boolean
}

/** Length of a clause from which on a set finds repeats faster than a linear search. */
const LONG = 64

export function createClauseBuffer(): ClauseBuffer {
  let literals = new Int32Array(1 << 14)
  let length = 0
  let taken = 0
  let count = 0
  let start = 0
  let isTrue = false
  let hasEmptyClause = false
  const makeRoom = (more: number) => {
    const grown = new Int32Array(2 * Math.max(length, more))
    grown.set(literals)
    literals = grown
  }
  const push = (literal: number) => {
    if (length === literals.length) makeRoom(1)
    literals[length] = literal
    length += 1
  }
  /** Literals of the current clause, if it is long. */
  let seen: Set<number> | undefined
  const addToLong = (literal: number) => {
    seen ??= new Set(literals.subarray(start, length))
    if (seen.has(literal)) return
    if (seen.has(-literal)) isTrue = true
    seen.add(literal)
    push(literal)
  }
  const add = (literal: number) => {
    if (length - start > LONG) {
      addToLong(literal)
      return
    }
    for (let index = start; index < length; index += 1) {
      if (literals[index] === literal) return
      if (literals[index] === -literal) isTrue = true
    }
    push(literal)
  }
  const buffer: ClauseBuffer = {
    get count() {
      return count
    },
    get hasEmptyClause() {
      return hasEmptyClause
    },
    begin() {
      start = length
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
        length = start
        return
      }
      if (length === start) hasEmptyClause = true
      push(0)
      count += 1
    },
    whole(list) {
      buffer.begin()
      if (length + list.length > literals.length) makeRoom(list.length)
      literals.set(list, length)
      length += list.length
      buffer.end()
    },
    unit(literal) {
      buffer.begin()
      buffer.positive(literal)
      buffer.end()
    },
    take() {
      const fresh = literals.subarray(taken, length)
      taken = length
      return fresh
    },
  }
  return buffer
}
