import type { PackageId, StemId } from '#model'
import { UNCHANGED } from '../encode/activation.ts'
import type { Encoder } from '../encode/encode.ts'
import { skipsMember } from '../encode/group-clause.ts'
import type { VariableMap } from '../encode/variable-map.ts'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { Depend, dependenciesOf, firstTarget, isInsideTarget, isObsolete } from '../lookup/universe.ts'
import { mustBePresent, type Question, Role } from '../question/question.ts'
import type { SatBackend } from '../sat-backend.ts'

/**
 * Position that a good answer selects: the newest for named and new stems, and for all stems on update of everything; the
 * installed position for other installed stems. `limits` tests whether the expected packages allow a package.
 */
export function preferredPosition(
  question: Question,
  variables: VariableMap,
  limits: (id: PackageId) => boolean,
  stem: StemId,
): number {
  const ids = variables.candidates(stem)
  const role = question.role(stem)
  if ((role === Role.keep || role === Role.avoided) && !question.everything) {
    const position = variables.position(stem, question.base[stem]!)
    if (position >= 0) return position
  }
  for (let position = ids.length - 1; position >= 0; position -= 1) {
    if (limits(ids[position]!)) return position
  }
  return ids.length - 1
}

/** Allows every package: the `limits` of a stem that nothing limits. */
const anyPackage = (): boolean => true

/** A guess at the stems that an answer needs. The search finds what the guess leaves out. */
export function createGuess(question: Question, encoder: Encoder) {
  const { universe } = question
  const { catalog } = universe
  const { activation } = encoder
  /** Preferred position by stem. `UNCHANGED` for the others, so that the dependencies of unchanged stems count in `eachWaiting`. */
  const chosen = new Int32Array(catalog.stemCount).fill(UNCHANGED)
  let idle: number[] = []
  const isIn = (stem: StemId) => question.base[stem]! >= 0 || activation.isExpanded(stem)
  const targetOf = (dependency: number) => catalog.targetStem[firstTarget(catalog, dependency)]!
  const isCaused = (dependency: number) => isIn(catalog.targetStem[catalog.dependencyPredicate[dependency]!]!)
  const firstChoice = (dependency: number) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    let first = -1
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      const choice = catalog.targetStem[catalog.targetList[index]!]!
      if (encoder.variables.candidates(choice).length === 0) continue
      if (isIn(choice)) return -1
      if (first < 0) first = choice
    }
    return first
  }
  /** By stem: 0 unknown, 1 its newest candidate incorporates, 2 it does not. */
  const kinds = new Uint8Array(catalog.stemCount)
  const incorporates = (stem: StemId) => {
    if (kinds[stem] === 0) kinds[stem] = lookForIncorporate(stem) ? 1 : 2
    return kinds[stem] === 1
  }
  const lookForIncorporate = (stem: StemId) => {
    const ids = encoder.variables.candidates(stem)
    const newest = ids[ids.length - 1]
    const isIncorporate = (dependency: number) => catalog.dependencyType[dependency] === Depend.incorporate
    return newest !== undefined && dependenciesOf(catalog, newest).some(isIncorporate)
  }
  return {
    /** The stems. Stems that incorporate come first: they decide which versions of the others are good. */
    ordered(stems: readonly StemId[]): readonly StemId[] {
      const first = stems.filter(incorporates)
      return first.length === 0 || first.length === stems.length
        ? stems
        : [...first, ...stems.filter((stem) => !incorporates(stem))]
    },
    /** A test whether the preferred packages so far incorporate a package of the stem. */
    limitsOn(stem: StemId): (id: PackageId) => boolean {
      const targets: number[] = []
      activation.eachWaiting(stem, (dependent, first, last, dependency) => {
        if (catalog.dependencyType[dependency] !== Depend.incorporate) return
        if (chosen[dependent]! < first || chosen[dependent]! > last) return
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          targets.push(firstTarget(catalog, dependency))
      })
      if (targets.length === 0) return anyPackage
      return (id) => targets.every((target) => isInsideTarget(catalog, target, id))
    },
    /** Takes a package, at its position, as preferred. Returns the stems that it pulls in or breaks; stems that incorporate come first. */
    pulledBy(id: PackageId, position: number): readonly StemId[] {
      chosen[catalog.packageStem[id]!] = position
      const first: StemId[] = []
      const stems: StemId[] = []
      if (isObsolete(catalog, id)) return stems
      const add = (stem: StemId) => {
        if (!isIn(stem)) (incorporates(stem) ? first : stems).push(stem)
      }
      eachDependencyOn(catalog, id, activation.unchanged, (dependency) => {
        const stem = targetOf(dependency)
        const type = catalog.dependencyType[dependency]!
        const disturbs = activation.breaksUnchanged(dependency)
        if (type === Depend.incorporate && !disturbs) return
        if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) return
        if (disturbs) stems.push(stem)
        switch (type) {
          case Depend.require:
            add(stem)
            break
          case Depend.group:
            if (!skipsMember(question, stem)) add(stem)
            break
          case Depend.conditional:
            if (isCaused(dependency)) add(stem)
            else idle.push(dependency)
            break
          case Depend.requireAny:
          case Depend.groupAny: {
            const choice = firstChoice(dependency)
            if (choice >= 0) add(choice)
            break
          }
        }
      })
      return first.concat(stems)
    },
    /** Stems that conditional dependencies of earlier packages pull in because of later packages. */
    pulledLate(): readonly StemId[] {
      const caused = idle.filter(isCaused)
      if (caused.length > 0) idle = idle.filter((dependency) => !isCaused(dependency))
      return caused.map(targetOf).filter((stem) => !isIn(stem))
    },
  }
}

/** Order of decisions: named stems first, then incorporations, then installed stems, then the others. */
const Priority = { named: 4, incorporation: 3, installed: 2, newest: 1 } as const

/** Sets phases and priorities of the engine towards a good answer. Only the speed depends on it. */
export function createGuidance(question: Question, variables: VariableMap, engine: SatBackend) {
  const isDecided = (stem: StemId) => mustBePresent(question, stem) && variables.candidates(stem).length === 1
  const isNew = (role: number) => role === Role.new || role === Role.rejected
  const wantedPosition = (stem: StemId) => preferredPosition(question, variables, anyPackage, stem)
  const guide = (stem: StemId, k: number, variable: number) => {
    const role = question.role(stem)
    if (k === 1 && isDecided(stem)) return
    if (isNew(role)) {
      // "Newest or absent" is decided before "absent": a stem that a dependency pulls in comes at its newest version.
      if (k < variables.candidates(stem).length) engine.setPriority(variable, Priority.newest)
      return
    }
    const holds = question.everything && question.universe.catalog.packageHold[question.base[stem]!]! >= 0
    const priority =
      role === Role.named ? Priority.named : holds ? Priority.incorporation : Priority.installed
    engine.setPhase(variable, k > wantedPosition(stem))
    engine.setPriority(variable, priority)
  }
  return {
    /** Guides the variables of a stem, and makes those of the position that a good answer selects. */
    stem(stem: StemId) {
      if (isDecided(stem)) return
      if (variables.candidates(stem).length > 0 && !isNew(question.role(stem))) {
        const wanted = wantedPosition(stem)
        variables.below(stem, wanted)
        variables.below(stem, wanted + 1)
      }
      const places = variables.places(stem)
      for (let index = 0; index < places.length; index += 1)
        guide(stem, places[index]!, variables.known(stem, places[index]!))
    },
    /** Guides the variable of position `k` of a stem. */
    variable: guide,
  }
}
