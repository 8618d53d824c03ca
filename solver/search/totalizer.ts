import { addClause, type Session } from './session.ts'

/** Counts true literals in unary: output j is true if j or more inputs are true. Outputs are made on demand. */
export interface Totalizer {
  readonly size: number
  /** Literal of "at least `count`", 1 <= count <= size. */
  output(count: number): number
}

export function createTotalizer(session: Session, literals: readonly number[]): Totalizer {
  if (literals.length === 1) return { size: 1, output: () => literals[0]! }
  const middle = literals.length >> 1
  const left = createTotalizer(session, literals.slice(0, middle))
  const right = createTotalizer(session, literals.slice(middle))
  const outputs: number[] = []
  return {
    size: literals.length,
    output(count) {
      while (outputs.length < count) {
        const next = outputs.length + 1
        const literal = session.encoder.variables.fresh()
        outputs.push(literal)
        for (
          let fromLeft = Math.max(0, next - right.size);
          fromLeft <= Math.min(next, left.size);
          fromLeft += 1
        ) {
          const clause = [literal]
          if (fromLeft > 0) clause.push(-left.output(fromLeft))
          if (next > fromLeft) clause.push(-right.output(next - fromLeft))
          addClause(session, clause)
        }
      }
      return outputs[count - 1]!
    },
  }
}
