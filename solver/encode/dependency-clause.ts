import type { PackageId, StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { Depend, firstTarget, isObsolete, targetsOf, type Universe } from '../lookup/universe.ts'
import type { Dependent, Fragments } from './fragment.ts'
import type { GroupWriter } from './group-clause.ts'
import type { VisitWaiting } from './waiting-list.ts'

/** The positions of a stem that are read at once. */
interface ReadWindow {
  readonly from: number
  readonly to: number
  /** Position of the preferred package, or -1. */
  readonly preferred: number
}

/**
 * Writes the clauses of dependencies. Source: solver-semantics §4. `guardOf` gives a selector that switches the
 * clauses of a dependency of a stem on.
 */
export function createDependencyWriter(
  universe: Universe,
  fragments: Fragments,
  groups: GroupWriter,
  guardOf?: (stem: StemId, dependency: number) => number,
) {
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
    /** Stems whose preferred package has a `require` dependency that no candidate meets. Grows. */
    blocked: blocked as ReadonlySet<StemId>,
    /** Writes that the positions `first` to `last` of a stem have a dependency. */
    write(stem: StemId, first: number, last: number, dependency: number) {
      if (isAlwaysMet(dependency)) return
      fragments.guard = guardOf === undefined ? 0 : -guardOf(stem, dependency)
      writeAny(stem, first, last, dependency)
      fragments.guard = 0
    },
    /** Starts to read a stem: from now on, runs that require the same stem share its presence clauses. */
    begin(window: ReadWindow) {
      reading = window
    },
    /** Notes a run that was written before, so that new runs merge with it. */
    noteWritten(first: number, last: number, dependency: number) {
      if (guardOf !== undefined || catalog.dependencyType[dependency] !== Depend.require) return
      const required = catalog.targetStem[firstTarget(catalog, dependency)]!
      if (!isForced(required)) presenceRuns.note(required, first, last)
    },
    /** Writes the merged presence clauses that end between the positions `from` and `to`. */
    end(stem: StemId, from: number, to: number) {
      presenceRuns.write(stem, from, to)
      reading = undefined
    },
  }
}

/**
 * Merges the runs of one stem that require the same stem at different versions, so that one clause says for all of them that the
 * required stem is present.
 */
function createPresenceRuns(fragments: Fragments) {
  const { clauses, variables } = fragments
  /** By stem: the runs that require it, as pairs (first, last). */
  const required = new Map<StemId, number[]>()
  return {
    note(target: StemId, first: number, last: number) {
      const known = required.get(target)
      if (known === undefined) required.set(target, [first, last])
      else insertRun(known, first, last)
    },
    /** Writes the merged runs that end between the positions `from` and `to`, and removes all runs. */
    write(stem: StemId, from: number, to: number) {
      if (required.size === 0) return
      required.forEach((runs, target) => {
        for (let index = 0; index < runs.length; ) {
          const first = runs[index]!
          let last = runs[index + 1]!
          for (index += 2; index < runs.length && runs[index]! <= last + 1; index += 2) {
            last = Math.max(last, runs[index + 1]!)
          }
          if (last < from || last > to) continue
          fragments.pull(target)
          fragments.begin(stem, first, last)
          clauses.positive(variables.present(target))
          clauses.end()
        }
      })
      required.clear()
    },
  }
}

/** Inserts a run in order of its first position. Runs come nearly in order. */
function insertRun(runs: number[], first: number, last: number): void {
  let place = runs.length
  runs.push(first, last)
  for (; place > 0 && runs[place - 2]! > first; place -= 2) {
    runs[place] = runs[place - 2]!
    runs[place + 1] = runs[place - 1]!
  }
  runs[place] = first
  runs[place + 1] = last
}

/** Returns a writer of optional, exclude and incorporate dependencies: they forbid versions and pull nothing in. */
function createLimitWriter(fragments: Fragments): VisitWaiting {
  const { catalog, clauses, variables } = fragments
  return (stem, first, last, dependency) => {
    const target = firstTarget(catalog, dependency)
    const other = catalog.targetStem[target]!
    const ids = variables.candidates(other)
    /** Writes "the stem is not at first..last, or the other stem not at from..to"; nothing for an empty range. */
    const forbid = (from: number, to: number) => {
      if (from > to) return
      fragments.begin(stem, first, last)
      fragments.outside(other, from, to)
      clauses.end()
    }
    const type = catalog.dependencyType[dependency]
    if (type === Depend.optional) {
      forbid(0, firstAtLeast(ids, catalog.targetLow[target]!) - 1)
      return
    }
    if (type === Depend.exclude) {
      forbid(firstAtLeast(ids, catalog.targetLow[target]!), ids.length - 1)
      return
    }
    let open = 0
    for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
      const from = firstAtLeast(ids, catalog.targetRuns[2 * run]!)
      const end = firstAtLeast(ids, catalog.targetRuns[2 * run + 1]! + 1)
      if (from === end) continue
      forbid(open, from - 1)
      open = end
    }
    forbid(open, ids.length - 1)
  }
}

/**
 * First position whose package id is `id` or higher. Positions of equal versions are not in order of id, but `id` is always the
 * first id of a version, or the one past its last.
 */
function firstAtLeast(ids: Int32Array, id: PackageId): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}
