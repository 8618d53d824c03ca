import type { StemId } from '#model'
import { createRunReader } from '../lookup/dependency-runs.ts'
import { Depend, typeBits } from '../lookup/universe.ts'
import { type Question, Role } from '../question/question.ts'
import { addClause, keepModel, type Model, type Session, solveSome } from './session.ts'

type ReadAlternatives = (dependent: StemId) => readonly Alternative[]

/** One kind of preference of the tie rule. */
interface Stage {
  /** 1: first name first; -1: last name first. */
  readonly order: 1 | -1
  /**
   * Fixes the preferences about a stem that the best model meets: later models meet them too. With `mayImprove`, it first
   * searches for a model that meets more of them.
   */
  fix(stem: StemId, mayImprove: boolean): void
}

/**
 * Applies rule T of solver-semantics §7.2 as a fixed order of preferences, so that every engine gives the same answer:
 * 1. the alternatives of a require-any or group-any that are listed later stay out (dependents by name, last alternative first);
 * 2. stems that are neither installed nor named stay out, last name first;
 * 3. each stem, in order of name, is at its newest version (of equal versions: from the best publisher).
 * An absent stem meets its preferences, and every optimal answer keeps an unchanged stem, so only the expanded stems count.
 */
export function breakTies(session: Session, first: Model): Model {
  const { variables } = session.encoder
  const readAlternatives = createAlternativesReader(session)
  const unreachable = findUnreachable(session, readAlternatives, first)
  if (unreachable === undefined) return first
  const best = createBest(session, first)
  const stages = createStages(session, readAlternatives, unreachable, best)
  const onExpand = session.onExpand
  for (let place = 0; place < stages.length; place += 1) {
    const { order, fix } = stages[place]!
    const byName = (a: StemId, b: StemId) => order * (b - a)
    const pending = session.expanded.filter((stem) => variables.candidates(stem).length > 0).sort(byName)
    let reached = -1
    session.onExpand = (stem) => {
      onExpand(stem)
      if (variables.candidates(stem).length === 0) return
      for (const passed of stages.slice(0, place)) passed.fix(stem, false)
      if (byName(stem, reached) > 0) fix(stem, false)
      else {
        pending.push(stem)
        pending.sort(byName)
      }
    }
    while (pending.length > 0) {
      reached = pending.pop()!
      fix(reached, true)
    }
  }
  session.onExpand = onExpand
  return best.model
}

/** The best model so far. */
function createBest(session: Session, first: Model) {
  let model = first
  return {
    first,
    get model(): Model {
      return model
    },
    /** Searches for a model that satisfies a clause; true if there is one, which is the best from then on. */
    improve(clause: readonly number[]): boolean {
      const better = solveSome(session, clause)
      if (better === undefined) return false
      if (model === first) model = first.slice()
      keepModel(session, better, model)
      return true
    },
  }
}

function createStages(
  session: Session,
  readAlternatives: ReadAlternatives,
  unreachable: Unreachable,
  best: ReturnType<typeof createBest>,
): readonly Stage[] {
  const { question } = session
  const { variables } = session.encoder
  const { first, improve } = best
  return [
    {
      order: 1,
      fix(dependent, mayImprove) {
        for (const one of readAlternatives(dependent)) {
          const mayAsk = mayImprove && (isLeftOut(one, first) || !unreachable.alternatives.has(one.key))
          if (isLeftOut(one, best.model) || (mayAsk && improve(one.clause))) addClause(session, one.clause)
        }
      },
    },
    {
      order: -1,
      fix(stem, mayImprove) {
        if (!mayBeAbsent(question, stem)) return
        const clause = [-variables.present(stem)]
        const mayAsk = mayImprove && (first[stem]! < 0 || !unreachable.absent.has(stem))
        if (best.model[stem]! < 0 || (mayAsk && improve(clause))) addClause(session, clause)
      },
    },
    {
      order: 1,
      fix(stem, mayImprove) {
        // The stage before fixed that the stem stays out.
        if (best.model[stem]! < 0 && mayBeAbsent(question, stem)) return
        let k = variables.candidates(stem).length - 1
        const isMet = (model: Model) => model[stem]! < 0 || model[stem]! >= k
        const mayAsk = () => mayImprove && (isMet(first) || !unreachable.newer.has(stem))
        while (k > 0 && !isMet(best.model) && !(mayAsk() && improve([-variables.below(stem, k)]))) k -= 1
        // The clause excludes all older versions.
        if (k > 0) addClause(session, [-variables.below(stem, k)])
      },
    },
  ]
}

/** Preferences that no optimal answer meets. */
interface Unreachable {
  /** By `Alternative.key`. */
  readonly alternatives: ReadonlySet<string>
  /** Stems that cannot be absent. */
  readonly absent: ReadonlySet<StemId>
  /** Stems that cannot be newer. */
  readonly newer: ReadonlySet<StemId>
}

/** A preference that the first model does not meet, and the literal that says that it is met. */
interface Open {
  readonly literal: number
  isMet(model: Model): boolean
  readonly kind: keyof Unreachable
  readonly key: string | StemId
}

/**
 * Finds the preferences that the model does not meet and no optimal answer meets: asks for a model that meets any of them
 * until there is none. Undefined where that holds for all of them, so that the model is the answer.
 */
function findUnreachable(
  session: Session,
  readAlternatives: ReadAlternatives,
  model: Model,
): Unreachable | undefined {
  const all = [...openAlternatives(session, readAlternatives, model), ...openStems(session, model)]
  let open = all
  while (open.length > 0) {
    const other = solveSome(
      session,
      open.map(({ literal }) => literal),
    )
    if (other === undefined) break
    open = open.filter(({ isMet }) => !isMet(other))
  }
  if (open.length === all.length) return undefined
  const keysOf = <T>(kind: keyof Unreachable) =>
    new Set(open.filter((one) => one.kind === kind).map(({ key }) => key as T))
  return { alternatives: keysOf('alternatives'), absent: keysOf('absent'), newer: keysOf('newer') }
}

function openAlternatives(
  session: Session,
  readAlternatives: ReadAlternatives,
  model: Model,
): readonly Open[] {
  const { variables } = session.encoder
  const found: Open[] = []
  for (const dependent of session.expanded) {
    if (model[dependent]! < 0) continue
    const id = variables.candidates(dependent)[model[dependent]!]!
    if (!session.question.universe.hasDependencyOf(id, CHOICES)) continue
    for (const one of readAlternatives(dependent)) {
      if (isLeftOut(one, model)) continue
      // Two clauses may have a variable with opposite signs: only a literal for each makes "one of them is met" a clause.
      const literal = variables.fresh()
      addClause(session, [-literal, ...one.clause])
      found.push({
        literal,
        isMet: (other) => isLeftOut(one, other),
        kind: 'alternatives',
        key: one.key,
      })
    }
  }
  return found
}

/** Stems that may be absent, and stems that may be newer: one position newer is the easiest of these preferences. */
function openStems({ question, encoder, expanded }: Session, model: Model): readonly Open[] {
  const { variables } = encoder
  const found: Open[] = []
  const add = (kind: keyof Unreachable, stem: StemId, position: number) =>
    found.push({
      literal: -variables.below(stem, position),
      isMet: (other) => other[stem]! < 0 || other[stem]! >= position,
      kind,
      key: stem,
    })
  for (const stem of expanded) {
    if (model[stem]! < 0) continue
    const { length } = variables.candidates(stem)
    if (mayBeAbsent(question, stem)) add('absent', stem, length)
    if (model[stem]! + 1 < length) add('newer', stem, model[stem]! + 1)
  }
  return found
}

/** The types of dependencies that list alternatives. */
const CHOICES = typeBits(Depend.requireAny, Depend.groupAny)

/** A preference of the tie rule: `stem`, an alternative of a dependency, stays out. */
interface Alternative {
  readonly key: string
  readonly stem: StemId
  readonly dependent: StemId
  /** First and last position of the dependent's packages that have the dependency. */
  readonly first: number
  readonly last: number
  /** Says that the preference is met. */
  readonly clause: readonly number[]
}

/** Whether a model meets the preference: the stem is absent, or no package with the dependency is selected. */
export function isLeftOut({ stem, dependent, first, last }: Alternative, model: Model): boolean {
  return model[stem]! < 0 || model[dependent]! < first || model[dependent]! > last
}

/** A stem that may be absent: neither installed nor named, or avoided. */
function mayBeAbsent(question: Question, stem: StemId): boolean {
  const role = question.role(stem)
  return role === Role.new || role === Role.avoided
}

const NO_ALTERNATIVES: readonly Alternative[] = []

/**
 * Returns a reader of the alternatives of a dependent that may be absent. The dependencies of its newest version come first; in
 * each dependency, the alternative listed last comes first.
 */
function createAlternativesReader(session: Session): (dependent: StemId) => readonly Alternative[] {
  const { question, encoder } = session
  const { variables } = encoder
  const { universe } = question
  const { catalog } = universe
  const readRuns = createRunReader(universe)
  /** Index of a dependency among those of a package. */
  const placeOf = (id: number, dependency: number) => {
    let place = catalog.dependencyStart[id]!
    while (catalog.dependencyList[place] !== dependency) place += 1
    return place - catalog.dependencyStart[id]!
  }
  const isChoice = (dependency: number) => ((1 << catalog.dependencyType[dependency]!) & CHOICES) !== 0
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
      const found: Alternative[] = []
      for (let index = catalog.dependencyTargetStart[dependency + 1]! - 1; index >= start; index -= 1) {
        const stem = catalog.targetStem[catalog.targetList[index]!]!
        const present = variables.present(stem)
        if (present === 0 || stem === dependent || !mayBeAbsent(question, stem)) continue
        const clause = [-variables.below(dependent, last + 1), -present]
        if (first > 0) clause.push(variables.below(dependent, first))
        found.push({ key: `${dependent} ${last} ${index}`, stem, dependent, first, last, clause })
      }
      return found
    })
  }
}
