import type { PackageId, StemId } from '#model'
import { Depend, isInsideTarget, isObsolete, typeBits } from '../lookup/universe.ts'
import { mustBePresent } from '../question/question.ts'
import type { Session } from '../search/session.ts'

/**
 * Stems that must be in the result and lose every version when versions without support are struck out one dependency
 * at a time. This is what the reference client sees before it searches, and what its exit code (1, not 9) hangs on.
 * Source: solver-semantics §6.1 and §8.1.
 *
 * A version is looked at when another first leans on it, and again when one that it leans on was struck out: of most stems
 * that is the newest version only. Source of the method: Bessière, "Arc-consistency and arc-consistency again", 1994.
 *
 * Stops as soon as all of `asked` are among those found, where there are any: one hopeless package can take a whole image along.
 */
export function findWipedOut(session: Session, asked: ReadonlySet<StemId>): ReadonlySet<StemId> {
  const { question, encoder } = session
  const { activation } = encoder
  const { universe } = question
  const { catalog } = universe
  const states = new Uint8Array(catalog.packageCount)
  /** By package, what leans on it: pairs (package or `~stem` for "must be there", dependency). */
  const leaning = new Map<PackageId, number[]>()
  /** Packages leant on whose own dependencies were not looked at yet. */
  const unread: PackageId[] = []
  const struck: PackageId[] = []
  /** Stems at rest that are looked at: what the others need is at rest too, so they stand until one of those falls. */
  const activated = new Set(activation.activated())
  const isMandatory = (stem: StemId) => mustBePresent(question, stem)
  const leanOn = (leaner: number, dependency: number, stem: StemId, id: PackageId) => {
    if (states[id] === State.unseen) {
      states[id] = State.live
      const supportsItself =
        activation.isUnchanged(stem) && id === question.base[stem] && !activated.has(stem)
      if (!supportsItself && !isObsolete(catalog, id)) unread.push(id)
    }
    const list = leaning.get(id)
    if (list === undefined) leaning.set(id, [leaner, dependency])
    else list.push(leaner, dependency)
    return true
  }
  /** By stem: all candidates above this position are struck, and stay so. */
  const tops = new Map<StemId, number>()
  /** Leans on the newest version of a stem that fits, if there is one, or on the one at rest. */
  const lean = (leaner: number, dependency: number, stem: StemId, fits: (id: PackageId) => boolean) => {
    const present = question.base[stem]!
    if (activation.isUnchanged(stem) && states[present] !== State.struck && fits(present)) {
      return leanOn(leaner, dependency, stem, present)
    }
    const ids = encoder.variables.candidates(stem)
    let top = tops.get(stem) ?? ids.length - 1
    while (top >= 0 && states[ids[top]!] === State.struck) top -= 1
    tops.set(stem, top)
    for (let position = top; position >= 0; position -= 1) {
      const id = ids[position]!
      if (states[id] !== State.struck && fits(id)) return leanOn(leaner, dependency, stem, id)
    }
    return false
  }
  const leanOnTarget = (leaner: PackageId, dependency: number, target: number) => {
    const low = catalog.targetLow[target]!
    return lean(
      leaner,
      dependency,
      catalog.targetStem[target]!,
      (id) => id >= low && !isObsolete(catalog, id),
    )
  }
  /** Whether a dependency of a package has something to lean on, or needs nothing: limits only count for mandatory stems. */
  const isSupported = (leaner: PackageId, dependency: number): boolean => {
    const start = catalog.dependencyTargetStart[dependency]!
    const target = catalog.targetList[start]!
    const stem = catalog.targetStem[target]!
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
      case Depend.requireAny:
        for (let index = start; index < catalog.dependencyTargetStart[dependency + 1]!; index += 1) {
          if (leanOnTarget(leaner, dependency, catalog.targetList[index]!)) return true
        }
        return false
      case Depend.incorporate:
        return (
          catalog.targetVersion[target]! < 0 ||
          lean(leaner, dependency, stem, (id) => isInsideTarget(catalog, target, id))
        )
      case Depend.optional:
        return lean(leaner, dependency, stem, (id) => id >= catalog.targetLow[target]!)
      case Depend.exclude:
        return lean(leaner, dependency, stem, (id) => id < catalog.targetLow[target]!)
      default: {
        const predicate = catalog.dependencyPredicate[dependency]!
        const cause = catalog.targetStem[predicate]!
        const low = catalog.targetLow[predicate]!
        const isIdle =
          !isMandatory(cause) || lean(leaner, dependency, cause, (id) => id < low || isObsolete(catalog, id))
        return isIdle || leanOnTarget(leaner, dependency, target)
      }
    }
  }
  const strike = (id: PackageId) => {
    if (states[id] === State.struck) return
    states[id] = State.struck
    struck.push(id)
  }
  /** Dependencies that nothing is left for: versions of a stem mostly fall for the same one. */
  const hopeless = new Set<number>()
  const read = (id: PackageId) => {
    const end = catalog.dependencyStart[id + 1]!
    for (let index = catalog.dependencyStart[id]!; hopeless.size > 0 && index < end; index += 1) {
      if (!hopeless.has(catalog.dependencyList[index]!)) continue
      strike(id)
      return
    }
    for (let index = catalog.dependencyStart[id]!; index < end; index += 1) {
      const dependency = catalog.dependencyList[index]!
      const bit = 1 << catalog.dependencyType[dependency]!
      if ((bit & (PULLS | LIMITS)) === 0) continue
      if ((bit & LIMITS) !== 0) {
        const target = catalog.targetList[catalog.dependencyTargetStart[dependency]!]!
        if (!isMandatory(catalog.targetStem[target]!)) continue
      }
      if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) continue
      if (isSupported(id, dependency)) continue
      hopeless.add(dependency)
      strike(id)
      return
    }
  }
  const wiped = new Set<StemId>()
  let open = asked.size
  const demand = (stem: StemId) => {
    if (wiped.has(stem) || lean(~stem, -1, stem, () => true)) return
    wiped.add(stem)
    if (asked.has(stem)) open -= 1
  }
  const isAnswered = () => asked.size > 0 && open === 0
  const activate = (stem: StemId) => {
    if (activated.has(stem) || !activation.isUnchanged(stem)) return
    activated.add(stem)
    if (states[question.base[stem]!] === State.live) unread.push(question.base[stem]!)
    demand(stem)
  }
  /** What leant on a version that is gone looks for another one. */
  const release = (id: PackageId) => {
    const fallen = catalog.packageStem[id]!
    if (id === question.base[fallen] && activation.isUnchanged(fallen))
      activation.eachWaiting(fallen, activate)
    const list = leaning.get(id) ?? []
    leaning.delete(id)
    for (let index = 0; index < list.length; index += 2) {
      const leaner = list[index]!
      if (leaner < 0) demand(~leaner)
      else if (states[leaner] === State.live && !isSupported(leaner, list[index + 1]!)) strike(leaner)
    }
  }
  for (const stem of asked) if (isMandatory(stem)) demand(stem)
  if (!isAnswered()) {
    for (const stem of session.question.request.order) if (isMandatory(stem)) demand(stem)
    for (const stem of universe.installedStems) {
      if (isMandatory(stem) && (!activation.isUnchanged(stem) || activated.has(stem))) demand(stem)
    }
  }
  while (!isAnswered()) {
    const gone = struck.pop()
    if (gone !== undefined) {
      release(gone)
      continue
    }
    const id = unread.pop()
    if (id === undefined) break
    if (states[id] === State.live) read(id)
  }
  return wiped
}

const State = { unseen: 0, live: 1, struck: 2 } as const

const PULLS = typeBits(Depend.require, Depend.requireAny, Depend.conditional)
/** Dependencies that can only wipe out stems that must be there. */
const LIMITS = typeBits(Depend.incorporate, Depend.optional, Depend.exclude)
