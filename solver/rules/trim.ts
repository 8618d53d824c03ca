import type { PackageId, StemId, Version } from '#model'
import { GrowingInts, isInside, PackageFlag, parseVersion } from '#model'
import { stemsOutOfStep } from '../lookup/installed-dependencies.ts'
import { isInsideTarget, isObsolete, versionOf } from '../lookup/universe.ts'
import { createImageTests, type ImageTests } from '../question/image-tests.ts'
import type { Question } from '../question/question.ts'
import { Role } from '../question/question.ts'
import { findDowngrades } from './downgrades.ts'
import { findHolds, type Holds, withoutIgnored } from './holds.ts'

/** Why a package is no candidate. Bits, because several rules may exclude the same package. */
export const Exclusion = {
  /** No enabled publisher offers it. */
  unknown: 1,
  publisher: 2,
  variant: 4,
  origin: 8,
  parent: 16,
  explicitInstall: 32,
  unsupported: 64,
  named: 128,
  /** Older than the installed package, and neither named nor permitted. */
  downgrade: 256,
  held: 512,
  incorporated: 1024,
  frozen: 2048,
  rejected: 4096,
} as const

/** Exclusions that neither the request nor the administrator caused: a group member with one of them is vacuous. Source: solver-semantics §4.1. */
export const STATIC_EXCLUSIONS =
  Exclusion.unknown |
  Exclusion.publisher |
  Exclusion.variant |
  Exclusion.origin |
  Exclusion.parent |
  Exclusion.explicitInstall |
  Exclusion.unsupported

/** The rules that select the candidates, stem by stem on demand. Source: solver-semantics §4.1, §5.1 to §5.4. */
export interface Trim {
  readonly holds: Holds
  /** Packages older than installed that may be candidates, with the packages that permit them. */
  readonly downgrades: ReadonlyMap<PackageId, readonly PackageId[]>
  /** Bits of `Exclusion` for each package of a stem, in order of id. */
  exclusions(stem: StemId): Int32Array
  /** Packages that no rule excludes: ascending by version, those of equal version with the best publisher last. */
  candidates(stem: StemId): Int32Array
  /**
   * The search may assume the stem unchanged: it must stay, and its installed package is its oldest candidate (on update of
   * everything its only one).
   */
  mayStayUnchanged(stem: StemId): boolean
  /** Parsed version of the freeze on a stem. */
  freezeOf(stem: StemId): Version | undefined
  /** The request names an older version, so the no-downgrade bound does not apply to the stem. */
  isDowngradeAsked(stem: StemId): boolean
  /** The rules of the same request for a question that ignores dependencies: these exclude nothing. */
  ignoring(less: Question): Trim
}

/**
 * `looseParents`: the parent dependencies of installed packages are not tested, for the second try in a child image that is out of
 * step with its parent. Source: solver-semantics §5.7.
 */
export function createTrim(question: Question, { looseParents } = { looseParents: false }): Trim {
  const { universe } = question
  const freezes = readFreezes(question)
  const holds = findHolds(question, { relaxLinked: !looseParents })
  const context: Context = {
    question,
    freezes,
    holds,
    images: createImageTests(universe),
    looseParents,
    testsImages: universe.testsImages(),
    downgrades: new Map(),
  }
  return trimOf({ ...context, downgrades: downgradesOf(context) })
}

/** See `Trim.downgrades`. */
function downgradesOf(context: Context): Trim['downgrades'] {
  const { question } = context
  if (!startsDowngrades(question)) return new Map()
  const { packageStem } = question.universe.catalog
  const exclusions = new Int32Array(1)
  let rules: StemRules | undefined
  return findDowngrades(question, (id) => {
    const stem = packageStem[id]!
    if (rules?.stem !== stem) rules = rulesOf(context, stem)
    writeExclusions(context, rules, id, id + 1, exclusions)
    return exclusions[0] === 0
  })
}

function trimOf(complete: Context): Trim {
  const { question, freezes, holds, downgrades } = complete
  const { catalog } = question.universe
  /** Exclusions of the current stem. */
  const scratch = new GrowingInts(64)
  const readExclusions = (rules: StemRules, first: PackageId, end: PackageId) => {
    scratch.lengthen(end - first)
    writeExclusions(complete, rules, first, end, scratch.backing)
    return scratch.backing
  }
  let outOfStep: ReadonlySet<StemId> | undefined
  const withDowngrades = new Set([...downgrades.keys()].map((id) => catalog.packageStem[id]!))
  return {
    holds,
    downgrades,
    exclusions(stem) {
      const first = catalog.stemStart[stem]!
      const end = catalog.stemStart[stem + 1]!
      return readExclusions(rulesOf(complete, stem), first, end).slice(0, end - first)
    },
    candidates(stem) {
      if (question.role(stem) === Role.rejected) return new Int32Array(0)
      const plain = plainCandidates(complete, stem)
      if (plain !== undefined) return plain
      const first = firstNotOlder(complete, withDowngrades, stem)
      const end = catalog.stemStart[stem + 1]!
      const exclusions = readExclusions(rulesOf(complete, stem), first, end)
      let count = 0
      for (let index = 0; index < end - first; index += 1) if (exclusions[index] === 0) count += 1
      const ids = new Int32Array(count)
      count = 0
      for (let id = first; id < end; id += 1) {
        if (exclusions[id - first] !== 0) continue
        ids[count] = id
        count += 1
      }
      return sortByRank(question, ids)
    },
    mayStayUnchanged(stem) {
      const present = question.base[stem]!
      if (present < 0 || question.role(stem) !== Role.keep) return false
      if (question.everything && present !== catalog.stemStart[stem + 1]! - 1) return false
      if (withDowngrades.has(stem) || isObsolete(catalog, present)) return false
      const fits = ({ target }: { readonly target: number }) => isInsideTarget(catalog, target, present)
      outOfStep ??= stemsOutOfStep(question.universe)
      if (outOfStep.has(stem) && holds.insideOf.get(stem)?.every(fits) === false) return false
      return slowExclusions(complete, { stem, freeze: freezes.get(stem) }, present) === 0
    },
    freezeOf: (stem) => freezes.get(stem),
    isDowngradeAsked: (stem) => isDowngradeAsked(question, stem),
    ignoring: (less) => trimOf({ ...complete, question: less, holds: withoutIgnored(holds, less) }),
  }
}

interface Context {
  readonly question: Question
  readonly freezes: ReadonlyMap<StemId, Version>
  readonly holds: Holds
  readonly images: ImageTests
  readonly looseParents: boolean
  /** Some dependency of the catalog is a test against an image. */
  readonly testsImages: boolean
  readonly downgrades: ReadonlyMap<PackageId, readonly PackageId[]>
}

/** The rules for the packages of one stem. */
interface StemRules {
  readonly stem: StemId
  readonly present: PackageId
  /** Version class of the installed package, or -1. */
  readonly presentClass: number
  readonly named: boolean
  readonly rejected: boolean
  readonly held: boolean
  readonly inside: ReturnType<Holds['insideOf']['get']>
  readonly freeze: Version | undefined
  /** The publisher of all packages that may come, unless the stem is named. */
  readonly best: number
}

function rulesOf(context: Context, stem: StemId): StemRules {
  const { question, holds, freezes } = context
  const present = question.base[stem]!
  return {
    stem,
    present,
    presentClass: present < 0 ? -1 : question.universe.catalog.packageVersionClass[present]!,
    named: question.request.named.has(stem),
    rejected: question.request.rejected.has(stem),
    held: holds.held.has(stem),
    inside: holds.insideOf.get(stem),
    freeze: freezes.get(stem),
    best: bestPublisher(context, stem),
  }
}

/** Only these requests start downgrades; uninstall and change-* do not. */
function startsDowngrades(question: Question): boolean {
  return question.everything || question.request.named.size > 0
}

function readFreezes(question: Question): ReadonlyMap<StemId, Version> {
  const freezes = new Map<StemId, Version>()
  if (question.exact) return freezes
  for (const freeze of question.universe.snapshot.frozen) {
    const stem = question.universe.catalog.findStem(freeze.stem)
    const version = parseVersion(freeze.version)
    if (stem >= 0 && version.ok) freezes.set(stem, version.value)
  }
  return freezes
}

function isDowngradeAsked(question: Question, stem: StemId): boolean {
  const { packageVersionClass } = question.universe.catalog
  const named = question.request.named.get(stem)
  const present = question.base[stem]!
  if (named === undefined || present < 0) return false
  if (question.request.lowered.has(stem)) return true
  return packageVersionClass[named[named.length - 1]!]! < packageVersionClass[present]!
}

/** The publisher that a stem neither named nor installed from a sticky publisher comes from, or -1. Source: solver-semantics §5.1. */
function bestPublisher(context: Context, stem: StemId): number {
  const { universe, base } = context.question
  const { catalog, rank, enabled, sticky } = universe
  const present = base[stem]!
  if (present >= 0 && sticky[catalog.packagePublisher[present]!] === 1)
    return catalog.packagePublisher[present]!
  let best = -1
  for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
    const publisher = catalog.packagePublisher[id]!
    if (enabled[publisher] !== 1 || (catalog.packageFlags[id]! & PackageFlag.installedOnly) !== 0) continue
    if (best < 0 || rank[publisher]! < rank[best]!) best = publisher
  }
  return best
}

/** Writes the bits of `Exclusion` of the packages of a stem from `first` up to `end` to `result`, from its start and in order of id. */
function writeExclusions(
  context: Context,
  rules: StemRules,
  first: PackageId,
  end: PackageId,
  result: Int32Array,
): void {
  const { question, testsImages } = context
  const { catalog, enabled, installed } = question.universe
  const { packageFlags, packagePublisher, packageVariants, packageVersionClass } = catalog
  const { stem, present, presentClass, inside, best, named, held, freeze } = rules
  /** Variants of the last package that the image supports: packages of a stem mostly have the same. */
  let variants = NO_VARIANTS
  // One loop with few calls, because the interpreter runs it first, for tens of thousands of packages.
  for (let id = first; id < end; id += 1) {
    const flags = packageFlags[id]!
    const publisher = packagePublisher[id]!
    const versionClass = packageVersionClass[id]!
    let exclusions = rules.rejected ? Exclusion.rejected : 0
    if ((enabled[publisher] !== 1 || (flags & PackageFlag.installedOnly) !== 0) && installed[stem] !== id)
      exclusions |= Exclusion.unknown
    if (named) {
      if (!question.namedPackages.has(id)) exclusions |= Exclusion.named
    } else if (id !== present && (publisher !== best || versionClass === presentClass))
      exclusions |= Exclusion.publisher
    if (versionClass < presentClass && isForbiddenDowngrade(context, stem, id))
      exclusions |= Exclusion.downgrade
    if (held && id !== present) exclusions |= Exclusion.held
    if (inside !== undefined) {
      for (const { target } of inside)
        if (!isInsideTarget(catalog, target, id)) exclusions |= Exclusion.incorporated
    }
    if (flags !== 0 || freeze !== undefined || testsImages) exclusions |= slowExclusions(context, rules, id)
    else if (packageVariants[id] !== variants) {
      const slow = slowExclusions(context, rules, id)
      if (slow === 0) variants = packageVariants[id]!
      exclusions |= slow
    }
    result[id - first] = exclusions
  }
}

/** A package without variants; others have an index of 0 or more. */
const NO_VARIANTS = -1

/**
 * All packages of a stem, if no rule can exclude one of them: that is so for most stems that are not installed. Undefined for the
 * other stems.
 */
function plainCandidates(context: Context, stem: StemId): Int32Array | undefined {
  const { question, holds, freezes, testsImages } = context
  const { request, universe } = question
  const { stemStart, packageFlags, packagePublisher, packageVariants } = universe.catalog
  const isRuled =
    question.base[stem]! >= 0 ||
    request.named.has(stem) ||
    holds.insideOf.get(stem) !== undefined ||
    freezes.has(stem)
  const first = stemStart[stem]!
  const length = stemStart[stem + 1]! - first
  if (isRuled || testsImages || length === 0) return undefined
  const publisher = packagePublisher[first]!
  const variants = packageVariants[first]!
  if (universe.enabled[publisher] !== 1 || (variants >= 0 && !universe.variantsSupported(first)))
    return undefined
  const ids = new Int32Array(length)
  // One loop without calls, because the interpreter runs it first, for tens of thousands of packages.
  for (let index = 0; index < length; index += 1) {
    const id = first + index
    if (
      (packageFlags[id]! & RULED) !== 0 ||
      packagePublisher[id] !== publisher ||
      packageVariants[id] !== variants
    )
      return undefined
    ids[index] = id
  }
  return ids
}

/** Flags for which a rule may exclude a package. */
const RULED = PackageFlag.installedOnly | PackageFlag.unsupported | PackageFlag.explicitInstall

/** Exclusions that need the version, tags or dependencies of a package. */
function slowExclusions(
  context: Context,
  { stem, freeze }: Pick<StemRules, 'stem' | 'freeze'>,
  id: PackageId,
): number {
  const { universe } = context.question
  const { catalog } = universe
  let exclusions = 0
  if (freeze !== undefined) {
    const version = versionOf(catalog, id)
    if (version === undefined || !isInside(version, freeze)) exclusions |= Exclusion.frozen
  }
  if (catalog.packageVariants[id]! >= 0 && !universe.variantsSupported(id)) exclusions |= Exclusion.variant
  const flags = catalog.packageFlags[id]!
  if (flags !== 0) {
    if ((flags & PackageFlag.unsupported) !== 0) exclusions |= Exclusion.unsupported
    if ((flags & PackageFlag.explicitInstall) !== 0 && !mayBePulled(context, stem, id))
      exclusions |= Exclusion.explicitInstall
  }
  return context.testsImages ? exclusions | imageExclusions(context, id) : exclusions
}

function isForbiddenDowngrade(context: Context, stem: StemId, id: PackageId): boolean {
  const { question, downgrades } = context
  if (question.isLeaving(stem) && !question.request.named.has(stem)) return false
  return !isDowngradeAsked(question, stem) && !downgrades.has(id)
}

/** First package of a stem that is no forbidden downgrade: most installed stems have a long past that need not be read. */
function firstNotOlder(context: Context, withDowngrades: ReadonlySet<StemId>, stem: StemId): PackageId {
  const { universe, base } = context.question
  const { stemStart, packageVersionClass } = universe.catalog
  const first = stemStart[stem]!
  let id = base[stem]!
  if (id < 0 || withDowngrades.has(stem) || !isForbiddenDowngrade(context, stem, -1)) return first
  while (id > first && packageVersionClass[id - 1] === packageVersionClass[id]) id -= 1
  return id
}

/** Dependencies that are tests against an image instead of clauses. */
function imageExclusions({ question, images, looseParents }: Context, id: PackageId): number {
  // Under exact-install no package counts as installed, so no package is exempt.
  const exempt = looseParents && question.base[question.universe.catalog.packageStem[id]!] === id
  const origin = images.failingOrigin(id) < 0 ? 0 : Exclusion.origin
  return exempt || images.failingParent(id) < 0 ? origin : origin | Exclusion.parent
}

/** Whether a package marked explicit-install may be used although the very package is not named. */
function mayBePulled({ question, images }: Context, stem: StemId, id: PackageId): boolean {
  if (question.namedPackages.has(id) || question.base[stem]! >= 0) return true
  return images.parentHas(stem) && images.followsParent(id)
}

/** Sorts packages of equal version by publisher, best last, and keeps the order of the catalog otherwise. */
function sortByRank(question: Question, ids: Int32Array): Int32Array {
  const { catalog, rank } = question.universe
  const classes = catalog.packageVersionClass
  for (let index = 1; index < ids.length; index += 1) {
    if (classes[ids[index]!] !== classes[ids[index - 1]!]) continue
    return ids.sort(
      (a, b) =>
        classes[a]! - classes[b]! ||
        rank[catalog.packagePublisher[b]!]! - rank[catalog.packagePublisher[a]!]!,
    )
  }
  return ids
}
