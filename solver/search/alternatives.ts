import type { StemId } from '#model'
import { createRunReader } from '../lookup/dependency-runs.ts'
import { Depend, typeBits } from '../lookup/universe.ts'
import { type Question, Role } from '../question/question.ts'
import type { Model, Session } from './session.ts'

/** The types of dependencies that list alternatives. */
export const CHOICES = typeBits(Depend.requireAny, Depend.groupAny)

/** A preference of the tie rule: `stem`, an alternative of a dependency, stays out. */
export interface Alternative {
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
export function mayBeAbsent(question: Question, stem: StemId): boolean {
  const role = question.role(stem)
  return role === Role.new || role === Role.avoided
}

const NO_ALTERNATIVES: readonly Alternative[] = []

/**
 * Returns a reader of the alternatives of a dependent that may be absent. The dependencies of its newest version come first; in
 * each dependency, the alternative listed last comes first.
 */
export function createAlternativesReader(session: Session): (dependent: StemId) => readonly Alternative[] {
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
