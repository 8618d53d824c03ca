import type { Catalog, PackageId, StemId } from '#model'
import { createRunReader, type ReadRuns, runsOf } from '../lookup/dependency-runs.ts'
import { incorporationWindow } from '../lookup/incorporations.ts'
import { Depend, firstTarget, isMet, isObsolete } from '../lookup/universe.ts'
import { createWaitingList, NOW, type StemStates, type VisitWaiting } from '../lookup/waiting-list.ts'
import { mustBePresent, type Question } from '../question/question.ts'
import type { Trim } from '../rules/trim.ts'
import { type Concern, createAtRest } from './at-rest.ts'
import { type ClauseBuffer, createClauseBuffer } from './clause.ts'
import { createGroupWriter, isGroup, type Relaxation } from './group-clause.ts'
import { createLimitWriter } from './limit-clause.ts'
import { type Carrier, createPhrases } from './phrase.ts'
import { createPresenceRuns } from './presence-runs.ts'
import { createStemWindows } from './stem-windows.ts'
import { createVariableMap, type VariableMap } from './variable-map.ts'

/** Turns stems into clauses, one stem at a time. Source: solver-semantics §4. */
export interface Encoder extends StemStates {
  readonly clauses: ClauseBuffer
  readonly variables: VariableMap
  /** Stems that some clause can pull in. Grows; holds expanded stems too. */
  readonly pulled: readonly StemId[]
  readonly relaxations: readonly Relaxation[]
  /** Stems that must be in the result and have no candidate. */
  readonly hopeless: readonly StemId[]
  /** Stems whose preferred package requires what no candidate meets. Grows. */
  readonly blocked: ReadonlySet<StemId>
  /** Adds the clauses of a stem and those between it and the stems expanded before. */
  expand(stem: StemId, options?: ExpandOptions): void
  /**
   * Takes stems to be at position 0, which must be their installed package, until they are expanded. Clauses of others and their own
   * are written where something comes into play that is not at rest; an answer counts only where `below(1)` of those that then
   * have a variable is true. Some may turn out not to rest.
   */
  rest(stems: readonly StemId[]): void
  /** Visits what waits for a stem; a carrier at rest has the position `AT_REST`. */
  eachWaiting(stem: StemId, visit: VisitWaiting): void
  /** Stems that came to rest with clauses of their own: what they need is not all at rest. Some may be expanded by now. */
  readonly stirred: ReadonlySet<StemId>
  /** Stems at rest that the last `expand` gave a reason to move. */
  readonly roused: readonly StemId[]
  /** Positions below this one are not encoded yet; 0 when all are, or when the stem is not expanded. */
  floor(stem: StemId): number
  /** How often `deepen` had something to do. */
  readonly deepened: number
  /** Lowers the floor: three times as many positions as are encoded come in, or all. */
  deepen(stem: StemId): void
  /** Adds the order of the variables made since the last call; due before the clauses are solved. */
  settle(visit?: (stem: StemId, k: number, variable: number) => void): void
}

export interface ExpandOptions {
  /** Leaves the stem's own dependencies out. */
  readonly silent?: boolean
  /**
   * Leaves out what only candidates below this position say. Until the floor falls an answer counts only where `below(floor)`
   * is false.
   */
  readonly floor?: number
  /** The package that a good answer selects. */
  readonly preferred?: PackageId | undefined
}

export interface EncoderOptions {
  /** Gives the places of a stem consecutive variables, also those that no clause asks for. */
  readonly dense?: boolean
  readonly question: Question
  readonly trim: Trim
  /** Packages with a position; default the candidates. */
  readonly candidatesOf?: (stem: StemId) => Int32Array
  /** Selector that switches the clauses of a dependency of a stem on; default: always on. */
  readonly guardOf?: (stem: StemId, dependency: number) => number
  /** Selector that switches on what a downgrade of a stem needs besides (repair D1); default: always on. */
  readonly permitGuardOf?: (stem: StemId) => number
  /** Reads what a stem says; default: the reader of the universe. */
  readonly readRuns?: ReadRuns
  /** Dependencies that are written down; default: all. */
  readonly bears?: (dependency: number) => boolean
  /** Presence (5.5) is left to the caller, and what may be relaxed is left out. */
  readonly dependenciesOnly?: boolean
}

export function createEncoder(options: EncoderOptions): Encoder {
  const { question, trim, guardOf } = options
  const { universe } = question
  const { catalog } = universe
  const clauses = createClauseBuffer()
  const variables = createVariableMap(catalog.stemCount, options.candidatesOf ?? trim.candidates, {
    dense: options.dense === true,
  })
  const firm = options.dependenciesOnly === true
  /** A clause of its own says that the stem is present. */
  const isForced = (stem: StemId) => !firm && mustBePresent(question, stem)
  const phrases = createPhrases(catalog, clauses, variables, isForced)
  const groups = createGroupWriter(question, trim, phrases, clauses, variables, { firm })
  const writeLimit = createLimitWriter(catalog, phrases, clauses, variables)
  const presenceRuns = createPresenceRuns(phrases, clauses, variables)
  const readRuns = options.readRuns ?? createRunReader(universe)
  const waiting = createWaitingList(catalog.stemCount)
  const expanded = new Uint8Array(catalog.stemCount)
  const expandedStems: StemId[] = []
  const isExpanded = (stem: StemId) => expanded[stem] === 1
  const atRest = createAtRest({ question, isExpanded, isSettled: (stem) => isSettled(stem) })
  const { isResting, waitsFor } = atRest
  const windows = createStemWindows({
    question,
    bears: options.bears ?? (() => true),
    isSettled: (stem) => isSettled(stem),
    expandedStems,
    restingStems: () => atRest.stems.filter(isResting),
    waitsFor,
  })
  const roused: StemId[] = []
  const stirred = new Set<StemId>()
  const floors = new Int32Array(catalog.stemCount)
  const hopeless: StemId[] = []
  const blocked = new Set<StemId>()
  let deepened = 0
  /** Positions of the stem being expanded that are read. */
  let windowFrom = 0
  let windowTo = 0
  let isReading = false
  /** Position of the preferred package of the stem being expanded, or -1. */
  let preferredPosition = -1

  const conditional = (stem: StemId, first: number, last: number, dependency: number) => {
    const predicate = catalog.dependencyPredicate[dependency]!
    const cause = catalog.targetStem[predicate]!
    const ids = variables.candidates(cause)
    const low = catalog.targetLow[predicate]!
    const runs = runsOf(
      ids.length,
      (position) => ids[position]! >= low && !isObsolete(catalog, ids[position]!),
    )
    for (let run = 0; run < runs.length; run += 2) {
      const caused = { stem: cause, first: runs[run]!, last: runs[run + 1]! }
      phrases.needTarget({ stem, first, last, cause: caused }, firstTarget(catalog, dependency))
    }
  }

  const requireAny = (stem: StemId, first: number, last: number, dependency: number) => {
    const choices: number[] = []
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      choices.push(phrases.requirement(catalog.targetList[index]!))
    }
    phrases.begin(stem, first, last)
    for (const choice of choices) clauses.positive(choice)
    clauses.end()
  }

  /** The carrier of a requirement, the commonest dependency by far: one object for all. */
  const carrier: Carrier = { stem: -1, first: -1, last: -1, cause: undefined }
  const require = (stem: StemId, first: number, last: number, dependency: number) => {
    const target = firstTarget(catalog, dependency)
    const merges = isReading && phrases.guard === 0 && (first > windowFrom || last < windowTo)
    carrier.stem = stem
    carrier.first = first
    carrier.last = last
    const isMeetable = phrases.needTarget(carrier, target, merges)
    if (!isMeetable && isReading && first <= preferredPosition && preferredPosition <= last) blocked.add(stem)
    const required = catalog.targetStem[target]!
    if (merges && !isForced(required)) presenceRuns.note(required, first, last)
  }

  /** Most of what installed packages require is installed, and cannot be anything else. */
  const isMetAnyway = (dependency: number) => {
    if (catalog.dependencyType[dependency] !== Depend.require) return false
    const target = firstTarget(catalog, dependency)
    const required = catalog.targetStem[target]!
    if (!isForced(required)) return false
    const ids = variables.candidates(required)
    return ids.length === 1 && ids[0]! >= catalog.targetLow[target]! && !isObsolete(catalog, ids[0]!)
  }

  const emit = (stem: StemId, first: number, last: number, dependency: number) => {
    phrases.guard = guardOf === undefined ? 0 : -guardOf(stem, dependency)
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        require(stem, first, last, dependency)
        break
      case Depend.requireAny:
        requireAny(stem, first, last, dependency)
        break
      case Depend.optional:
      case Depend.exclude:
        writeLimit(stem, first, last, dependency)
        break
      case Depend.incorporate:
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          writeLimit(stem, first, last, dependency)
        break
      case Depend.conditional:
        conditional(stem, first, last, dependency)
        break
      case Depend.group:
      case Depend.groupAny:
        groups.write(stem, first, last, dependency)
        break
    }
    phrases.guard = 0
  }

  const presence = (stem: StemId, ids: Int32Array) => {
    if (!mustBePresent(question, stem)) return
    if (ids.length === 0) hopeless.push(stem)
    else clauses.unit(variables.present(stem))
  }

  const permits = (stem: StemId, ids: Int32Array, from: number, to: number) => {
    if (trim.downgrades.size === 0) return
    for (let position = from; position <= to; position += 1) {
      const starts = trim.downgrades.get(ids[position]!)
      if (starts === undefined || trim.isDowngradeAsked(stem)) continue
      const choices = permitLiterals(starts, `permit ${ids[position]}`)
      clauses.begin()
      if (options.permitGuardOf !== undefined) clauses.negative(options.permitGuardOf(stem))
      phrases.outside(stem, position, position)
      for (const choice of choices) clauses.positive(choice)
      clauses.end()
    }
  }

  /** Literals that are only true when one of the packages is selected. */
  const permitLiterals = (packages: readonly PackageId[], key: string) => {
    const stems = new Set(packages.map((id) => catalog.packageStem[id]!))
    return [...stems].map((stem) => {
      const ids = variables.candidates(stem)
      const runs = runsOf(ids.length, (position) => !packages.includes(ids[position]!))
      return phrases.union(stem, runs, `${key} ${stem}`)
    })
  }

  /**
   * What the candidates of a stem say from the position `from` on, where what ends at `said` or above was said before. The runs
   * of a stem that says little are said as a whole. Of others nothing below `from` is read, for a release incorporation has
   * tens of thousands of dependencies; a run that turns out to go on is said again as a whole: in pieces it would prove less.
   */
  const readOwn = (stem: StemId, ids: Int32Array, from: number, said: number) => {
    permits(stem, ids, from, said - 1)
    const newest = ids.length - 1
    const isShort = saysLittle(catalog, ids)
    windowFrom = isShort ? 0 : from
    windowTo = newest
    isReading = true
    const isHeld = isSettled(stem)
    const visit = (dependency: number, first: number, end: number) => {
      if (question.ignored?.has(dependency) === true) return
      if (isHeld && catalog.dependencyType[dependency] === Depend.incorporate) return
      if (isShort ? end < from || end >= said : first >= said) {
        if (isShort && guardOf === undefined && catalog.dependencyType[dependency] === Depend.require) {
          const target = catalog.targetStem[firstTarget(catalog, dependency)]!
          if (!isForced(target)) presenceRuns.note(target, first, end)
        }
        return
      }
      // A group of the installed version is relaxed once.
      const last = isGroup(catalog.dependencyType[dependency]!) ? Math.min(end, said - 1) : end
      speak(stem, first, last, dependency)
    }
    const mayLook = options.readRuns === undefined && !windows.isFull()
    const window = mayLook ? incorporationWindow(catalog, ids, windowFrom) : undefined
    if (window === undefined) readRuns(ids, windowFrom, newest, visit, options.bears)
    else windows.read(stem, window, visit)
    presenceRuns.write(stem, isShort ? from : 0, isShort ? said - 1 : newest)
    isReading = false
  }

  /** Writes a dependency down or puts it on the waiting list. */
  const speak = (stem: StemId, first: number, last: number, dependency: number) => {
    const before = waitsFor(dependency)
    if (before >= 0) waiting.add(before, stem, first, last, dependency)
    else if (before === NOW && !isMetAnyway(dependency)) emit(stem, first, last, dependency)
  }

  /** A held package does not move, and what it incorporates is decided: other versions are no candidates. */
  const isSettled = (stem: StemId) => !firm && trim.holds.held.has(stem)

  /** What waited for a stem that is expanded now; `concerns` are those of stems at rest. */
  const release = (awaited: StemId, preferred: PackageId | undefined, concerns: readonly Concern[]) => {
    windows.each(awaited, speak)
    waiting.release(awaited, speak)
    for (const { carrier, dependency, waited } of concerns) {
      const type = catalog.dependencyType[dependency]!
      if (waited && waitsFor(dependency) === NOW) {
        stirred.add(carrier)
        emit(carrier, 0, 0, dependency)
      }
      const target = firstTarget(catalog, dependency)
      const isChoice = type === Depend.requireAny || type === Depend.groupAny
      const isInTheWay =
        preferred !== undefined &&
        catalog.targetStem[target] === awaited &&
        !isMet(universe, type, target, preferred)
      if (isChoice || isInTheWay) roused.push(carrier)
    }
  }

  const inOrder = (lower: number, upper: number) => {
    clauses.begin()
    clauses.negative(lower)
    clauses.positive(upper)
    clauses.end()
  }

  return {
    clauses,
    variables,
    pulled: phrases.pulled,
    relaxations: groups.relaxations,
    hopeless,
    blocked,
    isExpanded,
    isResting,
    roused,
    rest(stems) {
      atRest.settle(stems, (stem, dependency) => {
        stirred.add(stem)
        emit(stem, 0, 0, dependency)
      })
    },
    stirred,
    eachWaiting(stem, visit) {
      waiting.each(stem, visit)
      for (const { carrier, dependency } of atRest.concernedBy(stem))
        visit(carrier, AT_REST, AT_REST, dependency)
      if (expanded[stem] === 0) windows.each(stem, visit)
    },
    floor: (stem) => floors[stem]!,
    get deepened() {
      return deepened
    },
    expand(stem, how) {
      if (expanded[stem] === 1) return
      const concerns = atRest.concernedBy(stem)
      expanded[stem] = 1
      expandedStems.push(stem)
      atRest.wake(stem)
      roused.length = 0
      const ids = variables.candidates(stem)
      const floor = groups.floor(stem, how?.floor ?? 0)
      floors[stem] = floor
      if (floor > 0) variables.below(stem, floor)
      preferredPosition = how?.preferred === undefined ? -1 : variables.position(stem, how.preferred)
      if (options.dependenciesOnly !== true) presence(stem, ids)
      if (how?.silent !== true && ids.length > 0) readOwn(stem, ids, floor, ids.length)
      release(stem, how?.preferred, concerns)
    },
    deepen(stem) {
      const ids = variables.candidates(stem)
      const floor = floors[stem]!
      if (floor === 0) return
      deepened += 1
      floors[stem] = Math.max(0, floor - 3 * (ids.length - floor))
      if (floors[stem]! > 0) variables.below(stem, floors[stem]!)
      readOwn(stem, ids, floors[stem]!, floor)
    },
    settle(visit) {
      variables.takeNew((stem, k, variable) => {
        const places = variables.places(stem)
        const index = places.indexOf(k)
        if (index > 0) inOrder(variables.known(stem, places[index - 1]!), variable)
        if (index < places.length - 1) inOrder(variable, variables.known(stem, places[index + 1]!))
        visit?.(stem, k, variable)
      })
    },
  }
}

/** Stands for the position of a stem at rest where `eachWaiting` visits what it says. */
export const AT_REST = -1

/** All candidates of a stem together carry so few dependencies that they are read at once, whatever the floor. */
export function saysLittle({ dependencyStart }: Catalog, ids: Int32Array): boolean {
  return ids.length === 0 || dependencyStart[ids[ids.length - 1]! + 1]! - dependencyStart[ids[0]!]! <= SHORT
}

const SHORT = 100
