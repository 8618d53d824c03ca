import { dependencyTypes, formatVersion, type PackageId, type StemId } from '#model'
import type { Fact, FactKind } from '../explanation.ts'
import {
  Depend,
  firstTarget,
  isObsolete,
  packagesOf,
  targetsOf,
  type Universe,
  versionOf,
} from '../lookup/universe.ts'
import { createImageTests, SELF_TARGET } from '../question/image-tests.ts'
import type { Question } from '../question/question.ts'
import { Exclusion } from '../rules/trim.ts'

/** A fact with the stems that it concerns. */
export interface PlacedFact {
  readonly fact: Fact
  readonly stem: StemId
  /** Stems that the fact constrains because of `stem`. */
  readonly leadsTo: readonly StemId[]
  /** Id of the dependency that the fact states; absent for rules. */
  readonly dependency?: number
}

/** Version of a package as texts show it. */
export function shortVersion(universe: Universe, id: PackageId): string {
  const version = versionOf(universe.catalog, id)
  return version === undefined ? universe.catalog.packageVersion(id) : formatVersion(version, 'short')
}

/** Packages of one stem as a name with versions: `lynx`, `lynx@2`, `lynx 2 to 4`, `lynx 1, 3 to 4`. */
export function describePackages(universe: Universe, stem: StemId, ids: readonly PackageId[]): string {
  const { catalog } = universe
  const name = catalog.stemName(stem)
  const first = catalog.stemStart[stem]!
  const all = catalog.stemStart[stem + 1]! - first
  if (ids.length === 1) return `${name}@${shortVersion(universe, ids[0]!)}`
  if (ids.length === all) return name
  return `${name} ${versionRanges(universe, ids)}`
}

/** `1, 3 to 4`; ids ascending. */
function versionRanges(universe: Universe, ids: readonly PackageId[]): string {
  const parts: string[] = []
  for (let start = 0; start < ids.length; ) {
    let end = start
    while (ids[end + 1] === ids[end]! + 1) end += 1
    const low = shortVersion(universe, ids[start]!)
    const high = shortVersion(universe, ids[end]!)
    parts.push(low === high ? low : `${low} to ${high}`)
    start = end + 1
  }
  return parts.join(', ')
}

/** The fact that some packages of a stem have a dependency. */
export function dependencyFact(
  question: Question,
  stem: StemId,
  ids: readonly PackageId[],
  dependency: number,
): PlacedFact {
  const { universe } = question
  const { catalog } = universe
  const type = catalog.dependencyType[dependency]!
  const targets = Array.from(targetsOf(catalog, dependency))
  const text = (target: number) => {
    const version = catalog.targetVersion[target]!
    const name = catalog.stemName(catalog.targetStem[target]!)
    return version < 0 || type === Depend.group ? name : `${name}@${catalog.text(version)}`
  }
  const target = firstTarget(catalog, dependency)
  const several = type === Depend.requireAny || type === Depend.groupAny
  const version = catalog.targetVersion[target]!
  const base: Fact = {
    kind: dependencyTypes[type]!,
    subject: describePackages(universe, stem, ids),
    object: several ? targets.map(text).join(', ') : catalog.stemName(catalog.targetStem[target]!),
  }
  const withRange =
    several || version < 0 || type === Depend.group ? base : { ...base, range: catalog.text(version) }
  const predicate = catalog.dependencyPredicate[dependency]!
  const fact = type === Depend.conditional ? { ...withRange, reason: text(predicate) } : withRange
  const leadsTo = targets.map((id) => catalog.targetStem[id]!)
  if (type === Depend.conditional) leadsTo.push(catalog.targetStem[predicate]!)
  return { fact, stem, leadsTo, dependency }
}

/** The `reason` of a fact about a stem that a package actuator names or removes; empty where the request does so. */
export function causeOf({ universe, request }: Question, stem: StemId): { readonly reason?: string } {
  const cause = request.causeOf.get(stem)
  return cause === undefined
    ? {}
    : { reason: universe.catalog.stemName(universe.catalog.packageStem[cause]!) }
}

/** The fact behind one rule (of `Exclusion`) that excludes the packages `ids` of a stem. */
export function exclusionFact(
  question: Question,
  stem: StemId,
  ids: readonly PackageId[],
  exclusion: number,
): PlacedFact {
  const { universe } = question
  const { catalog, snapshot } = universe
  const name = catalog.stemName(stem)
  const present = question.base[stem]!
  const have = present < 0 ? '' : shortVersion(universe, present)
  const place = (fact: Fact): PlacedFact => ({ fact, stem, leadsTo: [] })
  switch (exclusion) {
    case Exclusion.rejected:
      return place({
        kind:
          question.request.patternOf.has(stem) || question.request.causeOf.has(stem) ? 'removed' : 'reject',
        subject: name,
        ...causeOf(question, stem),
      })
    case Exclusion.downgrade:
      return place({ kind: 'floor', subject: name, object: have })
    case Exclusion.held: {
      const hold = catalog.packageHold[present]!
      const fact: Fact = { kind: 'held', subject: name, range: have }
      return place(hold < 0 ? fact : { ...fact, reason: catalog.text(hold) })
    }
    case Exclusion.frozen: {
      const freeze = snapshot.frozen.find((entry) => entry.stem === name)
      const fact: Fact = { kind: 'freeze', subject: name, range: freeze?.version ?? '' }
      return place(freeze?.reason === undefined ? fact : { ...fact, reason: freeze.reason })
    }
    case Exclusion.publisher: {
      if (ids.every((id) => universe.enabled[catalog.packagePublisher[id]!] !== 1)) {
        return place({ kind: 'unknown', subject: describePackages(universe, stem, ids) })
      }
      const others = new Set(ids.map((id) => catalog.publishers[catalog.packagePublisher[id]!]!))
      const range = versionRanges(universe, ids)
      const fact: Fact = { kind: 'publisher', subject: name, object: [...others].join(', '), range }
      const own = present < 0 ? undefined : catalog.publishers[catalog.packagePublisher[present]!]
      return place(own === undefined ? fact : { ...fact, reason: own })
    }
    case Exclusion.origin:
    case Exclusion.parent:
      return imageTestFact(question, stem, ids, exclusion)
    case Exclusion.variant: {
      const tags = catalog.condition(catalog.packageVariants[ids[ids.length - 1]!]!)
      const wrong = tags.find((tag) => {
        const value = snapshot.variants.get(tag.name)
        return value !== undefined && !tag.values.includes(value)
      })
      const fact: Fact = { kind: 'variant', subject: describePackages(universe, stem, ids) }
      if (wrong === undefined) return place(fact)
      const own = snapshot.variants.get(wrong.name) ?? ''
      return place({ ...fact, object: `${wrong.name}=${wrong.values.join(' or ')}`, reason: own })
    }
    case Exclusion.explicitInstall:
      return place({ kind: 'explicit-install', subject: describePackages(universe, stem, ids) })
    case Exclusion.unsupported:
      return place({ kind: 'unsupported', subject: describePackages(universe, stem, ids) })
    default:
      return place({ kind: 'unknown', subject: describePackages(universe, stem, ids) })
  }
}

/** The fact that a held package keeps a stem inside a target. */
export function incorporatedFact(
  question: Question,
  stem: StemId,
  target: number,
  holder: PackageId,
): PlacedFact {
  const { universe } = question
  const { catalog } = universe
  const subject = describePackages(universe, catalog.packageStem[holder]!, [holder])
  const range = catalog.text(catalog.targetVersion[target]!)
  const fact: Fact = { kind: 'incorporate', subject, object: catalog.stemName(stem), range }
  return { fact, stem: catalog.packageStem[holder]!, leadsTo: [stem] }
}

/** The fact behind the first dependency of the newest package that fails its test against the parent image or the image itself. */
function imageTestFact(
  question: Question,
  stem: StemId,
  ids: readonly PackageId[],
  exclusion: number,
): PlacedFact {
  const { universe } = question
  const { catalog, snapshot } = universe
  const tests = createImageTests(universe)
  const newest = ids[ids.length - 1]!
  const dependency =
    exclusion === Exclusion.origin ? tests.failingOrigin(newest) : tests.failingParent(newest)
  const target = firstTarget(catalog, dependency)
  const name = catalog.stemName(catalog.targetStem[target]!)
  const object = name === SELF_TARGET ? catalog.stemName(stem) : name
  const version = catalog.targetVersion[target]!
  const have =
    exclusion === Exclusion.origin
      ? tests.originVersion(dependency)
      : snapshot.parent?.find((fmri) => fmri.stem === object)?.version
  const text = have === undefined ? undefined : formatVersion(have, 'short')
  const subject = describePackages(universe, stem, ids)
  const fact: Fact = {
    kind: exclusion === Exclusion.origin ? 'origin' : 'parent',
    subject,
    object,
    ...(version < 0 ? {} : { range: catalog.text(version) }),
    ...(text === undefined ? {} : { reason: exclusion === Exclusion.origin ? text : `${object}@${text}` }),
    ...(catalog.dependencyRootImage[dependency] === 1 ? { place: 'root' as const } : {}),
  }
  return { fact, stem, leadsTo: [] }
}

/** For each target of some dependencies that no publisher offers, or only as obsolete: the fact that says so. */
export function missingFacts(
  question: Question,
  dependents: readonly { readonly stem: StemId; readonly dependency: number }[],
): readonly PlacedFact[] {
  const { catalog } = question.universe
  const facts = new Map<number, PlacedFact>()
  const pulls: readonly number[] = [Depend.require, Depend.requireAny, Depend.conditional, Depend.incorporate]
  for (const { dependency } of dependents) {
    const type = catalog.dependencyType[dependency]!
    if (!pulls.includes(type)) continue
    for (const target of targetsOf(catalog, dependency)) {
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
        const ids = packagesOf(catalog, stem).subarray(low - high)
        if (ids.every((id) => isObsolete(catalog, id))) put(ranged({ kind: 'obsolete', subject }))
      }
    }
  }
  return [...facts.values()]
}

/** Most facts that are put in order, because the time grows with their square. */
const MOST_ORDERED = 500

const REQUEST_KINDS: readonly FactKind[] = ['named', 'newer', 'removed', 'reject']

/** Orders facts from the request along the dependencies to the contradiction. */
export function inOrder(placed: readonly PlacedFact[]): readonly PlacedFact[] {
  if (placed.length > MOST_ORDERED) return placed
  const rest = [...placed]
  const result: PlacedFact[] = []
  const reached = new Set<StemId>()
  const take = (index: number) => {
    const [next] = rest.splice(index, 1)
    result.push(next!)
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
