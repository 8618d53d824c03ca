import type { PackageId, StemId } from '#model'
import type { Fact } from '../explanation.ts'
import { memo } from '../lookup/memo.ts'
import { dependenciesOf, firstTarget, packagesOf } from '../lookup/universe.ts'
import { mustBePresent, type Question, Role } from '../question/question.ts'
import { Exclusion, type Trim } from '../rules/trim.ts'
import { dependencyFact, inOrder, missingFacts, type PlacedFact, shortVersion } from './fact.ts'
import { createFactClauses, type FactClauses, readNamedDemand, type StemDependency } from './fact-clauses.ts'
import type { Demand, Failure } from './failure.ts'
import { createOpenRuns } from './open-runs.ts'
import { findRelevant, type Involved, involvedStems, wholeCone } from './relevant.ts'
import { type CoreFinder, smallestCore, withCores } from './shrink.ts'

/**
 * A minimal set of facts that together leave no answer, in order; undefined where the facts alone do not clash, because a fact
 * cannot state some rule. `demand` is an additional demand.
 */
export function findFacts(failure: Failure, demand?: Demand): readonly PlacedFact[] | undefined {
  const relevant = demand === undefined ? findRelevant(failure) : undefined
  const found = relevant === undefined ? undefined : factsAmong(failure, demand, relevant)
  return found ?? factsAmong(failure, demand, wholeCone(failure))
}

/** `isWhole`: reads the dependencies of all packages, also of stems with a long past. */
function factsAmong(
  failure: Failure,
  demand: Demand | undefined,
  stems: Involved,
  isWhole = false,
): readonly PlacedFact[] | undefined {
  const { input, question, trim } = failure
  const among = involvedStems(failure, stems)
  const openRuns = isWhole
    ? undefined
    : createOpenRuns(question.universe, among, (stem) => openPackages(question, trim, stem))
  const factClauses = createFactClauses(failure, stems, among, demand, openRuns)
  const { encoder, rules, dependencies } = factClauses
  const all = [...rules.keys(), ...dependencies.keys()]
  const direct = all.filter((literal) => {
    const dependency = dependencies.get(literal)
    return dependency === undefined || isDirect(question, dependency)
  })
  const stemOf = (literal: number) => (rules.get(literal) ?? dependencies.get(literal)!).stem
  const found = withCores(input.newBackend, encoder.clauses, input.budget ?? {}, (cores) => {
    const core = smallestCore(cores, all, direct, stemOf)
    if (core === undefined) return undefined
    // Only all dependencies tell which lower version is possible.
    if (
      openRuns?.isPartial === true &&
      core.some((literal) => rules.get(literal)?.bit === Exclusion.downgrade)
    )
      return undefined
    return describeCore(question, factClauses, cores, core)
  })
  return found === undefined && openRuns?.isPartial === true
    ? factsAmong(failure, demand, stems, true)
    : found
}

/** The facts behind the selectors of a core. */
function describeCore(
  question: Question,
  factClauses: FactClauses,
  cores: CoreFinder,
  core: readonly number[],
): readonly PlacedFact[] {
  const { universe } = question
  const { rules, dependencies } = factClauses
  /** By stem: the packages that rules of the core exclude. A fact about the other packages proves as much and is easier to read. */
  const excluded = new Map<StemId, Set<PackageId>>()
  for (const literal of core) {
    const rule = rules.get(literal)
    if (rule === undefined) continue
    const own = memo(excluded, rule.stem, () => new Set<PackageId>())
    for (const id of rule.excluded) own.add(id)
  }
  const placed = core.flatMap((literal) => {
    const rule = rules.get(literal)
    if (rule !== undefined) {
      if (rule.bit !== Exclusion.downgrade) return rule.facts()
      return withLowerVersion(question, rule.facts(), lowerVersion(question, factClauses, cores, literal))
    }
    const { stem, dependency } = dependencies.get(literal)!
    const having = (isLeft: (id: PackageId) => boolean) =>
      [...packagesOf(universe.catalog, stem)].filter(
        (id) => isLeft(id) && dependenciesOf(universe.catalog, id).includes(dependency),
      )
    const left = having((id) => excluded.get(stem)?.has(id) !== true)
    // Reading an excluded version of an incorporation takes long, so they are read only where no other has the dependency.
    return [dependencyFact(question, stem, left.length > 0 ? left : having(() => true), dependency)]
  })
  const inCore = core.flatMap((literal) => dependencies.get(literal) ?? [])
  return inOrder([...withoutImplied(placed), ...missingFacts(question, inCore)])
}

/** The newest version below the installed one that the other facts allow; undefined where a downgrade does not help. */
function lowerVersion(
  question: Question,
  { encoder, rules, dependencies }: FactClauses,
  cores: CoreFinder,
  literal: number,
): PackageId | undefined {
  const { variables } = encoder
  const { stem } = rules.get(literal)!
  const others = [...rules.keys(), ...dependencies.keys()].filter((other) => other !== literal)
  if (cores.holds(others) !== true) return undefined
  const ids = variables.candidates(stem)
  let low = 0
  let high = ids.indexOf(question.base[stem]!)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const atLeast = -variables.below(stem, middle)
    encoder.addOrder()
    if (cores.holds([...others, atLeast]) === true) low = middle
    else high = middle
  }
  return ids[low]
}

/** Packages of a stem that no rule excludes which a fact can state. */
function openPackages(question: Question, trim: Trim, stem: StemId): readonly PackageId[] {
  const first = question.universe.catalog.stemStart[stem]!
  const asked = question.role(stem) === Role.named ? readNamedDemand(question, trim, stem).asked : undefined
  return [...trim.exclusions(stem).entries()]
    .filter(([, mask]) => (mask & ~(Exclusion.named | Exclusion.incorporated)) === 0)
    .map(([index]) => first + index)
    .filter((id) => asked?.includes(id) !== false)
}

/** Drops "stays" facts of held packages: the fact that a package is held says that it stays. */
function withoutImplied(placed: readonly PlacedFact[]): readonly PlacedFact[] {
  const held = new Set(placed.flatMap(({ fact, stem }) => (fact.kind === 'held' ? [stem] : [])))
  return placed.filter(({ fact, stem }) => fact.kind !== 'stays' || !held.has(stem))
}

/** Adds a version to go down to; nothing where no version helps. */
function withLowerVersion(
  { universe }: Question,
  facts: readonly PlacedFact[],
  id: PackageId | undefined,
): readonly PlacedFact[] {
  return facts.map((placed) => {
    const { kind, subject, object } = placed.fact
    const fact: Fact = { kind, subject, ...(object === undefined ? {} : { object }) }
    return { ...placed, fact: id === undefined ? fact : { ...fact, range: shortVersion(universe, id) } }
  })
}

/** Whether both stems of a dependency must be in the result. The shortest explanations need only such dependencies. */
function isDirect(question: Question, { stem, dependency }: StemDependency): boolean {
  const { catalog } = question.universe
  const target = catalog.targetStem[firstTarget(catalog, dependency)]!
  return mustBePresent(question, stem) && mustBePresent(question, target)
}
