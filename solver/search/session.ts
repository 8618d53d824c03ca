import type { PackageId, StemId } from '#model'
import { append } from '#model'
import { createEncoder, type Encoder } from '../encode/encode.ts'
import { needingRejected } from '../question/dependents.ts'
import type { Question } from '../question/question.ts'
import { Role, roles } from '../question/question.ts'
import type { SolveBudget } from '../resolve-input.ts'
import type { Trim } from '../rules/trim.ts'
import type { SatBackend } from '../sat-backend.ts'
import { createAsker, type Effort } from './asker.ts'
import { createGuess, createGuidance, preferredPosition } from './cone.ts'
import { createLeftOut } from './left-out.ts'

/** Selected position by stem id, -1 where absent. */
export type Model = Int32Array

/** Rounds in which `solve` expands what a core names, before it looks at a whole model. */
const CORE_ROUNDS = 3

/** Stems expanded before the first check for a contradiction; each later check waits for four times as many. */
const FIRST_CHECK = 16

/**
 * An engine with the clauses of the stems expanded so far. All other stems are assumed absent or unchanged. If an answer "no"
 * depends on such an assumption, `solve` expands the stem and asks again. So every answer is as exact as with the whole
 * catalog. Starts a search. `effort` bounds the work of all searches that share it.
 */
export function createSession(
  question: Question,
  trim: Trim,
  engine: SatBackend,
  budget: SolveBudget,
  effort?: Effort,
) {
  const encoder = createEncoder({ question, trim })
  const { variables, clauses, activation } = encoder
  const { installedStems, catalog } = question.universe
  const expanded: StemId[] = []
  const byRole: readonly StemId[][] = roles.map(() => [])
  const guess = createGuess(question, encoder)
  const guidance = createGuidance(question, variables, engine)
  const leftOut = createLeftOut(encoder, expanded)
  const assumed = installedStems.filter(trim.mayStayUnchanged)
  activation.assumeUnchanged(assumed)
  /** The last answer; at first the unchanged image. One array for all answers, because catalogs have many stems. */
  const model: Model = new Int32Array(catalog.stemCount).fill(-1)
  for (const stem of assumed) model[stem] = 0
  let core: readonly number[] = []

  const flush = () => {
    encoder.addOrder((stem, k, variable) => {
      if (activation.isInCone(stem)) guidance.variable(stem, k, variable)
    })
    engine.addClauses(clauses.take())
  }
  const asker = createAsker(engine, encoder, flush, budget, effort)
  const isImpossible = createContradictionCheck(encoder, expanded, () => {
    flush()
    return engine.isRefuted()
  })

  const expand = (stem: StemId): readonly StemId[] => {
    const position = preferredPosition(question, variables, guess.limitsOn(stem), stem)
    const preferred = variables.candidates(stem)[position]
    const disturbed = encoder.expand(stem, { encodedFrom: Math.max(0, position), preferred })
    expanded.push(stem)
    byRole[question.role(stem)]!.push(stem)
    session.onExpand(stem)
    guidance.stem(stem)
    return preferred === undefined ? disturbed : [...disturbed, ...guess.pulledBy(preferred, position)]
  }
  const open = (stems: readonly StemId[]) => {
    const queue = [...guess.ordered(stems)]
    for (let index = 0; ; index += 1) {
      if (index === queue.length) append(queue, guess.pulledLate())
      if (index === queue.length) return
      if (activation.isExpanded(queue[index]!)) continue
      if (isImpossible(true)) return
      append(queue, expand(queue[index]!))
    }
  }
  /** Encodes what a core assumes to be left out. */
  const encodeCore = (stems: readonly StemId[]) => {
    const missing = stems.filter((stem) => !activation.isExpanded(stem))
    // A missing stem mostly makes older versions of the expanded stems unnecessary.
    if (missing.length > 0) open(missing)
    else for (const stem of stems) encoder.encodeOlder(stem)
  }

  const session = {
    question,
    encoder,
    /** In order of expansion. */
    expanded: expanded as readonly StemId[],
    /** The expanded stems of one role, in the same order. */
    expandedAs: (role: number) => byRole[role]!,
    /** Expanded stems, then the stems assumed unchanged. */
    cone: () => [...expanded, ...activation.unchanged()],
    /** Called for each stem that `solve` expands, before it asks again. */
    onExpand: (_: StemId): void => {},
    /** The assumptions of the last impossible `solve` that clash; empty when the clauses alone are impossible. */
    get core(): readonly number[] {
      return core
    },
    /** Expands stems and the stems that their preferred versions pull in. */
    open,
    /** Expands the stems of every answer: named stems, then installed stems that cannot be assumed unchanged. Stops at a contradiction. */
    start() {
      const isOpen = (stem: StemId) => question.role(stem) !== Role.rejected && !activation.isUnchanged(stem)
      const rest = question.exact ? [] : installedStems.filter(isOpen)
      open([...question.request.order, ...needingRejected(question), ...rest])
    },
    /** Package of a stem in a model, or -1. */
    selected(model: Model, stem: StemId): PackageId {
      if (activation.isUnchanged(stem)) return question.base[stem]!
      return model[stem]! < 0 ? -1 : variables.candidates(stem)[model[stem]!]!
    },
    /**
     * Searches under assumptions. The next call overwrites the model; `keepModel` copies it. Undefined: impossible, see `core`.
     * Throws `BudgetExhausted`.
     */
    solve(assumptions: readonly number[]): Model | undefined {
      const asked = new Set(assumptions)
      for (let round = 0; ; round += 1) {
        if (isImpossible(false)) {
          core = []
          return undefined
        }
        if (asker.ask(assumptions, leftOut.assumptions())) {
          variables.readPositions(expanded, engine.model(), model)
          return model
        }
        const found = Array.from(engine.core())
        core = found.filter((literal) => asked.has(literal))
        if (core.length === found.length) return undefined
        const others = found.filter((literal) => !asked.has(literal))
        encodeCore(others.map((literal) => variables.stemOf(Math.abs(literal))))
        if (round < CORE_ROUNDS) continue
        // One core at a time would take long: a model without the assumptions shows all that an answer may need.
        if (clauses.hasEmptyClause || !asker.ask(assumptions)) {
          core = clauses.hasEmptyClause ? [] : Array.from(engine.core())
          return undefined
        }
        const used = leftOut.usedBy(engine.model())
        for (const stem of used.older) encoder.encodeOlder(stem)
        open(used.stems)
      }
    },
    /** Cost of the search, as `Effort` counts it. */
    work: asker.work,
    statistics: () => ({
      stemsInCone: expanded.length,
      variables: variables.count,
      clauses: clauses.count,
      ...asker.statistics(),
    }),
  }
  return session
}

export type Session = ReturnType<typeof createSession>

/**
 * Returns a test whether the expanded stems contradict each other. With `mayAsk` it asks the engine (`isRefuted`) from time to
 * time: most contradictions lie near the named packages, so the search can stop early.
 */
function createContradictionCheck(
  { clauses, withoutCandidates, blocked }: Encoder,
  expanded: readonly StemId[],
  isRefuted: () => boolean,
): (mayAsk: boolean) => boolean {
  let checkAt = FIRST_CHECK
  /** Number of blocked stems that triggers no check: every catalog has some. */
  let blockedBefore = 0
  let refuted = false
  return (mayAsk) => {
    if (refuted || clauses.hasEmptyClause || withoutCandidates.length > 0) return true
    if (mayAsk && (expanded.length >= checkAt || blocked.size > blockedBefore)) {
      if (expanded.length >= checkAt) checkAt *= 4
      blockedBefore = 2 * blocked.size
      refuted = isRefuted()
    }
    return refuted
  }
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

/** A model that satisfies at least one of the literals, or undefined. */
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
