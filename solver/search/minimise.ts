import type { StemId } from '#model'
import { roles } from '../question/question.ts'
import { hasRole, type Objective, stemCost, type UnaryCost } from './objective.ts'
import { addClause, keepModel, type Model, type Session, solveSome } from './session.ts'

/**
 * Minimises objectives one after the other. Unit clauses fix each optimum before the next objective starts. Makes a minimiser.
 * `first` is a model of all clauses.
 */
export function createMinimiser(session: Session, first: Model) {
  const best = first.slice()
  const finished: Objective[] = []
  let grow: ((stem: StemId) => void) | undefined
  session.onExpand = (stem) => {
    // A stem that was not expanded when an objective was finished must not make it worse now.
    for (const objective of finished) {
      const cost = stemCost(objective, session, stem)
      if (cost !== undefined) addClause(session, [-cost.atLeast(1)!])
    }
    grow?.(stem)
  }
  return {
    /** Best model so far, optimal in all finished objectives. A better model overwrites it. */
    best,
    /**
     * Returns the optimum. `ideal`: every cost has the lowest value that it can reach alone. Throws `BudgetExhausted`; `best` still holds
     * the best model found.
     */
    minimise(objective: Objective) {
      const costs: UnaryCost[] = []
      /** By cost: a value that some model reaches; once `reach` is done, no model is below it. */
      const bounds: number[] = []
      /** Sum in the best model. */
      let least = 0
      const add = (cost: UnaryCost | undefined) => {
        if (cost === undefined) return
        const value = cost.cost(best)
        costs.push(cost)
        bounds.push(value)
        least += value
      }
      if (objective.only !== undefined) add(objective.costOf(session, objective.only))
      else {
        for (const role of roles) {
          if (!hasRole(objective.roles, role)) continue
          const stems = session.expandedAs(role)
          for (let index = 0; index < stems.length; index += 1) add(objective.costOf(session, stems[index]!))
        }
      }
      for (const cost of objective.common?.(session) ?? []) add(cost)
      grow = objective.only === undefined ? (stem) => add(stemCost(objective, session, stem)) : undefined
      const improve = (model: Model) => {
        let sum = 0
        for (let index = 0; index < costs.length; index += 1) {
          sum += costs[index]!.cost(model)
          if (sum >= least) return
        }
        keepModel(session, model, best)
        least = sum
      }
      reach(session, costs, bounds, improve)
      const ideal = least === bounds.reduce((sum, bound) => sum + bound, 0)
      if (ideal) {
        costs.forEach((cost, index) => {
          const next = cost.atLeast(bounds[index]! + 1)
          if (next !== undefined) addClause(session, [-next])
        })
      } else {
        relax(session, costs, bounds, improve, () => least)
      }
      grow = undefined
      if (objective.only === undefined) finished.push(objective)
      return { value: least, ideal }
    },
  }
}

/**
 * Lowers each bound to the best that the cost can reach alone: asks for a model that beats any bound until there is none.
 * One question refutes all costs at once, so a thousand packages are cheap.
 */
function reach(
  session: Session,
  costs: readonly UnaryCost[],
  bounds: number[],
  improve: (model: Model) => void,
): void {
  /** Indexes of the costs that may be lower, and for each the literal "is below its bound". */
  const open: number[] = []
  const better: number[] = []
  let taken = 0
  for (;;) {
    // Stems that the search expanded add costs.
    for (; taken < costs.length; taken += 1) {
      if (bounds[taken] === 0) continue
      open.push(taken)
      better.push(-costs[taken]!.atLeast(bounds[taken]!)!)
    }
    if (open.length === 0) return
    const model = solveSome(session, better)
    if (model === undefined) return
    let left = 0
    for (let place = 0; place < open.length; place += 1) {
      const index = open[place]!
      const value = costs[index]!.cost(model)
      let literal = better[place]!
      if (value < bounds[index]!) {
        bounds[index] = value
        if (value === 0) continue
        literal = -costs[index]!.atLeast(value)!
      }
      open[left] = index
      better[left] = literal
      left += 1
    }
    open.length = left
    better.length = left
    improve(model)
  }
}

/** Rounds that `trimCore` takes at most. */
const TRIMS = 5

/** A literal that is assumed false. If that is impossible, `next` replaces it. */
interface Soft {
  readonly literal: number
  next(): Soft | undefined
}

/**
 * Core-guided search (OLL): assumes every cost at its bound. Each core lets one of its members exceed its bound, until
 * a model exists. Source: Andres, Kaufmann, Matheis, Schaub, "Unsatisfiability-based optimization in clasp", 2012.
 */
function relax(
  session: Session,
  costs: readonly UnaryCost[],
  bounds: readonly number[],
  improve: (model: Model) => void,
  upper: () => number,
): void {
  const softs = new Map<number, Soft>()
  const put = (soft: Soft | undefined) => {
    if (soft !== undefined) softs.set(soft.literal, soft)
  }
  let lower = 0
  let taken = 0
  const takeCosts = () => {
    for (; taken < costs.length; taken += 1) {
      lower += bounds[taken]!
      put(costSoft(costs[taken]!, bounds[taken]!))
    }
  }
  takeCosts()
  while (lower < upper()) {
    const model = session.solve(Array.from(softs.keys(), (literal) => -literal))
    takeCosts()
    if (model !== undefined) {
      improve(model)
      continue
    }
    const core = trimCore(session).map((literal) => softs.get(-literal)!)
    if (core.length === 0) throw new Error('an objective has no answer although one is known')
    lower += 1
    const literals = core.map((soft) => soft.literal)
    addClause(session, literals)
    for (const soft of core) {
      softs.delete(soft.literal)
      put(soft.next())
    }
    if (core.length > 1) {
      const counter = createTotalizer(session, literals)
      counter.output(1)
      put(counterSoft(counter, 2))
    }
  }
  for (const literal of softs.keys()) addClause(session, [-literal])
}

/** Solves the core alone again while that makes it smaller: a small core gives a better bound and a smaller counter. */
function trimCore(session: Session): readonly number[] {
  let core = session.core
  for (let round = 0; round < TRIMS && core.length > 2; round += 1) {
    const before = core
    if (session.solve(before) !== undefined) return before
    core = session.core
    if (core.length > 0.9 * before.length) return core
  }
  return core
}

function costSoft(cost: UnaryCost, bound: number): Soft | undefined {
  const literal = cost.atLeast(bound + 1)
  if (literal === undefined) return undefined
  return { literal, next: () => costSoft(cost, bound + 1) }
}

function counterSoft(counter: ReturnType<typeof createTotalizer>, count: number): Soft | undefined {
  if (count > counter.size) return undefined
  return { literal: counter.output(count), next: () => counterSoft(counter, count + 1) }
}

/** Counts true literals in unary: output j is true if j or more inputs are true. Outputs are made on demand. */
interface Totalizer {
  readonly size: number
  /** Literal of "at least `count`", 1 <= count <= size. */
  output(count: number): number
}

function createTotalizer(session: Session, literals: readonly number[]): Totalizer {
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
