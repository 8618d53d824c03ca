import type { PackageId, StemId } from '#model'
import { PackageFlag } from '#model'
import { ClauseReason } from './clause.ts'
import { runsOf } from './dependency-runs.ts'
import { createEncoder } from './encode.ts'
import type { Fact } from './explanation.ts'
import { barFact, dependencyFact, incorporatedFact, type PlacedFact, shortVersion } from './fact.ts'
import type { Failure } from './failure.ts'
import type { SolverProblem } from './problems.ts'
import type { Question } from './question.ts'
import { Role } from './question.ts'
import { shrinkCore } from './shrink.ts'
import { suggestFixes } from './suggest.ts'
import { Bar } from './trim.ts'
import { Depend, firstTarget, isInsideTarget, type Universe } from './universe.ts'
import { findWipedOut } from './wipeout.ts'

/** All rules, those that nobody can lift first. */
const BARS = Object.values(Bar).sort((a, b) => a - b)

/** The facts that together leave no answer. Problem: `unsatisfiable`. */
export function explainFailure(failure: Failure): SolverProblem {
  const { question, session, input } = failure
  const { catalog } = question.universe
  const wiped = findWipedOut(session)
  const facts = findFacts(failure, undefined)
  const named = question.wish.order.filter((stem) => wiped.includes(stem))
  const subjects = (named.length > 0 ? named : wiped).map((stem) => catalog.stemName(stem))
  return {
    code: 'ips::solver_error::unsatisfiable',
    operation: input.request.operation,
    facts: facts ?? [],
    beforeSearch: wiped.length > 0,
    subjects,
    fixes: suggestFixes(failure, facts ?? []),
  }
}

/**
 * After an update of everything that changes nothing: why an installed package with an install-hold cannot reach a
 * newer candidate; undefined where there is none. Source: solver-semantics §7.3. Problem: `overconstrained`.
 */
export function explainStandstill(failure: Failure): SolverProblem | undefined {
  const { question, session } = failure
  const { universe } = question
  if (!question.everything || universe.snapshot.parent !== undefined) return undefined
  const { catalog } = universe
  for (const stem of universe.installedStems) {
    const present = universe.installed[stem]!
    if (catalog.packageHold[present]! < 0 || question.role(stem) !== Role.keep) continue
    const ids = session.encoder.variables.candidates(stem)
    const newer = [...ids].filter(
      (id) => catalog.packageVersionClass[id]! > catalog.packageVersionClass[present]!,
    )
    if (newer.length === 0) continue
    const facts = findFacts(failure, { stem, ids: newer })
    return { code: 'ips::solver_error::overconstrained', facts: facts ?? [] }
  }
  return undefined
}

interface Demand {
  readonly stem: StemId
  readonly ids: readonly PackageId[]
}

/** A minimal set of facts, in order; undefined where the facts alone do not clash (then some rule could not be said as a fact). */
function findFacts(failure: Failure, demand: Demand | undefined): readonly Fact[] | undefined {
  const relevant = demand === undefined ? findRelevant(failure) : undefined
  const found = relevant === undefined ? undefined : factsAmong(failure, demand, relevant)
  return found ?? factsAmong(failure, demand, { carriers: failure.session.expanded, others: [] })
}

/** Stems that have a part in a failure: those whose dependencies count, and those that are only spoken of. */
interface Involved {
  readonly carriers: readonly StemId[]
  readonly others: readonly StemId[]
}

function factsAmong(
  failure: Failure,
  demand: Demand | undefined,
  stems: Involved,
): readonly Fact[] | undefined {
  const { input, question, trim, session } = failure
  const selectors = new Map<number, () => PlacedFact>()
  const guards = new Map<StemId, Map<number, number>>()
  const carriers = new Map<number, { stem: StemId; dependency: number }>()
  const { catalog } = question.universe
  const allOf = (stem: StemId) =>
    Int32Array.from(
      { length: catalog.stemStart[stem + 1]! - catalog.stemStart[stem]! },
      (_, index) => catalog.stemStart[stem]! + index,
    )
  const encoder = createEncoder({
    question,
    trim,
    candidatesOf: allOf,
    dependenciesOnly: true,
    guardOf(stem, dependency) {
      const own = guards.get(stem) ?? new Map<number, number>()
      guards.set(stem, own)
      let literal = own.get(dependency)
      if (literal === undefined) {
        literal = encoder.variables.fresh()
        own.set(dependency, literal)
        carriers.set(literal, { stem, dependency })
      }
      return literal
    },
  })
  const { variables, clauses } = encoder
  const bar = (stem: StemId, ids: readonly PackageId[], fact: () => PlacedFact) => {
    const selector = variables.fresh()
    selectors.set(selector, fact)
    const barred = new Set(ids)
    const all = variables.candidates(stem)
    const runs = runsOf(all.length, (position) => barred.has(all[position]!))
    for (let run = 0; run < runs.length; run += 2) {
      clauses.begin()
      clauses.negative(selector)
      clauses.negative(variables.below(stem, runs[run + 1]! + 1))
      clauses.positive(variables.below(stem, runs[run]!))
      clauses.end(ClauseReason.rule)
    }
    return selector
  }
  const demandPresence = (stem: StemId, ids: readonly PackageId[] | undefined, fact: Fact) => {
    const place = () => ({ fact, stem, leadsTo: [] })
    const others = ids === undefined ? [] : [...allOf(stem)].filter((id) => !ids.includes(id))
    const selector = bar(stem, others, place)
    clauses.begin()
    clauses.negative(selector)
    clauses.positive(variables.present(stem))
    clauses.end(ClauseReason.rule)
  }
  for (const stem of stems.others) encoder.expand(stem, { silent: true })
  for (const stem of stems.carriers) encoder.expand(stem)
  // Stems without any candidate were never expanded: all that can be said of them is why.
  const barren = encoder.pulled.filter(
    (stem) => !encoder.isExpanded(stem) && session.encoder.variables.candidates(stem).length === 0,
  )
  for (const stem of [...stems.carriers, ...stems.others, ...barren]) {
    const masks = trim.bars(stem)
    const first = catalog.stemStart[stem]!
    const role = question.role(stem)
    for (const bit of BARS) {
      if (bit === Bar.named || bit === Bar.incorporated) continue
      const ids: PackageId[] = []
      masks.forEach((mask, index) => {
        if ((mask & bit) !== 0) ids.push(first + index)
      })
      if (ids.length > 0) bar(stem, ids, () => barFact(question, stem, ids, bit))
    }
    for (const { target, holder } of avoidedHolders(failure, stem)) {
      const outside = [...allOf(stem)].filter((id) => !isInsideTarget(catalog, target, id))
      bar(stem, outside, () => incorporatedFact(question, stem, target, holder))
    }
    if (role === Role.named) {
      const pattern = question.wish.patternOf.get(stem) ?? catalog.stemName(stem)
      demandPresence(stem, question.wish.named.get(stem)!, { kind: 'named', subject: pattern })
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
  const carrierFact = ({ stem, dependency }: { stem: StemId; dependency: number }) => {
    const ids = [...allOf(stem)].filter((id) => carries(question.universe, id, dependency))
    return dependencyFact(question, stem, ids, dependency)
  }
  for (const [literal, carrier] of carriers) selectors.set(literal, () => carrierFact(carrier))
  const all = [...selectors.keys()]
  const direct = all.filter((literal) => {
    const carrier = carriers.get(literal)
    return carrier === undefined || isDirect(question, carrier)
  })
  encoder.settle()
  const core = shrinkCore(input.newBackend, clauses, all, input.budget, direct)
  if (core === undefined) return undefined
  const placed = core.map((literal) => selectors.get(literal)!())
  const dependencies = core.flatMap((literal) => carriers.get(literal) ?? [])
  return inOrder([...placed, ...missingFacts(question, dependencies)])
}

/**
 * Narrows a failure down to the stems that have a part in it, over the candidates only: the facts need every version of a
 * stem, and of a thousand stems that would be much. First with one selector per stem, then with one per dependency of
 * the stems found. Undefined where that shows nothing.
 */
function findRelevant(failure: Failure): Involved | undefined {
  const { question, trim, session } = failure
  const stems = coreOf(failure, { carriers: session.expanded, others: [] }, (stem) => stem)
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
  const core = shrinkCore(input.newBackend, clauses, [...parts.keys()], input.budget)
  return core?.map((literal) => parts.get(literal)!)
}

/** Expanded stems that dependencies of the carriers pull, without the carriers. */
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
    if (session.encoder.isExpanded(stem) && !isCarrier.has(stem)) found.add(stem)
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
    universe.eachDependency(id, (dependency) => {
      if (LIMITS.includes(universe.catalog.dependencyType[dependency]!) || seen.has(dependency)) return
      seen.add(dependency)
      visit(dependency)
    })
  }
}

const LIMITS: readonly number[] = [
  Depend.incorporate,
  Depend.optional,
  Depend.exclude,
  Depend.origin,
  Depend.parent,
]

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
  return holders.filter(({ holder }) => question.role(catalog.packageStem[holder]!) !== Role.keep)
}

function carries(universe: Universe, id: PackageId, dependency: number): boolean {
  const { catalog } = universe
  for (let index = catalog.dependencyStart[id]!; index < catalog.dependencyStart[id + 1]!; index += 1) {
    if (catalog.dependencyList[index] === dependency) return true
  }
  return false
}

/** For what is needed: that nobody offers it, or only as obsolete. */
function missingFacts(
  question: Question,
  carriers: readonly { readonly stem: StemId; readonly dependency: number }[],
): readonly PlacedFact[] {
  const { catalog } = question.universe
  const facts = new Map<number, PlacedFact>()
  const pulls: readonly number[] = [Depend.require, Depend.requireAny, Depend.conditional, Depend.incorporate]
  for (const { dependency } of carriers) {
    const type = catalog.dependencyType[dependency]!
    if (!pulls.includes(type)) continue
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      const target = catalog.targetList[index]!
      const stem = catalog.targetStem[target]!
      const version = catalog.targetVersion[target]!
      const subject = catalog.stemName(stem)
      const put = (fact: Fact) => facts.set(target, { fact, stem, leadsTo: [] })
      const ranged = (fact: Fact): Fact => (version < 0 ? fact : { ...fact, range: catalog.text(version) })
      const low = catalog.targetLow[target]!
      const high = catalog.stemStart[stem + 1]!
      if (catalog.stemStart[stem] === high) put({ kind: 'none', subject, reason: 'unknown' })
      else if (type === Depend.incorporate) {
        if (catalog.targetRunStart[target] === catalog.targetRunStart[target + 1])
          put(ranged({ kind: 'none', subject, reason: 'inside' }))
      } else if (low === high) put(ranged({ kind: 'none', subject, reason: 'newer' }))
      else {
        let obsolete = true
        for (let id = low; id < high; id += 1) {
          if ((catalog.packageFlags[id]! & PackageFlag.obsolete) === 0) obsolete = false
        }
        if (obsolete) put(ranged({ kind: 'obsolete', subject }))
      }
    }
  }
  return [...facts.values()]
}

/** Facts that are put in order; more than that nobody reads, and order costs their square. */
const MOST_ORDERED = 500

const REQUEST_KINDS = ['named', 'newer', 'removed', 'reject']

/** From the request along the dependencies to the contradiction. */
function inOrder(placed: readonly PlacedFact[]): readonly Fact[] {
  if (placed.length > MOST_ORDERED) return placed.map(({ fact }) => fact)
  const rest = [...placed]
  const result: Fact[] = []
  const reached = new Set<StemId>()
  const take = (index: number) => {
    const [next] = rest.splice(index, 1)
    result.push(next!.fact)
    reached.add(next!.stem)
    for (const stem of next!.leadsTo) reached.add(stem)
  }
  const isRequest = ({ fact }: PlacedFact) => fact.kind === 'named' || fact.kind === 'newer'
  for (let index = rest.findIndex(isRequest); index >= 0; index = rest.findIndex(isRequest)) take(index)
  while (rest.length > 0) {
    const leads = rest.findIndex((entry) => entry.leadsTo.length > 0 && reached.has(entry.stem))
    const rule = rest.findIndex(
      (entry) => reached.has(entry.stem) && !REQUEST_KINDS.includes(entry.fact.kind),
    )
    const touches = rest.findIndex((entry) => entry.leadsTo.some((stem) => reached.has(stem)))
    take([leads, rule, touches].find((index) => index >= 0) ?? 0)
  }
  return result
}
