import type { StemId } from '#model'
import { type InstalledDependencies, installedDependencies } from '../lookup/installed-dependencies.ts'
import { Depend } from '../lookup/universe.ts'
import { createWaits, NOW, type StemStates } from '../lookup/waiting-list.ts'
import type { Question } from '../question/question.ts'
import { isGroup } from './group-clause.ts'

/** The encoder, as far as stems at rest look at it. */
export interface RestContext extends Pick<StemStates, 'isExpanded'> {
  readonly question: Question
  /** What the stem incorporates is decided before the search. */
  readonly isSettled: (stem: StemId) => boolean
}

/** A dependency of a stem at rest that an expanded stem concerns. */
export interface Concern {
  readonly carrier: StemId
  readonly dependency: number
  /** It waited for the very stem; else it is a choice that has one alternative more. */
  readonly waited: boolean
}

/**
 * Stems at rest. What their packages say is looked up by the stems that it speaks of, so that the many of which nothing comes into
 * play cost nothing.
 */
export interface AtRest extends Pick<StemStates, 'isResting'> {
  /** Those that are or were at rest. */
  readonly stems: readonly StemId[]
  /** See `createWaits`. */
  waitsFor(dependency: number): StemId
  /**
   * Takes stems to be at rest, and visits what they say that those do not meet, in a fixed order. Some cannot
   * rest, and nothing is visited for them: what may be given up, and which of several choices is taken, must be known before
   * the first level.
   */
  settle(stems: readonly StemId[], visit: (carrier: StemId, dependency: number) => void): void
  /** What stems at rest say that the expansion of a stem, which is still to come, brings into play. */
  concernedBy(stem: StemId): readonly Concern[]
  /** The stem is expanded. */
  wake(stem: StemId): void
}

const NOTHING: readonly Concern[] = []

/** Nothing is at rest before `settle`. */
export function createAtRest({ question, isSettled, isExpanded }: RestContext): AtRest {
  const { universe } = question
  const { catalog } = universe
  let all: readonly StemId[] = []
  const resting = new Uint8Array(catalog.stemCount)
  /** Those of `all`. */
  const taken = new Uint8Array(catalog.stemCount)
  const isResting = (stem: StemId) => resting[stem] === 1
  const waitsFor = createWaits(catalog, question.base, { isExpanded, isResting })
  let dependencies: InstalledDependencies | undefined
  /** The last question of `concernedBy`: a guess at the stem's version asks it right before the expansion. */
  let asked: StemId = -1
  let answer = NOTHING
  const counts = (carrier: StemId, dependency: number) =>
    resting[carrier] === 1 &&
    !(catalog.dependencyType[dependency] === Depend.incorporate && isSettled(carrier))
  const isChoice = (dependency: number) => {
    const type = catalog.dependencyType[dependency]!
    return type === Depend.requireAny || type === Depend.groupAny
  }
  const mustBeKnown = (dependency: number) =>
    isGroup(catalog.dependencyType[dependency]!) || isChoice(dependency)
  const applies = (dependency: number) =>
    question.ignored?.has(dependency) !== true &&
    universe.conditionHolds(catalog.dependencyCondition[dependency]!)
  /** By carrier, what those that are at rest do not meet. */
  const findUnmet = (said: InstalledDependencies) => {
    const found = new Map<StemId, Set<number>>()
    const look = (carrier: StemId, dependency: number) => {
      if (!counts(carrier, dependency) || waitsFor(dependency) !== NOW || !applies(dependency)) return
      const own = found.get(carrier)
      if (own === undefined) found.set(carrier, new Set([dependency]))
      else own.add(dependency)
    }
    said.unmet(look)
    for (const stem of universe.installedStems) if (taken[stem] === 0) said.of(stem, look)
    return found
  }
  return {
    get stems() {
      return all
    },
    isResting,
    waitsFor,
    settle(stems, visit) {
      all = stems
      if (stems.length === 0) return
      for (let index = 0; index < stems.length; index += 1) {
        taken[stems[index]!] = 1
        resting[stems[index]!] = 1
      }
      dependencies = installedDependencies(universe)
      const unmet = [...findUnmet(dependencies)].sort(([a], [b]) => a - b)
      for (const [carrier, own] of unmet) if ([...own].some(mustBeKnown)) resting[carrier] = 0
      // The others say the same and more when they are expanded.
      for (const [carrier, own] of unmet)
        if (isResting(carrier))
          for (const dependency of [...own].sort((a, b) => a - b)) visit(carrier, dependency)
    },
    concernedBy(stem) {
      if (dependencies === undefined || isExpanded(stem)) return NOTHING
      if (stem === asked) return answer
      const concerns: Concern[] = []
      const isAtRest = resting[stem]!
      // Those that cannot rest were taken to, as far as others go, and are expanded soon.
      resting[stem] = taken[stem]!
      dependencies.of(stem, (carrier, dependency) => {
        if (carrier === stem || !counts(carrier, dependency)) return
        const waited = waitsFor(dependency) === stem
        const isNewChoice = taken[stem] === 0 && isChoice(dependency)
        if ((waited || isNewChoice) && applies(dependency)) concerns.push({ carrier, dependency, waited })
      })
      resting[stem] = isAtRest
      asked = stem
      answer = concerns
      return concerns
    },
    wake(stem) {
      resting[stem] = 0
      asked = -1
    },
  }
}
