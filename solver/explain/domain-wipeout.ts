import type { PackageId, StemId } from '#model'
import { skipsMember } from '../encode/group-clause.ts'
import { memo } from '../lookup/memo.ts'
import {
  Depend,
  dependenciesOf,
  firstTarget,
  isInsideTarget,
  isObsolete,
  PULLS,
  packagesOf,
  targetsOf,
  typeBits,
} from '../lookup/universe.ts'
import { mustBePresent, Role } from '../question/question.ts'
import type { Session } from '../search/session.ts'
import type { Search } from './failure.ts'
import { createNamedCuts } from './named-cuts.ts'

/**
 * Finds domain wipeouts: stems that must be in the result and lose every version. A version is removed if no remaining version meets one of
 * its dependencies. The reference client does the same before it reports a failure, and its exit code (1, not 9) depends on the
 * answer. Source: solver-semantics §8.1.
 *
 * A version is revised when it first supports another one, and again when one of its own supports is removed. For most stems
 * that is the newest version only. Source of the method: Bessière, "Arc-consistency and arc-consistency again", 1994.
 *
 * Stops when all stems of `asked` are wiped out, if there are any: one wiped-out package can take a whole image along.
 */
export function findWipeouts(search: Search, asked: ReadonlySet<StemId>): ReadonlySet<StemId> {
  const { session, question } = search
  const { encoder } = session
  const { activation } = encoder
  const { universe } = question
  const isMandatory = (stem: StemId) => mustBePresent(question, stem)
  const cuts = createNamedCuts(search)
  const isNeeded = findNeeded(search, cuts.isCut)
  const domains = createDomains(session, cuts.isCut)
  const { states } = domains
  const isSupported = createSupportTest(search, domains, isNeeded)
  const wiped = new Set<StemId>()
  /** Stems of `asked` that are not wiped out. */
  let open = asked.size
  const isAnswered = () => asked.size > 0 && open === 0
  const demand = (stem: StemId) => {
    if (wiped.has(stem) || domains.findSupport(~stem, -1, stem, () => true)) return
    wiped.add(stem)
    if (asked.has(stem)) open -= 1
  }
  const activate = (stem: StemId) => {
    if (domains.activate(stem) && isMandatory(stem)) demand(stem)
  }
  /** Gives what a removed version supported another support. */
  const replace = (id: PackageId) => {
    const stem = universe.catalog.packageStem[id]!
    if (id === question.base[stem] && activation.isUnchanged(stem)) activation.eachWaiting(stem, activate)
    const list = domains.takeSupported(id)
    for (let index = 0; index < list.length; index += 2) {
      const supported = list[index]!
      if (supported < 0) demand(~supported)
      else if (states[supported] === State.live && !isSupported(supported, list[index + 1]!))
        domains.remove(supported)
    }
  }
  const revise = createRevision(search, domains, isNeeded, isSupported)
  for (const stem of asked) if (isMandatory(stem)) demand(stem)
  if (!isAnswered()) {
    for (const stem of question.request.order) if (isMandatory(stem)) demand(stem)
    for (const stem of cuts.installed()) {
      activate(stem)
      domains.remove(question.base[stem]!)
    }
    for (const stem of universe.installedStems) if (isMandatory(stem) && domains.isRevised(stem)) demand(stem)
  }
  while (!isAnswered()) {
    const gone = domains.removed.pop()
    if (gone !== undefined) {
      replace(gone)
      continue
    }
    const id = domains.unrevised.pop()
    if (id === undefined) break
    if (states[id] === State.live) revise(id)
  }
  return wiped
}

const State = { unseen: 0, live: 1, removed: 2 } as const

/**
 * The remaining versions of each stem, and the dependencies that each supports. Packages that are cut (`isCut`) support no dependency from
 * the start.
 */
function createDomains({ question, encoder }: Session, isCut: (id: PackageId) => boolean) {
  const { catalog } = question.universe
  const { activation, variables } = encoder
  const states = new Uint8Array(catalog.packageCount)
  const supportedBy = new Map<PackageId, number[]>()
  const unrevised: PackageId[] = []
  const removed: PackageId[] = []
  /** Unchanged stems that are revised. Unchanged stems meet the dependencies of the others, until one of them loses its version. */
  const activated = new Set(activation.activated())
  /** By stem: all candidates above this position are removed. */
  const tops = new Map<StemId, number>()
  const isRevised = (stem: StemId) => !activation.isUnchanged(stem) || activated.has(stem)
  const addSupport = (supported: number, dependency: number, stem: StemId, id: PackageId) => {
    if (states[id] === State.unseen) {
      states[id] = State.live
      const isMetAlready = id === question.base[stem] && !isRevised(stem)
      if (!isMetAlready && !isObsolete(catalog, id)) unrevised.push(id)
    }
    memo(supportedBy, id, (): number[] => []).push(supported, dependency)
    return true
  }
  return {
    /** One of `State` by package. */
    states,
    /** Live versions that are not revised yet. */
    unrevised,
    /** Removed versions whose dependents have no other support yet. */
    removed,
    /** True if the versions of the stem are revised: it is not assumed unchanged, or it is activated. */
    isRevised,
    /** Activates an unchanged stem: its version is revised from then on. False if it is active already. */
    activate(stem: StemId): boolean {
      if (isRevised(stem)) return false
      activated.add(stem)
      if (states[question.base[stem]!] === State.live) unrevised.push(question.base[stem]!)
      return true
    },
    remove(id: PackageId) {
      if (states[id] === State.removed) return
      states[id] = State.removed
      removed.push(id)
    },
    /**
     * Notes the newest fitting version of a stem, or its unchanged one, as support of `supported`: a package, or `~stem` for "the
     * stem must be present". False if none remains.
     */
    findSupport(
      supported: number,
      dependency: number,
      stem: StemId,
      fits: (id: PackageId) => boolean,
    ): boolean {
      const present = question.base[stem]!
      const isLeft = (id: PackageId) => states[id] !== State.removed && fits(id) && !isCut(id)
      if (activation.isUnchanged(stem) && isLeft(present))
        return addSupport(supported, dependency, stem, present)
      const ids = variables.candidates(stem)
      let top = tops.get(stem) ?? ids.length - 1
      while (top >= 0 && states[ids[top]!] === State.removed) top -= 1
      tops.set(stem, top)
      for (let position = top; position >= 0; position -= 1) {
        const id = ids[position]!
        if (isLeft(id)) return addSupport(supported, dependency, stem, id)
      }
      return false
    },
    /** Removes and returns the support that a version gives, as pairs (supported, dependency). */
    takeSupported(id: PackageId): readonly number[] {
      const list = supportedBy.get(id) ?? []
      supportedBy.delete(id)
      return list
    },
  }
}

type Domains = ReturnType<typeof createDomains>

/** Dependency types by which a version of a named package needs a stem. */
const NEEDS = typeBits(Depend.require, Depend.group, Depend.conditional)

/** Whether every answer needs a stem, by the rules that the reference client applies without a search. */
type IsNeeded = (stem: StemId) => boolean

/**
 * Needed stems are the named ones, the installed ones that are not removed, and the stems that every version of a named stem needs. A version
 * does not count if no candidate meets one of its own needs.
 */
function findNeeded(search: Search, isCut: (id: PackageId) => boolean): IsNeeded {
  const { question, session } = search
  const { universe } = question
  const { catalog } = universe
  const { candidates } = session.encoder.variables
  const hasRole = (stem: StemId) => mustBePresent(question, stem) || question.role(stem) === Role.avoided
  const left = (stem: StemId) => candidates(stem).filter((id) => !isCut(id))
  const isSupported = createSupportTest(
    search,
    { findSupport: (_, __, stem, fits) => left(stem).some(fits) },
    hasRole,
  )
  /** The stems that a package needs; undefined if no candidate meets one of its needs. */
  const needsOf = (id: PackageId) => {
    const needs = new Set<StemId>()
    const lacking = universe.findOfTypes(id, PULLS, (dependency) => {
      const type = catalog.dependencyType[dependency]!
      const stem = catalog.targetStem[firstTarget(catalog, dependency)]!
      const isSkipped = type === Depend.group && skipsMember(question, stem)
      if (((1 << type) & NEEDS) !== 0 && !isSkipped) needs.add(stem)
      return !isSupported(id, dependency)
    })
    return lacking < 0 ? needs : undefined
  }
  const added = new Set<StemId>()
  for (const named of question.request.order) {
    let common: ReadonlySet<StemId> | undefined
    for (const id of left(named).toReversed()) {
      if (common?.size === 0) break
      const needs = needsOf(id)
      if (needs === undefined) continue
      common = common === undefined ? needs : new Set([...common].filter((stem) => needs.has(stem)))
    }
    for (const stem of common ?? []) added.add(stem)
  }
  return (stem) => hasRole(stem) || added.has(stem)
}

type SupportTest = (id: PackageId, dependency: number) => boolean

/** Returns a test whether a dependency of a package has a support, or needs none. */
function createSupportTest(
  { question, trim }: Search,
  { findSupport }: Pick<Domains, 'findSupport'>,
  isNeeded: IsNeeded,
): SupportTest {
  const { universe } = question
  const { catalog } = universe
  const findTarget = (id: PackageId, dependency: number, target: number) => {
    const low = catalog.targetLow[target]!
    const fits = (other: PackageId) => other >= low && !isObsolete(catalog, other)
    return findSupport(id, dependency, catalog.targetStem[target]!, fits)
  }
  const isKnown = (stem: StemId) => packagesOf(catalog, stem).some(universe.known)
  const findMember = (id: PackageId, dependency: number) => {
    const stems = Array.from(targetsOf(catalog, dependency), (target) => catalog.targetStem[target]!)
    const members = stems.filter((stem) => !skipsMember(question, stem) && isKnown(stem))
    return members.length === 0 || members.some((stem) => findSupport(id, dependency, stem, () => true))
  }
  /** A held package allows every version that it incorporates, also a version that other rules exclude. */
  const isHeld = (id: PackageId) => trim.holds.held.has(catalog.packageStem[id]!)
  const findInside = (id: PackageId, dependency: number, target: number) => {
    const stem = catalog.targetStem[target]!
    const fits = (other: PackageId) => isInsideTarget(catalog, target, other)
    if (catalog.targetVersion[target]! < 0 || findSupport(id, dependency, stem, fits)) return true
    return isHeld(id) && packagesOf(catalog, stem).some((other) => universe.known(other) && fits(other))
  }
  return (id, dependency) => {
    const target = firstTarget(catalog, dependency)
    const stem = catalog.targetStem[target]!
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
      case Depend.requireAny:
        return targetsOf(catalog, dependency).some((choice) => findTarget(id, dependency, choice))
      case Depend.group:
      case Depend.groupAny:
        return findMember(id, dependency)
      case Depend.incorporate:
        return findInside(id, dependency, target)
      case Depend.optional:
        return findSupport(id, dependency, stem, (other) => other >= catalog.targetLow[target]!)
      case Depend.exclude:
        return findSupport(id, dependency, stem, (other) => other < catalog.targetLow[target]!)
      default: {
        const cause = catalog.targetStem[catalog.dependencyPredicate[dependency]!]!
        return !isNeeded(cause) || findTarget(id, dependency, target)
      }
    }
  }
}

/** Returns the revision of a version: removes it if one of its dependencies has no support. */
function createRevision(
  { question, trim }: Search,
  { remove }: Domains,
  isNeeded: IsNeeded,
  isSupported: SupportTest,
): (id: PackageId) => void {
  const { universe } = question
  const { catalog } = universe
  /** Dependencies without any support left: versions of a stem mostly fail for the same one. */
  const unsupported = new Set<number>()
  const needsSupport = (dependency: number) => {
    const bit = 1 << catalog.dependencyType[dependency]!
    if ((bit & (PULLS | LIMITS)) === 0) return false
    if ((bit & LIMITS) !== 0 && !isNeeded(catalog.targetStem[firstTarget(catalog, dependency)]!)) return false
    return universe.conditionHolds(catalog.dependencyCondition[dependency]!)
  }
  return (id) => {
    const own = dependenciesOf(catalog, id)
    // A held package may keep a dependency that removes others.
    const isHeld = trim.holds.held.has(catalog.packageStem[id]!)
    if (!isHeld && unsupported.size > 0 && own.some((dependency) => unsupported.has(dependency)))
      return remove(id)
    for (const dependency of own) {
      if (!needsSupport(dependency) || isSupported(id, dependency)) continue
      unsupported.add(dependency)
      return remove(id)
    }
  }
}

/** Types that can only wipe out stems that every answer needs. */
const LIMITS = typeBits(Depend.incorporate, Depend.optional, Depend.exclude)
