import type { StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { Depend, firstTarget, isObsolete, targetsOf, type Universe } from '../lookup/universe.ts'
import type { Dependent, Fragments } from './fragment.ts'
import type { GroupWriter } from './group-clause.ts'
import { createLimitWriter } from './limit-clause.ts'
import { createPresenceRuns } from './presence-runs.ts'
import type { VisitWaiting } from './waiting-list.ts'

/** The positions of a stem that are read at once. */
export interface ReadWindow {
  readonly from: number
  readonly to: number
  /** Position of the preferred package, or -1. */
  readonly preferred: number
}

/** Writes the clauses of dependencies. Source: solver-semantics §4. */
export interface DependencyWriter {
  /** Stems whose preferred package requires what no candidate meets. Grows. */
  readonly blocked: ReadonlySet<StemId>
  /** Writes that the positions `first` to `last` of a stem have a dependency. */
  readonly write: VisitWaiting
  /** Starts to read a stem: from now on, runs that require the same stem share its presence clauses. */
  begin(window: ReadWindow): void
  /** Notes a run that was written before, so that new runs merge with it. */
  noteWritten(first: number, last: number, dependency: number): void
  /** Writes the merged presence clauses that end between the positions `from` and `to`. */
  end(stem: StemId, from: number, to: number): void
}

/** Makes a writer. `guardOf` gives a selector that switches the clauses of a dependency of a stem on. */
export function createDependencyWriter(
  universe: Universe,
  fragments: Fragments,
  groups: GroupWriter,
  guardOf?: (stem: StemId, dependency: number) => number,
): DependencyWriter {
  const { catalog, clauses, variables, isForced } = fragments
  const writeLimit = createLimitWriter(fragments)
  const presenceRuns = createPresenceRuns(fragments)
  const blocked = new Set<StemId>()
  let reading: ReadWindow | undefined

  /** One object for all requirements: `require` is by far the most frequent type. */
  const dependent: Dependent = { stem: -1, first: -1, last: -1, cause: undefined }
  const writeRequire: VisitWaiting = (stem, first, last, dependency) => {
    const target = firstTarget(catalog, dependency)
    const merges =
      reading !== undefined && fragments.guard === 0 && (first > reading.from || last < reading.to)
    dependent.stem = stem
    dependent.first = first
    dependent.last = last
    const isMeetable = fragments.needTarget(dependent, target, merges)
    if (!isMeetable && reading !== undefined && first <= reading.preferred && reading.preferred <= last)
      blocked.add(stem)
    const required = catalog.targetStem[target]!
    if (merges && !isForced(required)) presenceRuns.note(required, first, last)
  }

  const writeRequireAny: VisitWaiting = (stem, first, last, dependency) => {
    const choices = Array.from(targetsOf(catalog, dependency), fragments.requirement)
    fragments.begin(stem, first, last)
    for (const choice of choices) clauses.positive(choice)
    clauses.end()
  }

  const writeConditional: VisitWaiting = (stem, first, last, dependency) => {
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
      fragments.needTarget({ stem, first, last, cause: caused }, firstTarget(catalog, dependency))
    }
  }

  /** The only candidate of a stem that must be present meets the requirement. Most requirements of installed packages are like that. */
  const isAlwaysMet = (dependency: number) => {
    if (catalog.dependencyType[dependency] !== Depend.require) return false
    const target = firstTarget(catalog, dependency)
    const required = catalog.targetStem[target]!
    if (!isForced(required)) return false
    const ids = variables.candidates(required)
    return ids.length === 1 && ids[0]! >= catalog.targetLow[target]! && !isObsolete(catalog, ids[0]!)
  }

  const writeAny: VisitWaiting = (stem, first, last, dependency) => {
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        return writeRequire(stem, first, last, dependency)
      case Depend.requireAny:
        return writeRequireAny(stem, first, last, dependency)
      case Depend.optional:
      case Depend.exclude:
        return writeLimit(stem, first, last, dependency)
      case Depend.incorporate:
        // The readers do not look at the tags of an incorporate dependency.
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          writeLimit(stem, first, last, dependency)
        return
      case Depend.conditional:
        return writeConditional(stem, first, last, dependency)
      case Depend.group:
      case Depend.groupAny:
        return groups.write(stem, first, last, dependency)
    }
  }

  return {
    blocked,
    write(stem, first, last, dependency) {
      if (isAlwaysMet(dependency)) return
      fragments.guard = guardOf === undefined ? 0 : -guardOf(stem, dependency)
      writeAny(stem, first, last, dependency)
      fragments.guard = 0
    },
    begin(window) {
      reading = window
    },
    noteWritten(first, last, dependency) {
      if (guardOf !== undefined || catalog.dependencyType[dependency] !== Depend.require) return
      const required = catalog.targetStem[firstTarget(catalog, dependency)]!
      if (!isForced(required)) presenceRuns.note(required, first, last)
    },
    end(stem, from, to) {
      presenceRuns.write(stem, from, to)
      reading = undefined
    },
  }
}
