/** A formula as clauses of signed literals. */
export type Formula = readonly (readonly number[])[]

/** A small deterministic source of integers in [0, bound). */
export type Draw = (bound: number) => number

/** Same seed, same numbers, on every machine. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** Clauses as one array, each ended by 0. */
export function flat(formula: Formula): Int32Array {
  return Int32Array.from(formula.flatMap((clause) => [...clause, 0]))
}

/** Clauses of up to `longest` literals, with repeated and opposite ones now and then. */
export function messyFormula(draw: Draw, variables: number, clauses: number, longest: number): number[][] {
  return Array.from({ length: clauses }, () =>
    Array.from({ length: 1 + draw(longest) }, () => (1 + draw(variables)) * (draw(2) === 0 ? 1 : -1)),
  )
}

/** Random k-SAT: distinct variables, signs by coin. */
export function uniformFormula(draw: Draw, variables: number, clauses: number, width: number): number[][] {
  return Array.from({ length: clauses }, () => {
    const chosen = new Set<number>()
    while (chosen.size < width) chosen.add(1 + draw(variables))
    return [...chosen].map((variable) => (draw(2) === 0 ? variable : -variable))
  })
}

/** One more pigeon than holes: unsatisfiable, and hard without counting. */
export function pigeonFormula(holes: number): number[][] {
  const sits = (pigeon: number, hole: number) => pigeon * holes + hole + 1
  const formula: number[][] = []
  for (let pigeon = 0; pigeon <= holes; pigeon++) {
    formula.push(Array.from({ length: holes }, (_, hole) => sits(pigeon, hole)))
    for (let other = 0; other < pigeon; other++) {
      for (let hole = 0; hole < holes; hole++) formula.push([-sits(pigeon, hole), -sits(other, hole)])
    }
  }
  return formula
}

/** Chained parity of `length` variables: their sum is odd, and their sum in another order is even where `contradict`. */
export function parityFormula(draw: Draw, length: number, contradict: boolean): number[][] {
  const formula: number[][] = []
  let next = length + 1
  const sum = (order: readonly number[], odd: boolean) => {
    let carry = order[0]!
    for (const variable of order.slice(1)) {
      const result = next++
      for (const [a, b] of [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ] as const) {
        // result = carry xor variable, row by row of the truth table
        formula.push([-a * carry, -b * variable, a === b ? -result : result])
      }
      carry = result
    }
    formula.push([odd ? carry : -carry])
  }
  const order = Array.from({ length }, (_, index) => index + 1)
  sum(order, true)
  const shuffled = [...order]
  for (let index = length - 1; index > 0; index--) {
    const other = draw(index + 1)
    const kept = shuffled[index]!
    shuffled[index] = shuffled[other]!
    shuffled[other] = kept
  }
  sum(shuffled, !contradict)
  return formula
}

/** Whether a truth table has a row for the formula and the literals; the number of variables must be small. */
export function hasModel(variables: number, formula: Formula, literals: readonly number[]): boolean {
  const all = [...formula, ...literals.map((literal) => [literal])]
  const masks = all.map((clause) => {
    let positive = 0
    let negative = 0
    for (const literal of clause) {
      if (literal > 0) positive |= 1 << (literal - 1)
      else negative |= 1 << (-literal - 1)
    }
    return [positive, negative] as const
  })
  for (let row = 0; row < 1 << variables; row++) {
    if (masks.every(([positive, negative]) => (row & positive) !== 0 || (~row & negative) !== 0)) return true
  }
  return false
}

/** The clause or literal that the values break, or undefined. */
export function brokenBy(
  value: (variable: number) => boolean,
  formula: Formula,
  literals: readonly number[],
): readonly number[] | undefined {
  const holds = (literal: number) => value(Math.abs(literal)) === literal > 0
  return (
    formula.find((clause) => !clause.some(holds)) ??
    literals.map((literal) => [literal]).find(([l]) => !holds(l!))
  )
}
