import type { PackageId, Pattern, PublisherName, Result, SolveRequest, StemId } from '#model'
import {
  distinctPatterns,
  err,
  largest,
  ok,
  PackageFlag,
  parsePattern,
  smallest,
  stemMatcher,
  versionMatcher,
} from '#model'
import { memo } from '../lookup/memo.ts'
import {
  Depend,
  firstTarget,
  fmriOf,
  packagesOf,
  typeBits,
  type Universe,
  versionOf,
} from '../lookup/universe.ts'
import type { PatternMiss, SolverProblem } from '../problems.ts'
import { withActuators } from './actuators.ts'
import { type Missed, withNearest } from './nearest.ts'
import { emptyRequest, type ResolvedRequest } from './question.ts'

interface Match {
  readonly pattern: Pattern
  readonly stems: ReadonlyMap<StemId, readonly PackageId[]>
}

/**
 * Resolves the patterns of a request to stems and packages. Problems: `bad_patterns`, `no_candidates`, `ambiguous`, `multispec`.
 * Source: solver-semantics §3.
 */
export function resolvePatterns(
  universe: Universe,
  request: SolveRequest,
): Result<ResolvedRequest, SolverProblem> {
  const resolved = readPatterns(universe, request)
  // An exact-install is solved as if nothing were installed, so it removes nothing.
  if (!resolved.ok || request.operation === 'exact-install' || resolved.value.rejected.size === 0)
    return resolved
  return ok(
    withActuators(universe, resolved.value, (stem, ids, explicit) =>
      ids.length === 0 ? ids : oneSource(universe, stem, ids, explicit),
    ),
  )
}

function readPatterns(universe: Universe, request: SolveRequest): Result<ResolvedRequest, SolverProblem> {
  const parsed = parseAll([...request.patterns, ...request.reject])
  if (!parsed.ok) return parsed
  const patterns = distinctPatterns(parsed.value.slice(0, request.patterns.length))
  const rejected = rejectedStems(universe, request, parsed.value.slice(request.patterns.length))
  if (!rejected.ok) return rejected
  const everything = request.operation === 'update' && patterns.length === 0
  if (everything) return ok({ ...emptyRequest, rejected: rejected.value, everything: true })
  const matches: Match[] = []
  const misses: Missed[] = []
  const ambiguous: Extract<SolverProblem, { code: 'ips::solver_error::ambiguous' }>['patterns'][number][] = []
  for (const pattern of patterns) {
    const found = matchPattern(universe, request, pattern, rejected.value)
    if (typeof found === 'string') {
      if (found === 'not-installed' && request.ignoreMissing) continue
      misses.push({ text: pattern.text, name: pattern.name, why: found })
      continue
    }
    const stems = pattern.matcher === 'glob' ? found : preferredStems(universe, found)
    if (pattern.matcher !== 'glob' && stems.size > 1) {
      const newest = [...stems.values()].map((ids) => fmriOf(universe.catalog, ids[ids.length - 1]!))
      ambiguous.push({ text: pattern.text, matches: newest })
    }
    matches.push({ pattern, stems })
  }
  if (misses.length > 0) return noCandidates(universe, request, misses)
  if (ambiguous.length > 0) return err({ code: 'ips::solver_error::ambiguous', patterns: ambiguous })
  return combine(universe, request, matches, rejected.value)
}

function parseAll(texts: readonly string[]): Result<readonly Pattern[], SolverProblem> {
  const patterns: Pattern[] = []
  const bad: { text: string; reason: string }[] = []
  for (const text of texts) {
    const parsed = parsePattern(text)
    if (parsed.ok) patterns.push(parsed.value)
    else bad.push({ text, reason: 'reason' in parsed.error ? parsed.error.reason : 'not a pattern' })
  }
  return bad.length > 0 ? err({ code: 'ips::solver_error::bad_patterns', patterns: bad }) : ok(patterns)
}

/** Stems whose name matches, in order of name. */
function stemsNamed(universe: Universe, pattern: Pattern): readonly StemId[] {
  const { catalog } = universe
  if (pattern.matcher === 'exact') {
    const stem = catalog.findStem(pattern.name)
    return stem < 0 ? [] : [stem]
  }
  // Other stems are only names in dependencies.
  const isKnown = (stem: StemId) => catalog.stemStart[stem]! < catalog.stemStart[stem + 1]!
  if (pattern.matcher === 'suffix') return catalog.stemsEnding(pattern.name).filter(isKnown)
  const fits = stemMatcher(pattern)
  const stems: StemId[] = []
  for (let stem = 0; stem < catalog.stemCount; stem += 1) {
    if (isKnown(stem) && fits(catalog.stemName(stem))) stems.push(stem)
  }
  return stems
}

/** Packages of a stem that the operation can select, ascending. */
function choosable(universe: Universe, request: SolveRequest, stem: StemId): readonly PackageId[] {
  const { catalog, installed } = universe
  if (request.operation === 'uninstall') return installed[stem]! < 0 ? [] : [installed[stem]!]
  if (request.operation === 'update' && installed[stem]! < 0) return []
  const ids: PackageId[] = []
  for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
    if (universe.known(id)) ids.push(id)
  }
  return ids
}

function rejectedStems(
  universe: Universe,
  request: SolveRequest,
  patterns: readonly Pattern[],
): Result<ReadonlySet<StemId>, SolverProblem> {
  const rejected = new Set<StemId>()
  const misses: Missed[] = []
  const { catalog } = universe
  for (const pattern of patterns) {
    const publisher = pattern.publisher === undefined ? -1 : publisherId(universe, pattern.publisher)
    const named = stemsNamed(universe, pattern)
    const offers = (stem: StemId, isWanted: (id: PackageId) => boolean) =>
      packagesOf(catalog, stem).some(
        (id) =>
          isWanted(id) && (pattern.publisher === undefined || catalog.packagePublisher[id] === publisher),
      )
    const stems = named.filter((stem) => offers(stem, universe.known))
    if (stems.length === 0 && !isForSettings(request)) {
      const why = named.some((stem) => offers(stem, () => true)) ? 'not-offered' : 'no-match'
      misses.push({ text: pattern.text, name: pattern.name, why })
    }
    for (const stem of stems) rejected.add(stem)
  }
  return misses.length === 0 ? ok(rejected) : noCandidates(universe, request, misses)
}

/** A change of settings ignores `--reject` patterns without a match, as the reference client does. */
function isForSettings({ operation }: SolveRequest): boolean {
  return operation === 'change-facet' || operation === 'change-variant'
}

function noCandidates(
  universe: Universe,
  request: SolveRequest,
  missed: readonly Missed[],
): Result<never, SolverProblem> {
  const patterns = withNearest(universe, request, missed)
  return err({ code: 'ips::solver_error::no_candidates', patterns, operation: request.operation })
}

function matchPattern(
  universe: Universe,
  request: SolveRequest,
  pattern: Pattern,
  rejected: ReadonlySet<StemId>,
): ReadonlyMap<StemId, readonly PackageId[]> | Missed['why'] {
  const { catalog } = universe
  const uninstall = request.operation === 'uninstall'
  const fits = versionMatcher(pattern)
  const publisher = pattern.publisher === undefined ? -1 : publisherId(universe, pattern.publisher)
  let someRejected = false
  let someOtherVariant = false
  let someChoice = false
  const isMeant = (id: PackageId) => {
    if (pattern.publisher !== undefined && catalog.packagePublisher[id] !== publisher) return false
    if (pattern.version === undefined || pattern.latest) return true
    const version = versionOf(catalog, id)
    return version !== undefined && fits(version)
  }
  const named = stemsNamed(universe, pattern)
  const stems = new Map<StemId, readonly PackageId[]>()
  for (const stem of named) {
    const ids: PackageId[] = []
    for (const id of choosable(universe, request, stem)) {
      someChoice = true
      if (!isMeant(id)) continue
      if (rejected.has(stem)) someRejected = true
      else if (!uninstall && !universe.variantsSupported(id)) someOtherVariant = true
      else ids.push(id)
    }
    if (ids.length > 0) stems.set(stem, ids)
  }
  if (stems.size > 0) return stems
  if (someRejected) return 'rejected'
  if (someOtherVariant) return 'wrong-variant'
  if (request.operation === 'update' || uninstall) return 'not-installed'
  const isHidden = !someChoice && named.some((stem) => packagesOf(catalog, stem).some(isMeant))
  return isHidden ? 'not-offered' : 'no-match'
}

function publisherId(universe: Universe, name: string): number {
  return universe.catalog.publishers.indexOf(name as PublisherName)
}

/** Prefers living stems to obsolete ones, and a renamed stem to its targets. */
function preferredStems(
  universe: Universe,
  found: ReadonlyMap<StemId, readonly PackageId[]>,
): ReadonlyMap<StemId, readonly PackageId[]> {
  if (found.size < 2) return found
  const { catalog } = universe
  const has = (ids: readonly PackageId[], flag: number) =>
    ids.some((id) => (catalog.packageFlags[id]! & flag) !== 0)
  const living = new Map([...found].filter(([, ids]) => !has(ids, PackageFlag.obsolete)))
  const stems = living.size > 0 ? living : new Map(found)
  for (const [stem, ids] of [...stems]) {
    for (const id of ids) {
      if ((catalog.packageFlags[id]! & PackageFlag.renamed) === 0) continue
      universe.eachOfTypes(id, typeBits(Depend.require), (dependency) => {
        const target = catalog.targetStem[firstTarget(catalog, dependency)]!
        if (target !== stem) stems.delete(target)
      })
    }
  }
  return stems
}

/** Combines the patterns: several on one stem, stickiness, publisher rank and `@latest`. */
function combine(
  universe: Universe,
  request: SolveRequest,
  matches: readonly Match[],
  rejected: ReadonlySet<StemId>,
): Result<ResolvedRequest, SolverProblem> {
  const byStem = new Map<StemId, Match[]>()
  for (const match of matches) {
    for (const stem of match.stems.keys()) memo(byStem, stem, (): Match[] => []).push(match)
  }
  const named = new Map<StemId, readonly PackageId[]>()
  const patternOf = new Map<StemId, string>()
  const clashes: { stem: string; patterns: readonly string[] }[] = []
  const misses: PatternMiss[] = []
  for (const [stem, all] of byStem) {
    const list = strongest(all)
    let ids = list[0]!.stems.get(stem)!
    for (const other of list.slice(1)) ids = ids.filter((id) => other.stems.get(stem)!.includes(id))
    patternOf.set(stem, list[0]!.pattern.text)
    if (ids.length === 0) {
      clashes.push({
        stem: universe.catalog.stemName(stem),
        patterns: list.map((match) => match.pattern.text),
      })
      continue
    }
    if (request.operation !== 'uninstall') {
      const explicit = list.some((match) => match.pattern.publisher !== undefined)
      const matching = ids
      ids = oneSource(universe, stem, ids, explicit)
      if (ids.length === 0) {
        misses.push({ ...stickyMiss(universe, stem, matching), text: list[0]!.pattern.text })
        continue
      }
      if (list.some((match) => match.pattern.latest)) ids = newestOnly(universe, ids)
    }
    named.set(stem, ids)
  }
  if (misses.length > 0) {
    return err({ code: 'ips::solver_error::no_candidates', patterns: misses, operation: request.operation })
  }
  if (clashes.length > 0) return err({ code: 'ips::solver_error::multispec', stems: clashes })
  if (request.operation === 'uninstall') {
    const removed = new Set([...rejected, ...named.keys()])
    return ok({ ...emptyRequest, patternOf, rejected: removed })
  }
  const sync = request.operation === 'sync'
  return ok({ ...emptyRequest, named, order: [...named.keys()], patternOf, rejected, sync })
}

/** The patterns that count: those without wildcard, else globs with a publisher, else all globs. */
function strongest(matches: readonly Match[]): readonly Match[] {
  const plain = matches.filter((match) => match.pattern.matcher !== 'glob')
  if (plain.length > 0) return plain
  const withPublisher = matches.filter((match) => match.pattern.publisher !== undefined)
  return withPublisher.length > 0 ? withPublisher : matches
}

/** Selects the publisher by stickiness and rank. `explicit`: a pattern names a publisher. */
function oneSource(
  universe: Universe,
  stem: StemId,
  ids: readonly PackageId[],
  explicit: boolean,
): readonly PackageId[] {
  const { catalog, rank } = universe
  const installed = universe.installed[stem]!
  const publisher = (id: PackageId) => catalog.packagePublisher[id]!
  if (!explicit && installed >= 0 && universe.sticky[publisher(installed)] === 1) {
    return ids.filter((id) => publisher(id) === publisher(installed))
  }
  const best = smallest(ids.map((id) => rank[publisher(id)]!))
  const keepsInstalled = ids.includes(installed)
  return ids.filter((id) => {
    if (id === installed) return true
    if (rank[publisher(id)] !== best) return false
    return !keepsInstalled || catalog.packageVersionClass[id] !== catalog.packageVersionClass[installed]
  })
}

function stickyMiss({ catalog, installed }: Universe, stem: StemId, ids: readonly PackageId[]) {
  const nameOf = (id: PackageId) => catalog.publishers[catalog.packagePublisher[id]!]!
  const offeredBy = [...new Set(ids.map(nameOf))]
  return { why: 'wrong-publisher', nearest: [], installedFrom: nameOf(installed[stem]!), offeredBy } as const
}

function newestOnly(universe: Universe, ids: readonly PackageId[]): readonly PackageId[] {
  const { packageVersionClass } = universe.catalog
  const newest = largest(ids.map((id) => packageVersionClass[id]!))
  return ids.filter((id) => packageVersionClass[id] === newest)
}
