import type { PackageId, StemId } from '#model'
import { createEncoder, type Encoder } from '../encode/encode.ts'
import type { Question } from '../question/question.ts'
import { mustBePresent, Role, roles } from '../question/question.ts'
import type { Effort, ResolveStatistics, SolveBudget } from '../resolve-input.ts'
import type { Trim } from '../rules/trim.ts'
import type { SatBackend } from '../sat-backend.ts'
import { anyPackage, createGuess, preferredPosition } from './cone.ts'
import { needingRejected } from './needing-rejected.ts'

/** Selected position by stem id, -1 where absent. */
export type Model = Int32Array

/** Rounds of expanding what a core names before the search looks further. */
const PATIENCE = 3

const CONFLICT_WORK = 100

const NOTHING = new Int32Array(0)

/** Stems expanded before the first look at whether they contradict each other; four times as many before each next one. */
const FIRST_CHECK = 16

/** Thrown inside the room when the budget ran out; never leaves it. */
export class BudgetExhausted extends Error {}

/**
 * An engine with the clauses of the stems expanded so far. Stems that could be pulled in but are not expanded are
 * assumed absent; an answer "no" that leans on such an assumption expands the stem and asks again, so every answer is
 * as exact as with the whole catalog.
 */
export interface Session {
  readonly question: Question
  readonly encoder: Encoder
  /** In order of expansion. */
  readonly expanded: readonly StemId[]
  /** The expanded stems of one role, in the same order. */
  expandedAs(role: number): readonly StemId[]
  /** Expanded stems, and those of the image that are at rest. */
  cone(): readonly StemId[]
  /** Called for each stem that `solve` expands, before it asks again. */
  onExpand: (stem: StemId) => void
  /**
   * Searches under assumptions. The next answer is written over this one: `keepModel` copies it. Undefined: impossible, see `core`.
   * Throws `BudgetExhausted`.
   */
  solve(assumptions: readonly number[]): Model | undefined
  /** The assumptions of the last impossible `solve` that clash; empty when nothing helps. */
  readonly core: readonly number[]
  /** Expands stems and what their preferred versions pull. */
  open(stems: readonly StemId[]): void
  /** Expands what every answer starts from: named stems first, then what is installed and not at rest. Stops where that is refuted. */
  start(): void
  /** Package of a stem in a model, or -1. */
  selected(model: Model, stem: StemId): PackageId
  statistics(): ResolveStatistics
  /** What the search cost, as `Effort` counts it. */
  work(): number
}

export function createSession(
  question: Question,
  trim: Trim,
  engine: SatBackend,
  budget: SolveBudget,
  effort?: Effort,
): Session {
  const encoder = createEncoder({ question, trim })
  const { variables, clauses } = encoder
  const expanded: StemId[] = []
  const byRole: readonly StemId[][] = roles.map(() => [])
  const guess = createGuess(question, encoder)
  const { installedStems } = question.universe
  const restful = installedStems.filter(trim.mayRest)
  encoder.rest(restful)
  /** The last answer; at first the model of an image that nothing touches. One array, because catalogs have many stems. */
  const model: Model = new Int32Array(question.universe.catalog.stemCount).fill(-1)
  for (const stem of restful) model[stem] = 0
  let core: readonly number[] = []
  let solves = 0
  let cores = 0
  let work = 0
  let counted = 0

  let checkAt = FIRST_CHECK
  /** Blocked stems that are no reason to look again: some are in every catalog. */
  let blockedBefore = 0
  let refuted = false
  const open = (stems: readonly StemId[]) => {
    const queue = [...guess.ordered(stems)]
    for (let index = 0; ; index += 1) {
      if (index === queue.length) queue.push(...guess.pulledLate())
      if (index === queue.length) break
      const stem = queue[index]!
      if (encoder.isExpanded(stem)) continue
      if (isHopeless()) return
      const position = preferredPosition(question, variables, guess.limitsOn(stem), stem)
      const preferred = variables.candidates(stem)[position]
      encoder.expand(stem, { floor: Math.max(0, position), preferred })
      queue.push(...encoder.roused)
      expanded.push(stem)
      byRole[question.role(stem)]!.push(stem)
      session.onExpand(stem)
      guideStem(session, engine, stem)
      if (preferred !== undefined) queue.push(...guess.pulledBy(preferred, position))
    }
  }
  /** What is expanded contradicts itself: most contradictions lie near to what was asked for. */
  const isHopeless = () => {
    if (clauses.hasEmptyClause || encoder.hopeless.length > 0) return true
    if (!refuted && (expanded.length >= checkAt || encoder.blocked.size > blockedBefore)) {
      if (expanded.length >= checkAt) checkAt *= 4
      blockedBefore = 2 * encoder.blocked.size
      flush()
      refuted = engine.isRefuted()
    }
    return refuted
  }
  const flush = () => {
    encoder.settle((stem, k, variable) => {
      if (encoder.isExpanded(stem) || encoder.isResting(stem)) guide(session, engine, stem, k, variable)
    })
    engine.addClauses(clauses.take())
  }
  const touched = () => variables.stems.filter(encoder.isResting)
  /** What is assumed of stems that are not expanded, or not down to the oldest version. */
  let leftOut = new Int32Array(0)
  let leftOutState = ''
  const absent = () => {
    const state = `${variables.stems.length} ${encoder.pulled.length} ${expanded.length} ${encoder.deepened}`
    if (state === leftOutState) return leftOut
    leftOutState = state
    const literals: number[] = []
    for (let index = 0; index < encoder.pulled.length; index += 1) {
      const stem = encoder.pulled[index]!
      if (encoder.isExpanded(stem) || encoder.isResting(stem)) continue
      const present = variables.present(stem)
      if (present !== 0) literals.push(-present)
    }
    for (const stem of touched()) literals.push(variables.below(stem, 1))
    for (let index = 0; index < expanded.length; index += 1) {
      const stem = expanded[index]!
      const floor = encoder.floor(stem)
      if (floor > 0) literals.push(-variables.below(stem, floor))
    }
    leftOut = Int32Array.from(literals)
    return leftOut
  }
  /** One call of the engine; true for "sat". */
  const ask = (asked: readonly number[], assumed = NOTHING) => {
    const left = conflictsLeft()
    if ((left !== undefined && left <= 0) || budget.shouldStop?.() === true) throw new BudgetExhausted()
    flush()
    solves += 1
    spend(variables.count)
    const assumptions = new Int32Array(asked.length + assumed.length)
    assumptions.set(asked)
    assumptions.set(assumed, asked.length)
    const before = engine.statistics().conflicts
    const answer = engine.solve({
      assumptions,
      ...(left === undefined ? {} : { conflicts: left }),
      ...(budget.shouldStop === undefined ? {} : { shouldStop: budget.shouldStop }),
    })
    spend(CONFLICT_WORK * (engine.statistics().conflicts - before))
    if (answer === 'unknown') throw new BudgetExhausted()
    if (answer === 'unsat') cores += 1
    return answer === 'sat'
  }
  const spend = (amount: number) => {
    work += amount
    if (effort === undefined) return
    effort.left -= amount + clauses.count - counted
    counted = clauses.count
    if (effort.left < 0) throw new BudgetExhausted()
  }
  const readModel = (): Model => {
    variables.readPositions(expanded, engine.model(), model)
    return model
  }
  const conflictsLeft = () =>
    budget.conflicts === undefined ? undefined : budget.conflicts - engine.statistics().conflicts

  const session: Session = {
    question,
    encoder,
    expanded,
    expandedAs: (role) => byRole[role]!,
    cone: () => [...expanded, ...restful.filter(encoder.isResting)],
    onExpand: () => {},
    get core() {
      return core
    },
    open,
    start() {
      const rest = question.exact
        ? []
        : installedStems.filter((stem) => question.role(stem) !== Role.rejected && !encoder.isResting(stem))
      open([...question.wish.order, ...needingRejected(question), ...rest])
    },
    selected(model, stem) {
      if (encoder.isResting(stem)) return question.base[stem]!
      return model[stem]! < 0 ? -1 : variables.candidates(stem)[model[stem]!]!
    },
    solve(assumptions) {
      const asked = new Set(assumptions)
      for (let round = 0; ; round += 1) {
        if (clauses.hasEmptyClause || encoder.hopeless.length > 0 || refuted) {
          core = []
          return undefined
        }
        if (ask(assumptions, absent())) return readModel()
        const found = engine.core()
        const stems: StemId[] = []
        for (const literal of found) if (!asked.has(literal)) stems.push(variables.stemOf(Math.abs(literal)))
        core = Array.from(found).filter((literal) => asked.has(literal))
        if (stems.length === 0) return undefined
        const absentStems = stems.filter((stem) => !encoder.isExpanded(stem))
        // What is missing mostly makes the old versions of what is there unnecessary.
        if (absentStems.length > 0) open(absentStems)
        else for (const stem of stems) encoder.deepen(stem)
        if (round < PATIENCE) continue
        // One core at a time would take long: see what an answer would touch, were it free to.
        if (clauses.hasEmptyClause || !ask(assumptions)) {
          core = clauses.hasEmptyClause ? [] : Array.from(engine.core())
          return undefined
        }
        const truth = engine.model()
        const deeper = expanded.filter((stem) => truth[variables.known(stem, encoder.floor(stem))] === 1)
        const wider = encoder.pulled.filter(
          (stem) =>
            !encoder.isExpanded(stem) && !encoder.isResting(stem) && truth[variables.present(stem)] === 1,
        )
        const moved = touched().filter((stem) => truth[variables.known(stem, 1)] !== 1)
        for (const stem of deeper) encoder.deepen(stem)
        open([...moved, ...wider])
      }
    },
    work: () => work + clauses.count,
    statistics: () => ({
      stemsInCone: expanded.length,
      variables: variables.count,
      clauses: clauses.count,
      solves,
      cores,
      conflicts: engine.statistics().conflicts,
    }),
  }
  return session
}

/** Order of decisions: what the request is about first, then incorporations, then what is installed, then the rest. */
const Priority = { named: 4, incorporation: 3, installed: 2, newest: 1 } as const

/** Guides the variables that a stem has, and makes those of the position that a good answer selects. */
function guideStem(session: Session, engine: SatBackend, stem: StemId): void {
  const { question, encoder } = session
  const { variables } = encoder
  const { length } = variables.candidates(stem)
  const role = question.role(stem)
  // Nothing to decide.
  if (length === 1 && mustBePresent(question, stem)) return
  if (length > 0 && role !== Role.new && role !== Role.rejected) {
    const wanted = preferredPosition(question, variables, anyPackage, stem)
    variables.below(stem, wanted)
    variables.below(stem, wanted + 1)
  }
  const places = variables.places(stem)
  for (let index = 0; index < places.length; index += 1) {
    const k = places[index]!
    guide(session, engine, stem, k, variables.known(stem, k))
  }
}

/** Tells the engine what a good answer looks like; only its speed depends on it. */
function guide(session: Session, engine: SatBackend, stem: StemId, k: number, variable: number): void {
  const { question, encoder } = session
  const role = question.role(stem)
  if (k === 1 && mustBePresent(question, stem) && encoder.variables.candidates(stem).length === 1) return
  if (role === Role.new || role === Role.rejected) {
    // "Newest or absent" comes before "absent", so that what is pulled in is pulled in at its newest.
    if (k < encoder.variables.candidates(stem).length) engine.setPriority(variable, Priority.newest)
    return
  }
  const wanted = preferredPosition(question, encoder.variables, anyPackage, stem)
  const holds = question.everything && question.universe.catalog.packageHold[question.base[stem]!]! >= 0
  const priority = role === Role.named ? Priority.named : holds ? Priority.incorporation : Priority.installed
  engine.setPhase(variable, k > wanted)
  engine.setPriority(variable, priority)
}

/** Adds a clause of literals of different variables. */
export function addClause(session: Session, literals: readonly number[]): void {
  session.encoder.clauses.whole(literals)
}

/** Copies an answer of `solve` over an older one. */
export function keepModel(session: Session, model: Model, older: Model): void {
  const { expanded } = session
  for (let index = 0; index < expanded.length; index += 1) older[expanded[index]!] = model[expanded[index]!]!
}

/** A model that satisfies one of the literals at least, or undefined. */
export function solveSome(session: Session, literals: readonly number[]): Model | undefined {
  if (literals.length === 1) return session.solve(literals)
  const switchOn = session.encoder.variables.fresh()
  const clause = literals.slice()
  clause.push(-switchOn)
  addClause(session, clause)
  const model = session.solve([switchOn])
  addClause(session, [-switchOn])
  return model
}
