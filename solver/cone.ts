import type { PackageId, StemId } from '#model'
import { PackageFlag } from '#model'
import type { Encoder } from './encode.ts'
import { skipsMember } from './encode.ts'
import type { Question } from './question.ts'
import { Role } from './question.ts'
import { Depend, firstTarget, isInsideTarget } from './universe.ts'
import type { VariableMap } from './variable-map.ts'

/** Position that a good answer would select: named and new stems at their newest, installed ones where they are (or at their newest on update of everything). */
export function preferredPosition(
  question: Question,
  variables: VariableMap,
  insideOf: ReadonlyMap<StemId, readonly number[]>,
  stem: StemId,
): number {
  const ids = variables.candidates(stem)
  const role = question.role(stem)
  if ((role === Role.keep || role === Role.avoided) && !question.everything) {
    const position = variables.position(stem, question.base[stem]!)
    if (position >= 0) return position
  }
  const limits = insideOf.get(stem) ?? []
  const { catalog } = question.universe
  for (let position = ids.length - 1; position >= 0; position -= 1) {
    if (limits.every((target) => isInsideTarget(catalog, target, ids[position]!))) return position
  }
  return ids.length - 1
}

/**
 * Stems that a package pulls in, those that incorporate first. Notes in `insideOf` what it incorporates. A guess at the
 * cone: what it leaves out is found by the search.
 */
export function pulledBy(
  question: Question,
  encoder: Encoder,
  insideOf: Map<StemId, number[]>,
  id: PackageId,
): readonly StemId[] {
  const { universe } = question
  const { catalog } = universe
  if ((catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0) return []
  const stems: StemId[] = []
  const isIn = (stem: StemId) => question.base[stem]! >= 0 || encoder.isExpanded(stem)
  const add = (stem: StemId) => {
    if (!isIn(stem)) stems.push(stem)
  }
  universe.eachDependency(id, (dependency) => {
    const target = firstTarget(catalog, dependency)
    const stem = catalog.targetStem[target]!
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        add(stem)
        break
      case Depend.group:
        if (!skipsMember(question, stem)) add(stem)
        break
      case Depend.conditional:
        if (isIn(catalog.targetStem[catalog.dependencyPredicate[dependency]!]!)) add(stem)
        break
      case Depend.requireAny:
      case Depend.groupAny: {
        const end = catalog.dependencyTargetStart[dependency + 1]!
        const choices = Array.from(
          catalog.targetList.subarray(catalog.dependencyTargetStart[dependency]!, end),
          (choice) => catalog.targetStem[choice]!,
        ).filter((choice) => encoder.variables.candidates(choice).length > 0)
        if (!choices.some(isIn) && choices.length > 0) stems.push(choices[0]!)
        break
      }
      case Depend.incorporate: {
        const list = insideOf.get(stem)
        if (list === undefined) insideOf.set(stem, [target])
        else list.push(target)
        break
      }
    }
  })
  const incorporates = (stem: StemId) => {
    const ids = encoder.variables.candidates(stem)
    const newest = ids[ids.length - 1]
    let answer = false
    if (newest !== undefined) {
      universe.eachDependency(newest, (dependency) => {
        if (catalog.dependencyType[dependency] === Depend.incorporate) answer = true
      })
    }
    return answer
  }
  const first = stems.filter((stem) => incorporates(stem))
  return first.length === 0 ? stems : [...first, ...stems.filter((stem) => !first.includes(stem))]
}
