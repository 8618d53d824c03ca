import { type PackageId, parsePattern, type StemId, versionMatcher } from '#model'
import { createEncoder } from '../encode/encode.ts'
import type { Fact } from '../explanation.ts'
import { runsOf } from '../lookup/dependency-runs.ts'
import { memo } from '../lookup/memo.ts'
import { isInsideTarget, packagesOf, versionOf } from '../lookup/universe.ts'
import { type Question, Role } from '../question/question.ts'
import { Exclusion, type Trim } from '../rules/trim.ts'
import { causeOf, exclusionFact, incorporatedFact, type PlacedFact, shortVersion } from './fact.ts'
import type { Demand, Failure } from './failure.ts'
import type { OpenRuns } from './open-runs.ts'
import { bearsOn, type Involved } from './relevant.ts'

/** All exclusions; those that nobody can lift come first. */
const EXCLUSIONS = Object.values(Exclusion).sort((a, b) => a - b)

/** What a selector that is no dependency stands for: packages of a stem are excluded. */
export interface Rule {
  readonly stem: StemId
  /** One of `Exclusion`. */
  readonly bit: number
  readonly excluded: ReadonlySet<PackageId>
  facts(): readonly PlacedFact[]
}

/** A dependency that the packages of a stem have. */
export interface StemDependency {
  readonly stem: StemId
  readonly dependency: number
}

/**
 * Encodes the stems of a failure, and a demand besides, over all packages. Each clause has a selector, which stands for a fact:
 * `rules` and `dependencies` tell which. `openRuns` reads the dependencies; undefined: all are read.
 */
export function createFactClauses(
  failure: Failure,
  stems: Involved,
  among: ReadonlySet<StemId>,
  demand: Demand | undefined,
  openRuns: OpenRuns | undefined,
) {
  const { question, trim } = failure
  const { universe } = question
  const { catalog } = universe
  const rules = new Map<number, Rule>()
  const dependencies = new Map<number, StemDependency>()
  const allOf = (stem: StemId) => packagesOf(catalog, stem)
  const fresh = () => encoder.variables.fresh()
  /** By stem: the selector of its no-downgrade bound, which guards the permits of its downgrades, too. */
  const bounds = new Map<StemId, number>()
  const boundOf = (stem: StemId) => memo(bounds, stem, fresh)
  const guards = new Map<StemId, Map<number, number>>()
  const encoder = createEncoder({
    question,
    trim,
    ...(openRuns === undefined ? {} : { readRuns: openRuns.read }),
    bears: bearsOn(question, among, allOf),
    permitGuardOf: boundOf,
    candidatesOf: allOf,
    dependenciesOnly: true,
    guardOf: (stem, dependency) =>
      memo(
        memo(guards, stem, () => new Map<number, number>()),
        dependency,
        () => {
          const literal = fresh()
          dependencies.set(literal, { stem, dependency })
          return literal
        },
      ),
  })
  const { variables, clauses } = encoder
  const exclude = (stem: StemId, ids: readonly PackageId[], bit: number, facts: Rule['facts']) => {
    const selector = bit === Exclusion.downgrade ? boundOf(stem) : fresh()
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
  const requirePresence = (selector: number, stem: StemId) =>
    clauses.implication(selector, variables.present(stem))
  /** `ids`: the packages that meet the demand; undefined for all. */
  const addDemand = (stem: StemId, ids: readonly PackageId[] | undefined, fact: Fact) => {
    const others = ids === undefined ? [] : [...allOf(stem)].filter((id) => !ids.includes(id))
    const selector = exclude(stem, others, Exclusion.named, () => [{ fact, stem, leadsTo: [] }])
    requirePresence(selector, stem)
  }
  const addExclusions = (stem: StemId) => {
    const masks = trim.exclusions(stem)
    const first = catalog.stemStart[stem]!
    for (const bit of EXCLUSIONS) {
      if (bit === Exclusion.named || bit === Exclusion.incorporated) continue
      const ids: PackageId[] = []
      masks.forEach((mask, index) => {
        if ((mask & bit) !== 0) ids.push(first + index)
      })
      if (ids.length === 0 && !(bit === Exclusion.downgrade && bounds.has(stem))) continue
      const selector = exclude(stem, ids, bit, () => [exclusionFact(question, stem, ids, bit)])
      // The fact that a package is held says that the package stays.
      if (bit === Exclusion.held && question.role(stem) === Role.keep) requirePresence(selector, stem)
    }
    for (const { target, holder } of avoidedHolders(failure, stem)) {
      const outside = [...allOf(stem)].filter((id) => !isInsideTarget(catalog, target, id))
      exclude(stem, outside, Exclusion.incorporated, () => [
        incorporatedFact(question, stem, target, holder),
        exclusionFact(question, catalog.packageStem[holder]!, [holder], Exclusion.held),
      ])
    }
  }
  const addRole = (stem: StemId) => {
    const subject = catalog.stemName(stem)
    if (question.role(stem) === Role.named) {
      const { asked, elsewhere } = readNamedDemand(question, trim, stem)
      if (elsewhere.length > 0)
        exclude(stem, elsewhere, Exclusion.publisher, () => [
          exclusionFact(question, stem, elsewhere, Exclusion.publisher),
        ])
      const pattern = question.request.patternOf.get(stem) ?? subject
      addDemand(stem, asked, { kind: 'named', subject: pattern, ...causeOf(question, stem) })
    } else if (question.role(stem) === Role.keep) {
      const range = shortVersion(universe, question.base[stem]!)
      addDemand(stem, undefined, { kind: 'stays', subject, range })
    }
  }
  for (const stem of stems.others) encoder.expand(stem, { silent: true })
  for (const stem of stems.dependents) encoder.expand(stem)
  for (const stem of [...stems.dependents, ...stems.others]) {
    addExclusions(stem)
    addRole(stem)
  }
  if (demand !== undefined) {
    const range = shortVersion(universe, demand.ids[demand.ids.length - 1]!)
    addDemand(demand.stem, demand.ids, { kind: 'newer', subject: catalog.stemName(demand.stem), range })
  }
  encoder.addOrder()
  return { encoder, rules, dependencies }
}

export type FactClauses = ReturnType<typeof createFactClauses>

/** Held packages that may leave. The dependencies of other held packages say what these incorporate. */
function avoidedHolders({ trim, question }: Failure, stem: StemId) {
  const { catalog } = question.universe
  const holders = trim.holds.insideOf.get(stem) ?? []
  return holders.filter(({ holder }) => question.role(catalog.packageStem[holder]!) === Role.avoided)
}

/**
 * Matches the pattern of a named stem without the rules that facts of their own state. `asked`: packages that match, including packages that
 * another rule excludes. `elsewhere`: the part of `asked` that only the choice of the publisher excludes.
 */
export function readNamedDemand({ universe, request }: Question, trim: Trim, stem: StemId) {
  const named = request.named.get(stem) ?? []
  const pattern = parsePattern(request.patternOf.get(stem) ?? '')
  // The pattern `@latest` alone does not tell which version it means.
  if (!pattern.ok || pattern.value.latest) return { asked: named, elsewhere: [] }
  const { catalog } = universe
  const fits = versionMatcher(pattern.value)
  const masks = trim.exclusions(stem)
  const first = catalog.stemStart[stem]!
  const publishers = new Set(named.map((id) => catalog.packagePublisher[id]!))
  const asked: PackageId[] = []
  const elsewhere: PackageId[] = []
  masks.forEach((mask, index) => {
    const id = first + index
    const version = versionOf(catalog, id)
    const publisher = catalog.publishers[catalog.packagePublisher[id]!]
    if (named.includes(id)) asked.push(id)
    else if (version === undefined || !fits(version)) return
    else if (pattern.value.publisher !== undefined && pattern.value.publisher !== publisher) return
    else if ((mask & (Exclusion.unknown | Exclusion.variant)) !== 0) asked.push(id)
    else if (!publishers.has(catalog.packagePublisher[id]!)) {
      asked.push(id)
      elsewhere.push(id)
    }
  })
  return { asked, elsewhere }
}
