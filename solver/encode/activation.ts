import type { PackageId, StemId } from '#model'
import { createRunReader, type ReadRuns, type VisitRun } from '../lookup/dependency-runs.ts'
import { incorporationWindow } from '../lookup/incorporations.ts'
import { type InstalledDependencies, installedDependencies } from '../lookup/installed-dependencies.ts'
import { memo } from '../lookup/memo.ts'
import { createTriggers, NOW } from '../lookup/trigger.ts'
import { Depend, firstTarget, isMet } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import { isGroup } from './group-clause.ts'
import { createStemWindows } from './stem-windows.ts'
import { createWaitingList, type VisitWaiting } from './waiting-list.ts'

/** What the activation needs of the encoder. */
interface ActivationContext {
  readonly question: Question
  /** The stem is held: the rules before the search apply its incorporate dependencies. */
  readonly isHeld: (stem: StemId) => boolean
  /** Whether a dependency is encoded at all; undefined: all are. */
  readonly bears: ((dependency: number) => boolean) | undefined
  /** Reads the dependencies of a stem; undefined: the reader of the universe. */
  readonly readRuns: ReadRuns | undefined
  /** Writes the clauses of a dependency. */
  readonly emit: VisitWaiting
}

/** Position that `eachWaiting` gives for an unchanged dependent. */
export const UNCHANGED = -1

/** A dependency of an unchanged stem that concerns a stem about to be expanded. */
interface Concern {
  readonly dependent: StemId
  readonly dependency: number
  /** The dependency waited for the stem; otherwise it is a choice that gets one more alternative. */
  readonly waited: boolean
}

const NO_CONCERNS: readonly Concern[] = []

/**
 * Decides which dependencies matter for which stem, and emits them then. A stem is expanded, assumed unchanged, or assumed
 * absent. A dependency matters from the moment at which the assumed stems no longer meet it. The dependencies of unchanged
 * stems are looked up by target, so an installed package that no expanded stem concerns costs nothing.
 */
export function createActivation({ question, isHeld, bears, readRuns, emit }: ActivationContext) {
  const { universe, base } = question
  const { catalog } = universe
  const expanded = new Uint8Array(catalog.stemCount)
  const expandedStems: StemId[] = []
  /** The argument of `assumeUnchanged`; some of these stems are expanded since. */
  let assumed: readonly StemId[] = []
  const isAssumed = new Uint8Array(catalog.stemCount)
  const unchanged = new Uint8Array(catalog.stemCount)
  const activated = new Set<StemId>()
  const isExpanded = (stem: StemId) => expanded[stem] === 1
  const isUnchanged = (stem: StemId) => unchanged[stem] === 1
  const unchangedStems = () => assumed.filter(isUnchanged)
  const triggerOf = createTriggers(catalog, base, { isExpanded, isUnchanged })
  const waiting = createWaitingList(catalog.stemCount)
  const windows = createStemWindows({
    question,
    bears: bears ?? (() => true),
    isHeld,
    expandedStems,
    unchangedStems,
    triggerOf,
  })
  const readAll = readRuns ?? createRunReader(universe)
  let dependencies: InstalledDependencies | undefined
  const isChoice = (dependency: number) => {
    const type = catalog.dependencyType[dependency]!
    return type === Depend.requireAny || type === Depend.groupAny
  }
  const mustBeKnown = (dependency: number) =>
    isGroup(catalog.dependencyType[dependency]!) || isChoice(dependency)
  const counts = (dependent: StemId, dependency: number) =>
    unchanged[dependent] === 1 &&
    !(catalog.dependencyType[dependency] === Depend.incorporate && isHeld(dependent))
  const applies = (dependency: number) =>
    question.ignored?.has(dependency) !== true &&
    universe.conditionHolds(catalog.dependencyCondition[dependency]!)

  /** By unchanged dependent: the dependencies that the assumed stems do not meet. */
  const findUnmet = (all: InstalledDependencies) => {
    const found = new Map<StemId, Set<number>>()
    const look = (dependent: StemId, dependency: number) => {
      if (!counts(dependent, dependency) || triggerOf(dependency) !== NOW || !applies(dependency)) return
      memo(found, dependent, () => new Set<number>()).add(dependency)
    }
    all.unmet(look)
    for (const stem of universe.installedStems) if (isAssumed[stem] === 0) all.of(stem, look)
    return found
  }

  /** The last result of `concernsOf`: the guess at a stem's version asks right before the expansion does. */
  let lastStem: StemId = -1
  let lastConcerns = NO_CONCERNS
  /** Dependencies of unchanged stems that matter once a stem, not expanded yet, is expanded. */
  const concernsOf = (stem: StemId): readonly Concern[] => {
    if (dependencies === undefined || isExpanded(stem)) return NO_CONCERNS
    if (stem === lastStem) return lastConcerns
    const concerns: Concern[] = []
    const state = unchanged[stem]!
    // For the others, a stem with an unmet group or choice counts as unchanged until it is expanded, which is soon.
    unchanged[stem] = isAssumed[stem]!
    dependencies.of(stem, (dependent, dependency) => {
      if (dependent === stem || !counts(dependent, dependency)) return
      const waited = triggerOf(dependency) === stem
      const isNewChoice = isAssumed[stem] === 0 && isChoice(dependency)
      if ((waited || isNewChoice) && applies(dependency)) concerns.push({ dependent, dependency, waited })
    })
    unchanged[stem] = state
    lastStem = stem
    lastConcerns = concerns
    return concerns
  }

  const activate = (dependent: StemId, dependency: number) => {
    activated.add(dependent)
    emit(dependent, 0, 0, dependency)
  }
  const dispatch = (stem: StemId, first: number, last: number, dependency: number) => {
    const trigger = triggerOf(dependency)
    if (trigger >= 0) waiting.add(trigger, stem, first, last, dependency)
    else if (trigger === NOW) emit(stem, first, last, dependency)
  }
  /** Concerns of the stem expanded last. */
  let concerns = NO_CONCERNS
  return {
    isExpanded,
    isUnchanged,
    /** The stem is expanded or assumed unchanged: some answer can have it. */
    isInCone: (stem: StemId) => isExpanded(stem) || isUnchanged(stem),
    /** Stems assumed unchanged, ascending. */
    unchanged: unchangedStems,
    /** The unchanged stems with clauses of their own, because the assumed stems do not meet all their dependencies. */
    activated: () => [...activated].filter(isUnchanged),
    /** An unchanged stem is the first target of the dependency, and its installed package does not meet the dependency. */
    breaksUnchanged(dependency: number): boolean {
      const target = firstTarget(catalog, dependency)
      const stem = catalog.targetStem[target]!
      return isUnchanged(stem) && !isMet(universe, catalog.dependencyType[dependency]!, target, base[stem]!)
    },
    /**
     * Assumes that stems stay at position 0, which must be their installed package, until they are expanded. Emits the
     * dependencies that the assumed stems do not meet, in a fixed order. A stem with an unmet group or choice cannot be assumed
     * unchanged, and nothing is emitted for it: the relaxations and the choices must be known before the first objective.
     */
    assumeUnchanged(stems: readonly StemId[]) {
      assumed = stems
      if (stems.length === 0) return
      for (let index = 0; index < stems.length; index += 1) {
        isAssumed[stems[index]!] = 1
        unchanged[stems[index]!] = 1
      }
      dependencies = installedDependencies(universe)
      const unmet = [...findUnmet(dependencies)].sort(([a], [b]) => a - b)
      for (const [dependent, own] of unmet) if ([...own].some(mustBeKnown)) unchanged[dependent] = 0
      for (const [dependent, own] of unmet) {
        // The expansion of a changed stem emits these dependencies and more.
        if (!isUnchanged(dependent)) continue
        for (const dependency of [...own].sort((a, b) => a - b)) activate(dependent, dependency)
      }
    },
    /** Marks a stem as expanded; `release` must follow. */
    expand(stem: StemId) {
      concerns = concernsOf(stem)
      expanded[stem] = 1
      expandedStems.push(stem)
      unchanged[stem] = 0
      lastStem = -1
    },
    /** Visits the dependencies of the packages `ids`, from position `from` on, that may matter. */
    read(stem: StemId, ids: Int32Array, from: number, visit: VisitRun) {
      const mayWindow = readRuns === undefined && !windows.isFull()
      const window = mayWindow ? incorporationWindow(catalog, ids, from) : undefined
      if (window === undefined) readAll(ids, from, ids.length - 1, visit, bears)
      else windows.read(stem, window, visit)
    },
    /** Emits a dependency if it matters; otherwise puts it on the waiting list. */
    dispatch,
    /** Emits the dependencies that waited for the stem expanded last. Returns the unchanged stems that have a reason to move for its `preferred` package. */
    release(preferred: PackageId | undefined): readonly StemId[] {
      const awaited = expandedStems.at(-1)!
      windows.each(awaited, dispatch)
      waiting.release(awaited, dispatch)
      const disturbed: StemId[] = []
      for (const { dependent, dependency, waited } of concerns) {
        if (waited && triggerOf(dependency) === NOW) activate(dependent, dependency)
        const target = firstTarget(catalog, dependency)
        const isInTheWay =
          preferred !== undefined &&
          catalog.targetStem[target] === awaited &&
          !isMet(universe, catalog.dependencyType[dependency]!, target, preferred)
        if (isChoice(dependency) || isInTheWay) disturbed.push(dependent)
      }
      return disturbed
    },
    /** Visits the dependencies that wait for a stem. The position of an unchanged dependent is `UNCHANGED`. */
    eachWaiting(stem: StemId, visit: VisitWaiting) {
      waiting.each(stem, visit)
      for (const { dependent, dependency } of concernsOf(stem))
        visit(dependent, UNCHANGED, UNCHANGED, dependency)
      if (!isExpanded(stem)) windows.each(stem, visit)
    },
  }
}
