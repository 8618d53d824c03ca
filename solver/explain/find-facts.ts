import type { PackageId, StemId } from '#model'
import { createEncoder } from '../encode/encode.ts'
import type { Fact } from '../explanation.ts'
import { runsOf } from '../lookup/dependency-runs.ts'
import { firstTarget, isInsideTarget, packagesOf, type Universe } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import { Role } from '../question/question.ts'
import { Exclusion, type Trim } from '../rules/trim.ts'
import { bearsOn } from './bears-on.ts'
import {
  causeOf,
  dependencyFact,
  exclusionFact,
  incorporatedFact,
  type PlacedFact,
  shortVersion,
} from './fact.ts'
import { inOrder, missingFacts } from './fact-order.ts'
import type { Failure } from './failure.ts'
import { readNamedDemand } from './named-demand.ts'
import { createOpenRuns } from './open-runs.ts'
import { findRelevant, type Involved, involvedStems, wholeCone } from './relevant.ts'
import { type CoreFinder, smallestCore, withCores } from './shrink.ts'

/** All rules, those that nobody can lift first. */
const EXCLUSIONS = Object.values(Exclusion).sort((a, b) => a - b)

/** "One of these packages of the stem must be in the result." */
export interface Demand {
  readonly stem: StemId
  readonly ids: readonly PackageId[]
}

/** A minimal set of facts, in order; undefined where the facts alone do not clash (then some rule could not be said as a fact). */
export function findFacts(failure: Failure, demand?: Demand): readonly PlacedFact[] | undefined {
  const relevant = demand === undefined ? findRelevant(failure) : undefined
  const found = relevant === undefined ? undefined : factsAmong(failure, demand, relevant)
  return found ?? factsAmong(failure, demand, wholeCone(failure))
}

/** A selector that is no dependency: packages of a stem that are out, and how that is said. */
interface Rule {
  readonly stem: StemId
  readonly bit: number
  readonly excluded: ReadonlySet<PackageId>
  facts(): readonly PlacedFact[]
}

/** A selector that stands for one dependency of one stem. */
interface Dependent {
  readonly stem: StemId
  readonly dependency: number
}

function factsAmong(
  failure: Failure,
  demand: Demand | undefined,
  stems: Involved,
  isWhole = false,
): readonly PlacedFact[] | undefined {
  const { input, question, trim } = failure
  const rules = new Map<number, Rule>()
  const guards = new Map<StemId, Map<number, number>>()
  const dependents = new Map<number, Dependent>()
  const { catalog } = question.universe
  const allOf = (stem: StemId) => packagesOf(catalog, stem)
  /** Selectors of the floors: what a downgrade needs besides is part of them. */
  const floors = new Map<StemId, number>()
  const floorOf = (stem: StemId) => {
    const selector = floors.get(stem) ?? encoder.variables.fresh()
    floors.set(stem, selector)
    return selector
  }
  const among = involvedStems(failure, stems)
  const openRuns = isWhole
    ? undefined
    : createOpenRuns(question.universe, among, (stem) => openPackages(question, trim, stem))
  const encoder = createEncoder({
    question,
    trim,
    ...(openRuns === undefined ? {} : { readRuns: openRuns.read }),
    bears: bearsOn(question, among, allOf),
    permitGuardOf: floorOf,
    candidatesOf: allOf,
    dependenciesOnly: true,
    guardOf(stem, dependency) {
      const own = guards.get(stem) ?? new Map<number, number>()
      guards.set(stem, own)
      let literal = own.get(dependency)
      if (literal === undefined) {
        literal = encoder.variables.fresh()
        own.set(dependency, literal)
        dependents.set(literal, { stem, dependency })
      }
      return literal
    },
  })
  const { variables, clauses } = encoder
  const bar = (stem: StemId, ids: readonly PackageId[], bit: number, facts: () => readonly PlacedFact[]) => {
    const selector = bit === Exclusion.downgrade ? floorOf(stem) : variables.fresh()
    const excluded = new Set(ids)
    rules.set(selector, { stem, bit, excluded, facts })
    const all = variables.candidates(stem)
    const runs = runsOf(all.length, (position) => excluded.has(all[position]!))
    for (let run = 0; run < runs.length; run += 2) {
      clauses.begin()
      clauses.negative(selector)
      clauses.negative(variables.below(stem, runs[run + 1]! + 1))
      clauses.positive(variables.below(stem, runs[run]!))
      clauses.end()
    }
    return selector
  }
  const needPresence = (selector: number, stem: StemId) => {
    clauses.begin()
    clauses.negative(selector)
    clauses.positive(variables.present(stem))
    clauses.end()
  }
  const demandPresence = (stem: StemId, ids: readonly PackageId[] | undefined, fact: Fact) => {
    const others = ids === undefined ? [] : [...allOf(stem)].filter((id) => !ids.includes(id))
    needPresence(
      bar(stem, others, Exclusion.named, () => [{ fact, stem, leadsTo: [] }]),
      stem,
    )
  }
  for (const stem of stems.others) encoder.expand(stem, { silent: true })
  for (const stem of stems.dependents) encoder.expand(stem)
  for (const stem of [...stems.dependents, ...stems.others]) {
    const masks = trim.exclusions(stem)
    const first = catalog.stemStart[stem]!
    const role = question.role(stem)
    for (const bit of EXCLUSIONS) {
      if (bit === Exclusion.named || bit === Exclusion.incorporated) continue
      const ids: PackageId[] = []
      masks.forEach((mask, index) => {
        if ((mask & bit) !== 0) ids.push(first + index)
      })
      if (ids.length === 0 && !(bit === Exclusion.downgrade && floors.has(stem))) continue
      const selector = bar(stem, ids, bit, () => [exclusionFact(question, stem, ids, bit)])
      // That a package is held says that it is there.
      if (bit === Exclusion.held && role === Role.keep) needPresence(selector, stem)
    }
    for (const { target, holder } of avoidedHolders(failure, stem)) {
      const outside = [...allOf(stem)].filter((id) => !isInsideTarget(catalog, target, id))
      bar(stem, outside, Exclusion.incorporated, () => [
        incorporatedFact(question, stem, target, holder),
        exclusionFact(question, catalog.packageStem[holder]!, [holder], Exclusion.held),
      ])
    }
    if (role === Role.named) {
      const pattern = question.request.patternOf.get(stem) ?? catalog.stemName(stem)
      const { asked, elsewhere } = readNamedDemand(question, trim, stem)
      if (elsewhere.length > 0)
        bar(stem, elsewhere, Exclusion.publisher, () => [
          exclusionFact(question, stem, elsewhere, Exclusion.publisher),
        ])
      demandPresence(stem, asked, {
        kind: 'named',
        subject: pattern,
        ...causeOf(question, stem),
      })
    } else if (role === Role.keep) {
      const fact: Fact = {
        kind: 'stays',
        subject: catalog.stemName(stem),
        range: shortVersion(question.universe, question.base[stem]!),
      }
      demandPresence(stem, undefined, fact)
    }
  }
  if (demand !== undefined) {
    const fact: Fact = {
      kind: 'newer',
      subject: catalog.stemName(demand.stem),
      range: shortVersion(question.universe, demand.ids[demand.ids.length - 1]!),
    }
    demandPresence(demand.stem, demand.ids, fact)
  }
  const all = [...rules.keys(), ...dependents.keys()]
  const direct = all.filter((literal) => {
    const dependent = dependents.get(literal)
    return dependent === undefined || isDirect(question, dependent)
  })
  const stemOf = (literal: number) => (rules.get(literal) ?? dependents.get(literal)!).stem
  /** The newest version below the installed one that the other facts allow; undefined where going down does not help. */
  const lowerVersion = (cores: CoreFinder, literal: number) => {
    const { stem } = rules.get(literal)!
    const others = all.filter((other) => other !== literal)
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
  encoder.addOrder()
  const found = withCores(input.newBackend, clauses, input.budget, (cores) => {
    const core = smallestCore(cores, all, direct, stemOf)
    if (core === undefined) return undefined
    // What would do instead can only be said with all that speaks against it.
    if (
      openRuns?.isPartial === true &&
      core.some((literal) => rules.get(literal)?.bit === Exclusion.downgrade)
    )
      return undefined
    /** Packages that the facts of the core rule out: a fact about the others says as much and is easier to read. */
    const out = new Map<StemId, Set<PackageId>>()
    for (const literal of core) {
      const rule = rules.get(literal)
      if (rule === undefined) continue
      const own = out.get(rule.stem) ?? new Set()
      out.set(rule.stem, own)
      for (const id of rule.excluded) own.add(id)
    }
    const placed = core.flatMap((literal) => {
      const rule = rules.get(literal)
      if (rule !== undefined) {
        if (rule.bit !== Exclusion.downgrade) return rule.facts()
        return withLowerVersion(question, rule.facts(), lowerVersion(cores, literal))
      }
      const { stem, dependency } = dependents.get(literal)!
      // An incorporation says much, so versions that are out are looked at only where no other carries it.
      const carrying = (isLeft: (id: PackageId) => boolean) =>
        [...allOf(stem)].filter((id) => isLeft(id) && carries(question.universe, id, dependency))
      const left = carrying((id) => out.get(stem)?.has(id) !== true)
      return [dependencyFact(question, stem, left.length > 0 ? left : carrying(() => true), dependency)]
    })
    const dependencies = core.flatMap((literal) => dependents.get(literal) ?? [])
    return inOrder([...withoutImplied(placed), ...missingFacts(question, dependencies)])
  })
  return found === undefined && openRuns?.isPartial === true
    ? factsAmong(failure, demand, stems, true)
    : found
}

/** Packages of a stem that no rule exclusions which an explanation can state. */
function openPackages(question: Question, trim: Trim, stem: StemId): readonly PackageId[] {
  const first = question.universe.catalog.stemStart[stem]!
  const asked = question.role(stem) === Role.named ? readNamedDemand(question, trim, stem).asked : undefined
  return [...trim.exclusions(stem).entries()]
    .filter(([, exclusions]) => (exclusions & ~(Exclusion.named | Exclusion.incorporated)) === 0)
    .map(([index]) => first + index)
    .filter((id) => asked?.includes(id) !== false)
}

/** "Is held" says already that the package stays. */
function withoutImplied(placed: readonly PlacedFact[]): readonly PlacedFact[] {
  const held = new Set(placed.flatMap(({ fact, stem }) => (fact.kind === 'held' ? [stem] : [])))
  return placed.filter(({ fact, stem }) => fact.kind !== 'stays' || !held.has(stem))
}

/** "Would have to go down to" is only said of a version that would do. */
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

/** A dependency between stems that must be in the result: the shortest explanations need no others. */
function isDirect(
  question: Question,
  { stem, dependency }: { readonly stem: StemId; readonly dependency: number },
): boolean {
  const { catalog } = question.universe
  const isSet = (each: StemId) => question.role(each) === Role.named || question.role(each) === Role.keep
  return isSet(stem) && isSet(catalog.targetStem[firstTarget(catalog, dependency)]!)
}

/** What a held package incorporates is said by its own dependencies; only one that may leave needs the rule itself. */
function avoidedHolders({ trim, question }: Failure, stem: StemId) {
  const { catalog } = question.universe
  const holders = trim.holds.insideOf.get(stem) ?? []
  return holders.filter(({ holder }) => question.role(catalog.packageStem[holder]!) === Role.avoided)
}

function carries({ catalog }: Universe, id: PackageId, dependency: number): boolean {
  const { dependencyStart, dependencyList } = catalog
  return dependencyList.subarray(dependencyStart[id], dependencyStart[id + 1]).includes(dependency)
}
