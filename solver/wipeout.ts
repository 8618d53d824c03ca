import type { StemId } from '#model'
import { PackageFlag } from '#model'
import { Role } from './question.ts'
import type { Session } from './session.ts'
import { Depend, isInsideTarget } from './universe.ts'

/**
 * Stems that must be in the result and lose every version when versions without support are struck out one dependency
 * at a time. This is what the reference client sees before it searches, and what its exit code (1, not 9) hangs on.
 * Source: solver-semantics §6.1 and §8.1.
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
  const supported = (dependency: number) => {
    const start = catalog.dependencyTargetStart[dependency]!
    const targets = catalog.targetList.subarray(start, catalog.dependencyTargetStart[dependency + 1]!)
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
  for (let changed = true; changed; ) {
    changed = false
    for (const stem of session.expanded) {
      look(stem)
      for (const id of encoder.variables.candidates(stem)) {
        if (live[id] !== 1 || isObsolete(id)) continue
        let dead = false
        universe.eachDependency(id, (dependency) => {
          dead ||= !supported(dependency)
        })
        if (!dead) continue
        live[id] = 0
        changed = true
      }
    }
  }
  return session.expanded.filter((stem) => isMandatory(stem) && !some(stem, () => true))
}
