import type { StemId } from '#model'
import { createRunReader } from '../lookup/dependency-runs.ts'
import { Depend, typeBits } from '../lookup/universe.ts'
import { type Question, Role } from '../question/question.ts'
import { addClause, keepModel, type Model, type Session, solveSome } from './session.ts'

/** One kind of wish of the tie rule, settled stem by stem. */
interface Stage {
  /** 1: stems by name; -1: last name first. */
  readonly order: 1 | -1
  /** Makes sure that later answers meet the wishes about a stem which the best answer meets; first improves it, if `asks`. */
  settle(stem: StemId, asks: boolean): void
}

/**
 * Rule T of solver-semantics §7.2 as a fixed order of wishes, so that the answer is one and the same on every engine:
 * 1. of the alternatives of a require-any or group-any the later listed stay out (dependents by name, last alternative first);
 * 2. stems that are neither installed nor named stay out, last name first;
 * 3. each stem, in order of name, is at its newest (of equal versions: from the best publisher).
 * Wishes about absent stems are met, and a stem at rest stays as it is in every optimal answer, so the stems outside the cone need
 * not be looked at.
 */
export function breakTies(session: Session, first: Model): Model {
  const { question } = session
  const { variables } = session.encoder
  const readAlternatives = createAlternativesReader(session)
  const hopeless = findHopeless(session, readAlternatives, first)
  if (hopeless === undefined) return first
  let best = first
  const improve = (clause: readonly number[]) => {
    const model = solveSome(session, clause)
    if (model === undefined) return false
    if (best === first) best = first.slice()
    keepModel(session, model, best)
    return true
  }
  const stages: readonly Stage[] = [
    {
      order: 1,
      settle(dependent, asks) {
        for (const wish of readAlternatives(dependent)) {
          const hasHope = asks && (isLeftOut(wish, first) || !hopeless.alternatives.has(wish.key))
          if (isLeftOut(wish, best) || (hasHope && improve(wish.clause))) addClause(session, wish.clause)
        }
      },
    },
    {
      order: -1,
      settle(stem, asks) {
        if (!isFree(question, stem)) return
        const clause = [-variables.present(stem)]
        const hasHope = asks && (first[stem]! < 0 || !hopeless.absent.has(stem))
        if (best[stem]! < 0 || (hasHope && improve(clause))) addClause(session, clause)
      },
    },
    {
      order: 1,
      settle(stem, asks) {
        // It stays out by the stage before.
        if (best[stem]! < 0 && isFree(question, stem)) return
        let k = variables.candidates(stem).length - 1
        const isMet = (model: Model) => model[stem]! < 0 || model[stem]! >= k
        const hasHope = () => asks && (isMet(first) || !hopeless.newer.has(stem))
        while (k > 0 && !isMet(best) && !(hasHope() && improve([-variables.below(stem, k)]))) k -= 1
        // This says as much of all older versions.
        if (k > 0) addClause(session, [-variables.below(stem, k)])
      },
    },
  ]
  const outer = session.onExpand
  for (let place = 0; place < stages.length; place += 1) {
    const { order, settle } = stages[place]!
    const inOrder = (a: StemId, b: StemId) => order * (b - a)
    const pending = session.expanded.filter((stem) => variables.candidates(stem).length > 0).sort(inOrder)
    let reached = -1
    session.onExpand = (stem) => {
      outer(stem)
      if (variables.candidates(stem).length === 0) return
      for (const passed of stages.slice(0, place)) passed.settle(stem, false)
      if (inOrder(stem, reached) > 0) settle(stem, false)
      else {
        pending.push(stem)
        pending.sort(inOrder)
      }
    }
    while (pending.length > 0) {
      reached = pending.pop()!
      settle(reached, true)
    }
  }
  session.onExpand = outer
  return best
}

/** Wishes that no optimal answer meets. */
interface Hopeless {
  /** By `Alternative.key`. */
  readonly alternatives: ReadonlySet<string>
  /** Stems that cannot stay out. */
  readonly absent: ReadonlySet<StemId>
  /** Stems that cannot be newer. */
  readonly newer: ReadonlySet<StemId>
}

/** Looks at the wishes that a model does not meet; undefined when no optimal answer meets any, so that the model is the answer. */
function findHopeless(
  session: Session,
  readAlternatives: (dependent: StemId) => readonly Alternative[],
  model: Model,
): Hopeless | undefined {
  const { question } = session
  const { variables } = session.encoder
  const { universe } = question
  /** Wishes that the model does not meet, and for each the literal that says that it is met. */
  const alternatives: Alternative[] = []
  const literals: number[] = []
  for (const dependent of session.expanded) {
    if (model[dependent]! < 0) continue
    if (!universe.hasDependencyOf(variables.candidates(dependent)[model[dependent]!]!, CHOICES)) continue
    for (const wish of readAlternatives(dependent)) {
      if (isLeftOut(wish, model)) continue
      // Two wishes may name a variable with opposite signs, and their union would say nothing.
      const literal = variables.fresh()
      addClause(session, [-literal, ...wish.clause])
      alternatives.push(wish)
      literals.push(literal)
    }
  }
  /** "Absent, or not below a position": to be newer by one position is the easiest of the wishes for a newer version. */
  const stems: StemId[] = []
  const positions: number[] = []
  const addPosition = (stem: StemId, position: number) => {
    stems.push(stem)
    positions.push(position)
    literals.push(-variables.below(stem, position))
  }
  for (const stem of session.expanded) {
    if (model[stem]! < 0) continue
    const { length } = variables.candidates(stem)
    if (isFree(question, stem)) addPosition(stem, length)
    if (model[stem]! + 1 < length) addPosition(stem, model[stem]! + 1)
  }
  const count = literals.length
  while (literals.length > 0) {
    const other = solveSome(session, literals)
    if (other === undefined) break
    let left = 0
    let leftAlternatives = 0
    for (let index = 0; index < alternatives.length; index += 1) {
      if (isLeftOut(alternatives[index]!, other)) continue
      alternatives[leftAlternatives] = alternatives[index]!
      leftAlternatives += 1
      literals[left] = literals[index]!
      left += 1
    }
    let leftPositions = 0
    for (let index = 0; index < stems.length; index += 1) {
      const selected = other[stems[index]!]!
      if (selected < 0 || selected >= positions[index]!) continue
      stems[leftPositions] = stems[index]!
      positions[leftPositions] = positions[index]!
      leftPositions += 1
      literals[left] = literals[alternatives.length + index]!
      left += 1
    }
    alternatives.length = leftAlternatives
    stems.length = leftPositions
    positions.length = leftPositions
    literals.length = left
  }
  if (literals.length === count) return undefined
  const isAbsence = (stem: StemId, place: number) => positions[place] === variables.candidates(stem).length
  return {
    alternatives: new Set(alternatives.map(({ key }) => key)),
    absent: new Set(stems.filter(isAbsence)),
    newer: new Set(stems.filter((stem, place) => !isAbsence(stem, place))),
  }
}

/** The wish that an alternative stays out where versions of a dependent have others. */
interface Alternative {
  readonly key: string
  readonly stem: StemId
  readonly dependent: StemId
  /** Positions of the dependent's versions. */
  readonly first: number
  readonly last: number
  readonly clause: readonly number[]
}

function isLeftOut({ stem, dependent, first, last }: Alternative, model: Model): boolean {
  return model[stem]! < 0 || model[dependent]! < first || model[dependent]! > last
}

/** A stem that may stay out: neither installed nor named, or avoided. */
function isFree(question: Question, stem: StemId): boolean {
  const role = question.role(stem)
  return role === Role.new || role === Role.avoided
}

const CHOICES = typeBits(Depend.requireAny, Depend.groupAny)

/** Reads the alternatives of a dependent that may stay out: of its newest version first, in each the last dependency's last. */
function createAlternativesReader(session: Session): (dependent: StemId) => readonly Alternative[] {
  const { question, encoder } = session
  const { variables } = encoder
  const { universe } = question
  const { catalog } = universe
  const readRuns = createRunReader(universe)
  const placeOf = (id: number, dependency: number) => {
    let place = catalog.dependencyStart[id]!
    while (catalog.dependencyList[place] !== dependency) place += 1
    return place - catalog.dependencyStart[id]!
  }
  const isChoice = (dependency: number) => {
    const type = catalog.dependencyType[dependency]
    return type === Depend.requireAny || type === Depend.groupAny
  }
  return (dependent) => {
    const ids = variables.candidates(dependent)
    if (!ids.some((id) => universe.hasDependencyOf(id, CHOICES))) return NO_ALTERNATIVES
    const runs: { readonly dependency: number; readonly first: number; readonly last: number }[] = []
    readRuns(
      ids,
      0,
      ids.length - 1,
      (dependency, first, last) => runs.push({ dependency, first, last }),
      isChoice,
    )
    const place = (run: (typeof runs)[number]) => placeOf(ids[run.last]!, run.dependency)
    runs.sort((a, b) => b.last - a.last || place(a) - place(b))
    return runs.flatMap(({ dependency, first, last }) => {
      const start = catalog.dependencyTargetStart[dependency]!
      const wishes: Alternative[] = []
      for (let index = catalog.dependencyTargetStart[dependency + 1]! - 1; index >= start; index -= 1) {
        const stem = catalog.targetStem[catalog.targetList[index]!]!
        const present = variables.present(stem)
        if (present === 0 || stem === dependent || !isFree(question, stem)) continue
        const clause = [-variables.below(dependent, last + 1), -present]
        if (first > 0) clause.push(variables.below(dependent, first))
        wishes.push({ key: `${dependent} ${last} ${index}`, stem, dependent, first, last, clause })
      }
      return wishes
    })
  }
}

const NO_ALTERNATIVES: readonly Alternative[] = []
