import type { PackageId, StemId } from '#model'
import { skipsMember } from '../encode/group-clause.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, firstTarget, isObsolete, targetsOf } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'

/**
 * Returns a test whether a dependency can have a part in a contradiction among some stems, if every other stem can be at any of the
 * packages that `choicesOf` gives (ascending). A dependency has no part if it only forbids versions of another stem, or if another
 * stem can meet it. The newest living package of a stem meets whatever the stem can meet, and nothing forbids it.
 */
export function bearsOn(
  question: Question,
  stems: Iterable<StemId>,
  choicesOf: (stem: StemId) => Int32Array,
): (dependency: number) => boolean {
  const { catalog } = question.universe
  const isAmong = new Uint8Array(catalog.stemCount)
  for (const stem of stems) isAmong[stem] = 1
  const newest = new Map<StemId, PackageId>()
  /** The newest package that is not obsolete, or -1. */
  const newestOf = (stem: StemId): PackageId =>
    memo(newest, stem, () => choicesOf(stem).findLast((id) => !isObsolete(catalog, id)) ?? -1)
  const isMetElsewhere = (target: number) => {
    const stem = catalog.targetStem[target]!
    return isAmong[stem] === 0 && newestOf(stem) >= catalog.targetLow[target]!
  }
  const hasChoiceElsewhere = (dependency: number, isGood: (target: number) => boolean) =>
    targetsOf(catalog, dependency).some(isGood)
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
