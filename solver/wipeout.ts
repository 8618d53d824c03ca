import type { StemId } from '#model'
import { PackageFlag } from '#model'
import { createRunReader } from './dependency-runs.ts'
import { Role } from './question.ts'
import type { Session } from './session.ts'
import { Depend, firstTarget, isInsideTarget } from './universe.ts'

/**
 * Stems that must be in the result and lose every version when versions without support are struck out one dependency
 * at a time. This is what the reference client sees before it searches, and what its exit code (1, not 9) hangs on.
 * Source: solver-semantics §6.1 and §8.1.
 *
 * Each dependency is looked at once, and again only when a version of a stem that it speaks of was struck out.
 */
export function findWipedOut(session: Session): readonly StemId[] {
  const { question, encoder } = session
  const { universe } = question
  const { catalog } = universe
  const live = new Uint8Array(catalog.packageCount)
  const seen = new Uint8Array(catalog.stemCount)
  /** Makes the candidates of a stem live on first sight. */
  const look = (stem: StemId) => {
    if (seen[stem] === 1) return
    seen[stem] = 1
    for (const id of encoder.variables.candidates(stem)) live[id] = 1
  }
  const isMandatory = (stem: StemId) => {
    const role = question.role(stem)
    return role === Role.named || role === Role.keep
  }
  const isObsolete = (id: number) => (catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0
  /** Some live package of the stem fits; newest first, where support mostly is. */
  const some = (stem: StemId, fits: (id: number) => boolean) => {
    look(stem)
    for (let id = catalog.stemStart[stem + 1]! - 1; id >= catalog.stemStart[stem]!; id -= 1) {
      if (live[id] === 1 && fits(id)) return true
    }
    return false
  }
  const meets = (target: number) =>
    some(catalog.targetStem[target]!, (id) => id >= catalog.targetLow[target]! && !isObsolete(id))
  const targetsOf = (dependency: number) =>
    catalog.targetList.subarray(
      catalog.dependencyTargetStart[dependency]!,
      catalog.dependencyTargetStart[dependency + 1]!,
    )
  const supported = (dependency: number) => {
    const targets = targetsOf(dependency)
    const target = targets[0]!
    const stem = catalog.targetStem[target]!
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
      case Depend.requireAny:
        return targets.some(meets)
      case Depend.incorporate:
        return (
          catalog.targetVersion[target]! < 0 ||
          !isMandatory(stem) ||
          some(stem, (id) => isInsideTarget(catalog, target, id))
        )
      case Depend.optional:
        return !isMandatory(stem) || some(stem, (id) => id >= catalog.targetLow[target]!)
      case Depend.exclude:
        return !isMandatory(stem) || some(stem, (id) => id < catalog.targetLow[target]!)
      case Depend.conditional: {
        const predicate = catalog.dependencyPredicate[dependency]!
        const cause = catalog.targetStem[predicate]!
        const low = catalog.targetLow[predicate]!
        const idle = !isMandatory(cause) || some(cause, (id) => id < low || isObsolete(id))
        return idle || meets(target)
      }
      default:
        return true
    }
  }
  /** Limits can only wipe out stems that must be there; the other types are no part of this. */
  const mayFail = (dependency: number) => {
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
      case Depend.requireAny:
      case Depend.conditional:
        return true
      case Depend.incorporate:
        return (
          isMandatory(catalog.targetStem[firstTarget(catalog, dependency)]!) &&
          universe.conditionHolds(catalog.dependencyCondition[dependency]!)
        )
      case Depend.optional:
      case Depend.exclude:
        return isMandatory(catalog.targetStem[firstTarget(catalog, dependency)]!)
      default:
        return false
    }
  }
  const watched = createWatch(session, targetsOf, mayFail)
  /** Stems that lost a version and whose watchers were not asked yet. */
  const queue: StemId[] = []
  const queued = new Set<StemId>()
  const strike = (dependency: number) => {
    if (!watched.isOpen(dependency) || supported(dependency)) return
    watched.close(dependency, (stem, first, last) => {
      const ids = encoder.variables.candidates(stem)
      for (let position = first; position <= last; position += 1) {
        if (live[ids[position]!] === 0 || isObsolete(ids[position]!)) continue
        live[ids[position]!] = 0
        if (queued.has(stem)) continue
        queued.add(stem)
        queue.push(stem)
      }
    })
  }
  for (const stem of session.expanded) look(stem)
  for (const dependency of watched.dependencies) strike(dependency)
  for (let stem = queue.pop(); stem !== undefined; stem = queue.pop()) {
    queued.delete(stem)
    for (const dependency of watched.speakingOf(stem)) strike(dependency)
  }
  return session.expanded.filter((stem) => isMandatory(stem) && !some(stem, () => true))
}

/** The dependencies of the expanded stems: who carries each, and which of them speak of a stem. */
function createWatch(
  session: Session,
  targetsOf: (dependency: number) => Int32Array,
  mayFail: (dependency: number) => boolean,
) {
  const { catalog } = session.question.universe
  const readRuns = createRunReader(session.question.universe)
  const dependencies: number[] = []
  /** Last run of each dependency plus 1; a run is (run before, stem, first, last). */
  const heads = new Int32Array(catalog.dependencyCount)
  const runs: number[] = []
  for (const stem of session.expanded) {
    readRuns(session.encoder.variables.candidates(stem), (dependency, first, last) => {
      if (heads[dependency] === 0) {
        if (!mayFail(dependency)) return
        dependencies.push(dependency)
      }
      runs.push(heads[dependency]!, stem, first, last)
      heads[dependency] = runs.length / 4
    })
  }
  let byStem: Map<StemId, number[]> | undefined
  const index = () => {
    const map = new Map<StemId, number[]>()
    const put = (target: number, dependency: number) => {
      const stem = catalog.targetStem[target]!
      const list = map.get(stem)
      if (list === undefined) map.set(stem, [dependency])
      else list.push(dependency)
    }
    for (const dependency of dependencies) {
      for (const target of targetsOf(dependency)) put(target, dependency)
      if (catalog.dependencyPredicate[dependency]! >= 0)
        put(catalog.dependencyPredicate[dependency]!, dependency)
    }
    return map
  }
  return {
    dependencies,
    isOpen: (dependency: number) => heads[dependency] !== 0,
    /** Visits the carriers of a dependency and forgets it. */
    close(dependency: number, visit: (stem: StemId, first: number, last: number) => void) {
      let run = heads[dependency]!
      heads[dependency] = 0
      for (; run !== 0; run = runs[4 * (run - 1)]!) {
        visit(runs[4 * run - 3]!, runs[4 * run - 2]!, runs[4 * run - 1]!)
      }
    },
    /** Open and closed ones. */
    speakingOf(stem: StemId): readonly number[] {
      byStem ??= index()
      return byStem.get(stem) ?? []
    },
  }
}
