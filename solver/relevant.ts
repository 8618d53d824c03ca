import type { StemId } from '#model'
import { ClauseReason } from './clause.ts'
import { createEncoder } from './encode.ts'
import type { Failure } from './failure.ts'
import type { Question } from './question.ts'
import { Role } from './question.ts'
import { withCores } from './shrink.ts'
import { Depend, isObsolete, typeBits } from './universe.ts'

/** Stems that have a part in a failure: those whose dependencies count, and those that are only spoken of. */
export interface Involved {
  readonly carriers: readonly StemId[]
  readonly others: readonly StemId[]
}

/**
 * Narrows a failure down to the stems that have a part in it, over the candidates only: the facts need every version of a
 * stem, and of a thousand stems that would be much. First with one selector per stem, then with one per dependency of
 * the stems found. Undefined where that shows nothing.
 */
export function findRelevant(failure: Failure): Involved | undefined {
  const { question, trim, session } = failure
  const stems = clashingStems(failure)
  if (stems === undefined) return undefined
  const carriers = [...new Set(stems.map(({ stem }) => stem))]
  const others = spokenOf(failure, carriers, (visit) => {
    for (const stem of carriers) eachDependencyOf(question, session.encoder.variables.candidates(stem), visit)
  })
  const parts = coreOf(failure, { carriers, others }, (_, dependency) => dependency)
  if (parts === undefined) return undefined
  const needed = [...new Set(parts.map(({ stem }) => stem))]
  const targets = spokenOf(failure, needed, (visit) => {
    for (const { dependency } of parts) if (dependency >= 0) visit(dependency)
  })
  // What bars a stem because of a held package is said by that package's own dependencies.
  const holders = [...needed, ...targets].flatMap((stem) =>
    (trim.holds.insideOf.get(stem) ?? []).map(({ holder }) => question.universe.catalog.packageStem[holder]!),
  )
  const all = new Set([...needed, ...holders])
  return { carriers: [...all], others: targets.filter((stem) => !all.has(stem)) }
}

/**
 * A minimal core of stems. In a cone of thousands the first to be expanded are tried first: those that are named and what they
 * lead to, where most contradictions lie.
 */
function clashingStems(failure: Failure): readonly CorePart[] | undefined {
  const { expanded } = failure.session
  for (let size = FIRST_STEMS; ; size *= 4) {
    const carriers = size < expanded.length ? expanded.slice(0, size) : expanded
    const core = coreOf(failure, { carriers, others: [] }, (stem) => stem)
    if (core !== undefined || carriers.length === expanded.length) return core
  }
}

const FIRST_STEMS = 4096

/** A selector of a core: what a stem says with one dependency, or (-1) with all of them and by its presence. */
interface CorePart {
  readonly stem: StemId
  readonly dependency: number
}

/** A minimal core over the candidates. Dependencies of a stem with the same key share a selector; presence has the key of dependency -1. */
function coreOf(
  { input, question, trim, session }: Failure,
  stems: Involved,
  keyOf: (stem: StemId, dependency: number) => number,
): readonly CorePart[] | undefined {
  const parts = new Map<number, CorePart>()
  const own = new Map<StemId, Map<number, number>>()
  const selectorOf = (stem: StemId, dependency: number): number => {
    const key = keyOf(stem, dependency)
    const selectors = own.get(stem) ?? new Map<number, number>()
    own.set(stem, selectors)
    let literal = selectors.get(key)
    if (literal === undefined) {
      literal = encoder.variables.fresh()
      selectors.set(key, literal)
      parts.set(literal, { stem, dependency })
    }
    return literal
  }
  const encoder = createEncoder({
    question,
    trim,
    candidatesOf: session.encoder.variables.candidates,
    dependenciesOnly: true,
    guardOf: selectorOf,
    permitGuardOf: (stem) => selectorOf(stem, -1),
  })
  const { variables, clauses } = encoder
  for (const stem of stems.others) encoder.expand(stem, { silent: true })
  for (const stem of stems.carriers) {
    encoder.expand(stem, { floor: session.encoder.floor(stem) })
  }
  for (const stem of [...stems.carriers, ...stems.others]) {
    const role = question.role(stem)
    if (role !== Role.named && role !== Role.keep) continue
    clauses.begin()
    clauses.negative(selectorOf(stem, -1))
    clauses.positive(variables.present(stem))
    clauses.end(ClauseReason.rule)
  }
  encoder.settle()
  const core = withCores(input.newBackend, clauses, input.budget, (cores) => cores.shrink([...parts.keys()]))
  return core?.map((literal) => parts.get(literal)!)
}

/** Stems that dependencies of the carriers pull, without the carriers: those of the cone, and those that cannot be selected. */
function spokenOf(
  { question, session }: Failure,
  carriers: readonly StemId[],
  each: (visit: (dependency: number) => void) => void,
): readonly StemId[] {
  const { catalog } = question.universe
  const found = new Set<StemId>()
  const isCarrier = new Set(carriers)
  const add = (target: number) => {
    const stem = catalog.targetStem[target]!
    if (isCarrier.has(stem) || found.has(stem)) return
    const { encoder } = session
    const isInCone = encoder.isExpanded(stem) || encoder.isResting(stem)
    if (isInCone || encoder.variables.candidates(stem).every((id) => isObsolete(catalog, id))) found.add(stem)
  }
  each((dependency) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      add(catalog.targetList[index]!)
    }
    if (catalog.dependencyPredicate[dependency]! >= 0) add(catalog.dependencyPredicate[dependency]!)
  })
  return [...found]
}

/** Dependencies of packages that can pull others in, each once. */
function eachDependencyOf(question: Question, ids: Int32Array, visit: (dependency: number) => void): void {
  const { universe } = question
  const seen = new Set<number>()
  for (const id of ids) {
    universe.eachOfTypes(id, PULLS, (dependency) => {
      if (seen.has(dependency)) return
      seen.add(dependency)
      visit(dependency)
    })
  }
}

const PULLS = typeBits(Depend.require, Depend.requireAny, Depend.conditional, Depend.group, Depend.groupAny)
