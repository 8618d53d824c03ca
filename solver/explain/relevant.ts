import type { PackageId, StemId } from '#model'
import { createEncoder, type Encoder, hasFewDependencies } from '../encode/encode.ts'
import { skipsMember } from '../encode/group-clause.ts'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, firstTarget, isMet, isObsolete, isPull, targetsOf } from '../lookup/universe.ts'
import { needingRejected } from '../question/dependents.ts'
import { mustBePresent, type Question, Role } from '../question/question.ts'
import type { Failure } from './failure.ts'
import { withCores } from './shrink.ts'

/** Stems that have a part in a failure: `dependents`, whose dependencies count, and `others`, which are only targets. */
export interface Involved {
  readonly dependents: readonly StemId[]
  readonly others: readonly StemId[]
}

/**
 * Finds the stems that have a part in a failure, because the facts need every version of each stem, which is too much for a
 * thousand stems. Works on candidates only: first with one selector per stem, then with one per dependency of the stems found.
 * Undefined if the candidates show no contradiction.
 */
export function findRelevant(failure: Failure): Involved | undefined {
  const { question, trim } = failure
  const parts = clashingParts(failure)
  if (parts === undefined) return undefined
  const needed = [...new Set(parts.map(({ stem }) => stem))]
  const targets = targetStems(
    failure,
    needed,
    parts.flatMap(({ dependency }) => (dependency < 0 ? [] : [dependency])),
  )
  // The dependencies of a held package state why it excludes packages of a stem.
  const holders = [...needed, ...targets].flatMap((stem) =>
    (trim.holds.insideOf.get(stem) ?? []).map(({ holder }) => question.universe.catalog.packageStem[holder]!),
  )
  const all = new Set([...needed, ...holders])
  return { dependents: [...all], others: targets.filter((stem) => !all.has(stem)) }
}

function clashingParts(failure: Failure): readonly CorePart[] | undefined {
  // A stem that must be present and has no candidate is a contradiction of its own. The stem named first counts first.
  const [first] = failure.session.expanded
  if (first !== undefined && failure.session.encoder.withoutCandidates.includes(first))
    return [{ stem: first, dependency: -1 }]
  const stems = clashingStems(failure)
  if (stems === undefined) return undefined
  const dependents = [...new Set(stems.map(({ stem }) => stem))]
  const others = targetStems(failure, dependents)
  return coreOf(failure, { dependents, others }, (_, dependency) => dependency)
}

/**
 * A minimal core of stems. The first try has the named stems, then the stems that need a stem without candidates, then the stems
 * expanded early. Each further try has four times as many: most contradictions lie near the named stems.
 */
function clashingStems(failure: Failure): readonly CorePart[] | undefined {
  const { question, session } = failure
  const { expanded, encoder } = session
  const isGiven = (stem: StemId) => question.base[stem]! >= 0
  const { activation } = encoder
  const all = [
    ...expanded.filter(isGiven),
    ...activation.activated(),
    ...expanded.filter((stem) => !isGiven(stem)),
  ]
  const needy = needingRejected(question)
  const isSuspect = (stem: StemId) => needy.has(stem) || encoder.blocked.has(stem)
  const inOrder = [
    ...all.filter((stem) => question.role(stem) === Role.named),
    ...all.filter((stem) => question.role(stem) !== Role.named && isSuspect(stem)),
    ...all.filter((stem) => question.role(stem) !== Role.named && !isSuspect(stem)),
  ]
  for (let size = FIRST_STEMS; ; size *= 4) {
    const dependents = inOrder.slice(0, size)
    const core = coreOf(failure, { dependents, others: [] }, (stem) => stem)
    if (core !== undefined || dependents.length === inOrder.length) return core
  }
}

const FIRST_STEMS = 64

/** What a selector of a core stands for: one dependency of a stem, or (-1) all of them and its presence. */
interface CorePart {
  readonly stem: StemId
  readonly dependency: number
}

/** A minimal core over the candidates. Dependencies of a stem with the same key share a selector; presence has the key of dependency -1. */
function coreOf(
  failure: Failure,
  stems: Involved,
  keyOf: (stem: StemId, dependency: number) => number,
): readonly CorePart[] | undefined {
  const { input, question, trim, session } = failure
  const { catalog } = question.universe
  const parts = new Map<number, CorePart>()
  const own = new Map<StemId, Map<number, number>>()
  const selectorOf = (stem: StemId, dependency: number): number => {
    const selectors = memo(own, stem, () => new Map<number, number>())
    return memo(selectors, keyOf(stem, dependency), () => {
      const literal = encoder.variables.fresh()
      parts.set(literal, { stem, dependency })
      return literal
    })
  }
  const { candidates } = session.encoder.variables
  const encoder = createEncoder({
    question,
    trim,
    candidatesOf: candidates,
    bears: bearsOn(question, involvedStems(failure, stems), candidates),
    dependenciesOnly: true,
    guardOf: selectorOf,
    permitGuardOf: (stem) => selectorOf(stem, -1),
  })
  const { variables, clauses } = encoder
  for (const stem of stems.others) encoder.expand(stem, { silent: true })
  for (const stem of stems.dependents) {
    // The search, too, reads a stem with few dependencies as a whole.
    const isShort = hasFewDependencies(catalog, candidates(stem))
    encoder.expand(stem, { encodedFrom: isShort ? 0 : session.encoder.encodedFrom(stem) })
  }
  for (const stem of [...stems.dependents, ...stems.others]) {
    if (!mustBePresent(question, stem)) continue
    clauses.implication(selectorOf(stem, -1), variables.present(stem))
  }
  encoder.addOrder()
  const core = withCores(input.newBackend, clauses, input.budget ?? {}, (cores) =>
    cores.shrink([...parts.keys()]),
  )
  return core?.map((literal) => parts.get(literal)!)
}

/** These stems, and those that permit downgrades: clauses of an encoding contain them without a dependency. */
export function involvedStems(
  { question, trim }: Failure,
  { dependents, others }: Involved,
): ReadonlySet<StemId> {
  const { packageStem } = question.universe.catalog
  const permitting = [...trim.downgrades.values()].flat().map((id) => packageStem[id]!)
  return new Set([...dependents, ...others, ...permitting])
}

/** All stems that an answer could have, and those that it needs and cannot have. */
export function wholeCone(failure: Failure): Involved {
  const dependents = failure.session.cone()
  return { dependents, others: targetStems(failure, dependents) }
}

/**
 * Targets of dependencies of the dependents (default: of all that pull), without the dependents: stems of the cone, and stems of
 * which no candidate meets the dependency, which the search did not expand.
 */
function targetStems(
  { question, session: { encoder } }: Failure,
  dependents: readonly StemId[],
  dependencies: Iterable<number> = pullsOf(question, encoder, dependents),
): readonly StemId[] {
  const { universe } = question
  const { catalog } = universe
  const found = new Set<StemId>()
  const isDependent = new Set(dependents)
  const add = (target: number, type: number) => {
    const stem = catalog.targetStem[target]!
    if (isDependent.has(stem) || found.has(stem)) return
    const isInCone = encoder.activation.isInCone(stem)
    const fits = (id: PackageId) => isMet(universe, type, target, id)
    if (isInCone || !encoder.variables.candidates(stem).some(fits)) found.add(stem)
  }
  for (const dependency of dependencies) {
    for (const target of targetsOf(catalog, dependency)) add(target, catalog.dependencyType[dependency]!)
    const predicate = catalog.dependencyPredicate[dependency]!
    if (predicate >= 0 && encoder.activation.isExpanded(catalog.targetStem[predicate]!))
      add(predicate, Depend.conditional)
  }
  return [...found]
}

/** Dependencies of the candidates of stems that can pull others in. */
function pullsOf(question: Question, encoder: Encoder, stems: readonly StemId[]): Iterable<number> {
  const { universe } = question
  const { catalog } = universe
  const found: number[] = []
  // Versions of a stem mostly have the same dependencies.
  const isSeen = new Uint8Array(catalog.dependencyCount)
  const add = (dependency: number) => {
    if (isSeen[dependency] === 1) return
    isSeen[dependency] = 1
    if (!isPull(catalog.dependencyType[dependency]!)) return
    if (universe.conditionHolds(catalog.dependencyCondition[dependency]!)) found.push(dependency)
  }
  for (const stem of stems) {
    // No incorporation pulls.
    for (const id of encoder.variables.candidates(stem)) eachDependencyOn(catalog, id, [], add)
  }
  return found
}

/**
 * Returns a test whether a dependency can have a part in a contradiction among some stems, if every other stem can be at any of the
 * packages that `choicesOf` gives (ascending). A dependency has no part if it only forbids versions of another stem, or if another
 * stem can meet it. The newest package of a stem that is not obsolete meets every dependency that the stem can meet, and no dependency forbids it.
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
