import type { PackageId, StemId } from '#model'
import { skipsMember } from './group-clause.ts'
import type { Question } from './question.ts'
import { Depend, firstTarget } from './universe.ts'

/**
 * Tells whether a dependency can have a part in a contradiction among some stems, when of all others any package up to
 * `newestOf` (-1: none) can be selected: what only forbids versions of another stem, or what another can meet, has none. Nothing
 * forbids the newest package that is not obsolete, and it meets whatever the stem can meet.
 */
export function bearsOn(
  question: Question,
  stems: Iterable<StemId>,
  newestOf: (stem: StemId) => PackageId,
): (dependency: number) => boolean {
  const { catalog } = question.universe
  const isAmong = new Uint8Array(catalog.stemCount)
  for (const stem of stems) isAmong[stem] = 1
  const isMetElsewhere = (target: number) => {
    const stem = catalog.targetStem[target]!
    return isAmong[stem] === 0 && newestOf(stem) >= catalog.targetLow[target]!
  }
  const hasChoiceElsewhere = (dependency: number, isGood: (target: number) => boolean) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      if (isGood(catalog.targetList[index]!)) return true
    }
    return false
  }
  const isMemberElsewhere = (target: number) => {
    const stem = catalog.targetStem[target]!
    return isAmong[stem] === 0 && !skipsMember(question, stem) && newestOf(stem) >= 0
  }
  return (dependency) => {
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        return !isMetElsewhere(firstTarget(catalog, dependency))
      case Depend.requireAny:
        return !hasChoiceElsewhere(dependency, isMetElsewhere)
      case Depend.group:
      case Depend.groupAny:
        return !hasChoiceElsewhere(dependency, isMemberElsewhere)
      case Depend.conditional: {
        const predicate = catalog.dependencyPredicate[dependency]!
        if (isAmong[catalog.targetStem[predicate]!] === 0) return false
        return !isMetElsewhere(firstTarget(catalog, dependency))
      }
      default:
        return isAmong[catalog.targetStem[firstTarget(catalog, dependency)]!] === 1
    }
  }
}
