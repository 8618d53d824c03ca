/**
 * Checks a proof step by step, forwards: each added clause must follow by unit propagation from the clauses present
 * (reverse unit propagation). Shares nothing with the kernel and is as plain as can be.
 */
export interface ProofChecker {
  /** A clause of the problem. */
  given(clause: readonly number[]): void
  /** A step of the proof; throws where it does not follow or deletes what is not there. */
  step(kind: 'add' | 'delete', clause: readonly number[]): void
  /** Whether the clause follows by unit propagation now. */
  follows(clause: readonly number[]): boolean
  /** Steps checked so far. */
  readonly counts: { add: number; delete: number }
}

export function newProofChecker(): ProofChecker {
  const clauses = new Map<string, { literals: readonly number[]; copies: number }>()
  const counts = { add: 0, delete: 0 }
  const keyOf = (clause: readonly number[]) => [...new Set(clause)].sort((a, b) => a - b).join(' ')

  function keep(clause: readonly number[]): void {
    const key = keyOf(clause)
    const known = clauses.get(key)
    if (known === undefined) clauses.set(key, { literals: [...new Set(clause)], copies: 1 })
    else known.copies++
  }

  function follows(clause: readonly number[]): boolean {
    const truth = new Set(clause.map((literal) => -literal))
    if (clause.some((literal) => truth.has(literal))) return true
    for (let changed = true; changed; ) {
      changed = false
      for (const { literals } of clauses.values()) {
        let unit = 0
        let undecided = 0
        for (const literal of literals) {
          if (truth.has(literal)) undecided = 2
          else if (!truth.has(-literal)) {
            undecided++
            unit = literal
          }
          if (undecided > 1) break
        }
        if (undecided === 0) return true
        if (undecided === 1) {
          truth.add(unit)
          changed = true
        }
      }
    }
    return false
  }

  return {
    given: keep,
    step(kind, clause) {
      counts[kind]++
      if (kind === 'add') {
        if (!follows(clause)) throw new Error(`does not follow: ${clause.join(' ')}`)
        keep(clause)
        return
      }
      const key = keyOf(clause)
      const known = clauses.get(key)
      if (known === undefined) throw new Error(`deleted but not there: ${clause.join(' ')}`)
      if (--known.copies === 0) clauses.delete(key)
    },
    follows,
    counts,
  }
}
