/**
 * Checks proofs of large formulas, forwards: each added clause must follow by unit propagation from the clauses given and
 * added before it (reverse unit propagation). Two watched literals for each clause; what is deleted stays, which proves no less, because
 * such steps never need a clause to be absent. Shares nothing with the kernel.
 */
export interface PropagationChecker {
  given(clause: readonly number[] | Int32Array): void
  /** Throws where the clause does not follow. */
  add(clause: readonly number[] | Int32Array): void
  /** Whether the clauses so far contradict each other by unit propagation alone. */
  readonly isRefuted: boolean
  /** Clauses added. */
  readonly added: number
}

export function newPropagationChecker(variables: number): PropagationChecker {
  /** 1 true, -1 false, 0 open; by literal + offset. */
  let offset = variables + 1
  let values = new Int8Array(2 * offset + 1)
  let watches: number[][] = []
  const clauses: Int32Array[] = []
  const trail: number[] = []
  let refuted = false
  let added = 0

  const grow = (variable: number) => {
    if (variable < offset) return
    const larger = 2 * variable
    const moved = new Int8Array(2 * larger + 1)
    moved.set(values, larger - offset)
    const lists: number[][] = []
    for (const [place, list] of watches.entries())
      if (list !== undefined) lists[place + larger - offset] = list
    values = moved
    watches = lists
    offset = larger
  }
  const truthOf = (literal: number) => values[literal + offset]!
  const assign = (literal: number) => {
    values[literal + offset] = 1
    values[offset - literal] = -1
    trail.push(literal)
  }
  const watch = (literal: number, clause: number) => {
    const list = watches[literal + offset]
    if (list === undefined) watches[literal + offset] = [clause]
    else list.push(clause)
  }
  /** Watches another literal that is not false instead of the second one; false where there is none. */
  const movesWatch = (clause: Int32Array, id: number): boolean => {
    for (let other = 2; other < clause.length; other += 1) {
      if (truthOf(clause[other]!) === -1) continue
      const gone = clause[1]!
      clause[1] = clause[other]!
      clause[other] = gone
      watch(clause[1]!, id)
      return true
    }
    return false
  }
  /** Propagates what the trail holds from `head` on; true where some clause has all literals false. */
  const clashes = (head: number): boolean => {
    for (let next = head; next < trail.length; next += 1) {
      const gone = -trail[next]!
      const list = watches[gone + offset]
      if (list === undefined) continue
      let kept = 0
      for (let place = 0; place < list.length; place += 1) {
        const id = list[place]!
        const clause = clauses[id]!
        if (clause[0] === gone) {
          clause[0] = clause[1]!
          clause[1] = gone
        }
        if (truthOf(clause[0]!) !== 1 && movesWatch(clause, id)) continue
        list[kept] = id
        kept += 1
        if (truthOf(clause[0]!) === 1) continue
        if (truthOf(clause[0]!) === -1) {
          for (let rest = place + 1; rest < list.length; rest += 1) {
            list[kept] = list[rest]!
            kept += 1
          }
          list.length = kept
          return true
        }
        assign(clause[0]!)
      }
      list.length = kept
    }
    return false
  }
  const undo = (length: number) => {
    while (trail.length > length) {
      const literal = trail.pop()!
      values[literal + offset] = 0
      values[offset - literal] = 0
    }
  }
  const keep = (literals: readonly number[] | Int32Array) => {
    const clause = Int32Array.from(new Set(literals))
    for (const literal of clause) grow(Math.abs(literal))
    if (refuted || clause.some((literal) => clause.includes(-literal))) return
    // Literals that are not false come first, so that the two watched ones stay good.
    const place = (literal: number) => (truthOf(literal) === -1 ? 1 : 0)
    clause.sort((a, b) => place(a) - place(b))
    const open = clause.filter((literal) => truthOf(literal) !== -1).length
    if (open === 0) {
      refuted = true
      return
    }
    if (clause.length > 1) {
      const id = clauses.push(clause) - 1
      watch(clause[0]!, id)
      watch(clause[1]!, id)
    }
    if (open > 1 || truthOf(clause[0]!) === 1) return
    const head = trail.length
    assign(clause[0]!)
    if (clashes(head)) refuted = true
  }
  return {
    given: keep,
    add(clause) {
      added += 1
      if (refuted) return
      for (const literal of clause) grow(Math.abs(literal))
      const before = trail.length
      let follows = false
      for (const literal of clause) {
        if (truthOf(literal) === 1) follows = true
        else if (truthOf(literal) === 0) assign(-literal)
      }
      follows ||= clashes(before)
      undo(before)
      if (!follows) throw new Error(`does not follow: ${clause.join(' ')}`)
      keep(clause)
    },
    get isRefuted() {
      return refuted
    },
    get added() {
      return added
    },
  }
}
