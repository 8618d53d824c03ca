import type { InstallPlan } from '#model'
import type { Formula, FormulaObjective } from '#solver'
import { newPropagationChecker } from './proof-propagation.ts'

/** What was proved of a plan. */
export interface ObjectiveProofs {
  /** Objectives with a value above 0: the next better value has a checked proof that it is impossible. */
  readonly proofs: number
  /** Clauses of all proofs, each checked. */
  readonly steps: number
  /** Sentences; empty when all is as stated. */
  readonly faults: readonly string[]
}

interface ProvingSolver {
  addClauses(literals: Int32Array): void
  solve(): string
  dispose(): void
}

/** A kernel that tells the steps of its proof. */
export type NewProvingSolver = (options: {
  onProof: (step: 'add' | 'delete', literals: Int32Array) => void
}) => ProvingSolver

/**
 * Proves the objective values of a plan from the exported problem alone: for each objective, that no answer is better if all
 * objectives before have their values; in the end, that an answer has all values. The bounds are encoded here, with counters of
 * another kind than the solver's.
 */
export function proveObjectives(
  formula: Formula,
  objectives: InstallPlan['objectives'],
  newSolver: NewProvingSolver,
): ObjectiveProofs {
  const faults: string[] = []
  let proofs = 0
  let steps = 0
  let variables = formula.variables
  const fresh = () => {
    variables += 1
    return variables
  }
  let fixed: readonly (readonly number[])[] = []
  for (const { id, value } of objectives) {
    const objective = formula.objectives.find((one) => one.id === id)
    if (objective === undefined) {
      if (value !== 0) faults.push(`${id} is ${value}, and nothing costs there`)
      continue
    }
    if (value > 0) {
      const better = atMost(formula, objective, value - 1, fresh)
      const found = prove(formula, [...fixed, ...better], variables, newSolver)
      if (found === undefined) faults.push(`${id} can be below ${value}`)
      proofs += 1
      steps += found ?? 0
    }
    fixed = [...fixed, ...atMost(formula, objective, value, fresh)]
  }
  if (prove(formula, fixed, variables, newSolver) !== undefined) faults.push('the values do not go together')
  return { proofs, steps, faults }
}

/** Proves that a problem has no answer: length of the checked proof; undefined where there is an answer. */
export function prove(
  { clauses }: Pick<Formula, 'clauses'>,
  more: readonly (readonly number[])[],
  variables: number,
  newSolver: NewProvingSolver,
): number | undefined {
  const learnt: Int32Array[] = []
  const solver = newSolver({
    onProof: (step, literals) => {
      if (step === 'add') learnt.push(literals)
    },
  })
  try {
    solver.addClauses(clauses)
    solver.addClauses(Int32Array.from(more.flatMap((clause) => [...clause, 0])))
    if (solver.solve() === 'sat') return undefined
  } finally {
    solver.dispose()
  }
  const checker = newPropagationChecker(variables)
  let start = 0
  for (let place = 0; place < clauses.length; place += 1) {
    if (clauses[place] !== 0) continue
    checker.given(clauses.subarray(start, place))
    start = place + 1
  }
  for (const clause of more) checker.given(clause)
  for (const clause of learnt) checker.add(clause)
  if (!checker.isRefuted) throw new Error('the proof ends without a contradiction')
  return checker.added
}

/** "The costs of an objective are `most` together at most". */
function atMost(
  formula: Formula,
  objective: FormulaObjective,
  most: number,
  fresh: () => number,
): readonly number[][] {
  const clauses: number[][] = []
  const counted: number[] = [...objective.variables]
  for (const [index, costs] of objective.costs) {
    const { variables } = formula.stems[index]!
    /** Literals that together say "this position is not selected". */
    const notAt = (position: number) => [
      -variables[position]!,
      ...(position === 0 ? [] : [variables[position - 1]!]),
    ]
    const units = Array.from({ length: Math.min(most, Math.max(...costs)) }, fresh)
    costs.forEach((cost, position) => {
      if (cost > most) clauses.push(notAt(position))
      else for (const unit of units.slice(0, cost)) clauses.push([...notAt(position), unit])
    })
    counted.push(...units)
  }
  let before: number[] = []
  for (const literal of counted) {
    const count = Array.from({ length: Math.min(most, before.length + 1) }, fresh)
    if (most === 0) clauses.push([-literal])
    else clauses.push([-literal, count[0]!])
    for (const [place, variable] of before.entries()) {
      clauses.push([-variable, count[place]!])
      clauses.push(place + 1 < most ? [-literal, -variable, count[place + 1]!] : [-literal, -variable])
    }
    before = count
  }
  return clauses
}
