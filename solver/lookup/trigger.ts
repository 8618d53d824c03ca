import type { Catalog, StemId } from '#model'
import { Depend, firstTarget, isInsideTarget } from './universe.ts'

/** The trigger of a dependency that matters already. */
export const NOW = -1
/** The trigger of a dependency that never constrains other stems of the image. */
const NEVER = -2

/** What the encoder assumes of a stem. A stem that is neither expanded nor unchanged is assumed absent. */
interface StemStates {
  isExpanded(stem: StemId): boolean
  /** The stem is not expanded and is assumed to keep its installed package, which is not obsolete. */
  isUnchanged(stem: StemId): boolean
}

/**
 * Returns the trigger of a dependency: the stem whose expansion makes the dependency matter, or `NOW`, or `NEVER`. A dependency
 * does not matter while the stems that are not expanded meet it as they are assumed: absent or unchanged. `installed` is the
 * installed package by stem.
 */
export function createTriggers(
  catalog: Catalog,
  installed: Int32Array,
  { isExpanded, isUnchanged }: StemStates,
): (dependency: number) => StemId {
  const stemOf = (target: number) => catalog.targetStem[target]!
  const isMetUnchanged = (target: number) => {
    const stem = stemOf(target)
    return isUnchanged(stem) && installed[stem]! >= catalog.targetLow[target]!
  }
  const isUnchangedTarget = (target: number) => isUnchanged(stemOf(target))
  const firstStem = (dependency: number, isGood: (target: number) => boolean) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      if (isGood(catalog.targetList[index]!)) return stemOf(catalog.targetList[index]!)
    }
    return NOW
  }
  const limit = (target: number, fits: boolean) => {
    const stem = stemOf(target)
    return isExpanded(stem) || (isUnchanged(stem) && !fits) ? NOW : stem
  }
  return (dependency) => {
    const target = firstTarget(catalog, dependency)
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        return isMetUnchanged(target) ? stemOf(target) : NOW
      case Depend.requireAny:
        return firstStem(dependency, isMetUnchanged)
      case Depend.group:
      case Depend.groupAny:
        return firstStem(dependency, isUnchangedTarget)
      case Depend.optional:
        return limit(target, installed[stemOf(target)]! >= catalog.targetLow[target]!)
      case Depend.exclude:
        return limit(target, installed[stemOf(target)]! < catalog.targetLow[target]!)
      case Depend.incorporate:
        if (catalog.targetVersion[target]! < 0) return NEVER
        return limit(
          target,
          !isUnchanged(stemOf(target)) || isInsideTarget(catalog, target, installed[stemOf(target)]!),
        )
      case Depend.conditional: {
        const predicate = catalog.dependencyPredicate[dependency]!
        const cause = stemOf(predicate)
        if (!isExpanded(cause) && !isMetUnchanged(predicate)) return cause
        return isMetUnchanged(target) ? stemOf(target) : NOW
      }
      default:
        return NEVER
    }
  }
}
