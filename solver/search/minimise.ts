import type { StemId } from '#model'
import { roles } from '../question/question.ts'
import { type Chain, chainOf, hasRole, type Level } from './objective.ts'
import { addClause, keepModel, type Model, type Session, solveSome } from './session.ts'
import { createTotalizer } from './totalizer.ts'

/** Outcome of one level. */
export interface LevelResult {
  readonly value: number
  /** Every chain is at the best that it could reach alone. */
  readonly ideal: boolean
}

/** Minimises levels one after the other; each optimum is fixed by unit clauses before the next level starts. */
export interface Minimiser {
  /** Best answer so far, optimal in all levels finished. A better one is written over it. */
  readonly best: Model
  minimise(level: Level): LevelResult
}

/** `first` satisfies all clauses. */
export function createMinimiser(session: Session, first: Model): Minimiser {
  const best = first.slice()
  const finished: Level[] = []
  let grow: ((stem: StemId) => void) | undefined
  session.onExpand = (stem) => {
    // A stem that nobody needed when a level was finished may not make that level worse now.
    for (const level of finished) {
      const chain = chainOf(level, session, stem)
      if (chain !== undefined) addClause(session, [-chain.atLeast(1)!])
    }
    grow?.(stem)
  }
  return {
    best,
    minimise(level) {
      const chains: Chain[] = []
      /** Cost that each chain is known to reach in some answer, and cannot beat once `reach` is done. */
      const bounds: number[] = []
      /** Cost of the best answer. */
      let least = 0
      const add = (chain: Chain | undefined) => {
        if (chain === undefined) return
        const cost = chain.cost(best)
        chains.push(chain)
        bounds.push(cost)
        least += cost
      }
      if (level.only !== undefined) add(level.chain(session, level.only))
      else {
        for (const role of roles) {
          if (!hasRole(level.roles, role)) continue
          const stems = session.expandedAs(role)
          for (let index = 0; index < stems.length; index += 1) add(level.chain(session, stems[index]!))
        }
      }
      for (const chain of level.common?.(session) ?? []) add(chain)
      grow = level.only === undefined ? (stem) => add(chainOf(level, session, stem)) : undefined
      const improve = (model: Model) => {
        let cost = 0
        for (let index = 0; index < chains.length; index += 1) {
          cost += chains[index]!.cost(model)
          if (cost >= least) return
        }
        keepModel(session, model, best)
        least = cost
      }
      reach(session, chains, bounds, improve)
      const floor = bounds.reduce((sum, bound) => sum + bound, 0)
      const ideal = least === floor
      if (ideal) {
        chains.forEach((chain, index) => {
          const next = chain.atLeast(bounds[index]! + 1)
          if (next !== undefined) addClause(session, [-next])
        })
      } else {
        relax(session, chains, bounds, improve, () => least)
      }
      grow = undefined
      if (level.only === undefined) finished.push(level)
      return { value: least, ideal }
    },
  }
}

/**
 * Finds the best that each chain can reach on its own: asks for any answer that beats a bound somewhere until there is
 * none. One question refutes all chains at once, which is what makes a thousand packages cheap.
 */
function reach(
  session: Session,
  chains: readonly Chain[],
  bounds: number[],
  improve: (model: Model) => void,
): void {
  /** Places of the chains that may do better, and for each the literal that says so. */
  const open: number[] = []
  const better: number[] = []
  let taken = 0
  for (;;) {
    // The search may have brought in more.
    for (; taken < chains.length; taken += 1) {
      if (bounds[taken] === 0) continue
      open.push(taken)
      better.push(-chains[taken]!.atLeast(bounds[taken]!)!)
    }
    if (open.length === 0) return
    const model = solveSome(session, better)
    if (model === undefined) return
    let left = 0
    for (let place = 0; place < open.length; place += 1) {
      const index = open[place]!
      const cost = chains[index]!.cost(model)
      let literal = better[place]!
      if (cost < bounds[index]!) {
        bounds[index] = cost
        if (cost === 0) continue
        literal = -chains[index]!.atLeast(cost)!
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

/** Rounds of making a core smaller. */
const TRIMS = 5

/** A literal that is assumed false, and what takes its place when that turns out to be impossible. */
interface Soft {
  readonly literal: number
  next(): Soft | undefined
}

/**
 * Core-guided search (OLL): assumes every chain at its bound, and for each core lets one of its members go beyond, until
 * an answer exists. Source: Andres, Kaufmann, Matheis, Schaub, "Unsatisfiability-based optimization in clasp", 2012.
 */
function relax(
  session: Session,
  chains: readonly Chain[],
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
  const takeChains = () => {
    for (; taken < chains.length; taken += 1) {
      lower += bounds[taken]!
      put(chainSoft(chains[taken]!, bounds[taken]!))
    }
  }
  takeChains()
  while (lower < upper()) {
    const model = session.solve(Array.from(softs.keys(), (literal) => -literal))
    takeChains()
    if (model !== undefined) {
      improve(model)
      continue
    }
    const core = trimCore(session).map((literal) => softs.get(-literal)!)
    if (core.length === 0) throw new Error('an optimum level has no answer although one is known')
    lower += 1
    addClause(
      session,
      core.map((soft) => soft.literal),
    )
    for (const soft of core) {
      softs.delete(soft.literal)
      put(soft.next())
    }
    if (core.length > 1) {
      const counter = createTotalizer(
        session,
        core.map((soft) => soft.literal),
      )
      counter.output(1)
      put(counterSoft(counter, 2))
    }
  }
  for (const literal of softs.keys()) addClause(session, [-literal])
}

/** Asks again with the core alone while that makes it smaller: a small core bounds better and counts cheaper. */
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

function chainSoft(chain: Chain, bound: number): Soft | undefined {
  const literal = chain.atLeast(bound + 1)
  if (literal === undefined) return undefined
  return { literal, next: () => chainSoft(chain, bound + 1) }
}

function counterSoft(counter: ReturnType<typeof createTotalizer>, count: number): Soft | undefined {
  if (count > counter.size) return undefined
  return { literal: counter.output(count), next: () => counterSoft(counter, count + 1) }
}
