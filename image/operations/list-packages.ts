import {
  type Catalog,
  compareCodePoints,
  compareVersions,
  err,
  type Fmri,
  formatFmri,
  formatVersion,
  type ImageSnapshot,
  isInside,
  manifestValues,
  matchesPattern,
  ok,
  PackageFlag,
  type Pattern,
  parsePattern,
  parseVersion,
  type Result,
} from '#model'
import { fmriOf, packagesOf } from '../catalog-lookup.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import { readInstalledManifest } from '../manifests/manifests.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { makeSnapshot } from '../state/snapshot.ts'
import { catalogSummaries, imageCatalog } from '../supply/catalogs.ts'
import { type RefreshReport, refreshIfDue } from '../supply/refresh.ts'
import { installableTest, renameTargets } from './installable.ts'
import { dependentNames } from './removable.ts'

/** Input of `list`. Source: cli §7. */
export interface ListQuery {
  readonly patterns: readonly string[]
  /**
   * installed: installed packages; newest (`-n`): the newest known version of each stem and publisher; installable (`-a`): installed
   * packages, and of other stems the newest version of each publisher that incorporations and variants allow; all (`-af`): all versions.
   */
  readonly scope: 'installed' | 'newest' | 'installable' | 'all'
  /** `-u`: installed with a newer known version of the same publisher. */
  readonly upgradable?: boolean
  /** `-r`: installed and no other installed package depends on it; `or-optional` (`-R`): also those only optional dependencies name. */
  readonly removable?: 'unneeded' | 'or-optional'
  /** `-m` true, `-M` false. */
  readonly manual?: boolean
  /** `-i`: not installed, not obsolete, not renamed. */
  readonly notInstalled?: boolean
  /** Fill in `summary`. */
  readonly summaries?: boolean
  /** Refresh publishers whose interval has passed first; missing permission is tolerated. */
  readonly refresh: boolean
}

/** One line of `list`. */
export interface ListedPackage {
  readonly fmri: Fmri
  /** The publisher is the highest-ranked one (its name is then not shown). */
  readonly topPublisher: boolean
  readonly installed: boolean
  readonly manual: boolean
  readonly frozen: boolean
  readonly obsolete: boolean
  readonly renamed: boolean
  readonly legacy: boolean
  /** Only optional dependencies name it; filled with `removable: 'or-optional'`. */
  readonly optional: boolean
  /** Text of `pkg.summary`; undefined when not asked for, or when neither catalog nor manifest has any. */
  readonly summary: string | undefined
}

/** Answer to a `ListQuery`. */
export interface PackageListing {
  /** Stem, then publisher rank, then version descending. */
  readonly packages: readonly ListedPackage[]
  /** Some package was there before `manual` and `notInstalled` left packages out. */
  readonly found: boolean
  /** Patterns that matched nothing in the scope, sorted. */
  readonly misses: readonly string[]
  /** The refresh before the listing, which shows the known catalogs even if it failed. Undefined: none was due or asked for. */
  readonly refreshed: RefreshReport | undefined
}

/** Reads patterns; the first bad one is the problem: `bad_pattern`. */
export function parsePatterns(texts: readonly string[]): Result<readonly Pattern[], OperationProblem> {
  const patterns: Pattern[] = []
  for (const text of texts) {
    const pattern = parsePattern(text)
    if (!pattern.ok) return err(pattern.error)
    patterns.push(pattern.value)
  }
  return ok(patterns)
}

/** Texts of the patterns that matched nothing, each once, sorted. */
export function missesOf(patterns: readonly Pattern[], matched: ReadonlySet<Pattern>): readonly string[] {
  const texts = patterns.filter((pattern) => !matched.has(pattern)).map(({ text }) => text)
  return [...new Set(texts)].sort(compareCodePoints)
}

/** Selection for `list`. Problems: `bad_pattern`, `corrupt_db`, those of the catalog. */
export async function listPackages(
  context: ImageContext,
  query: ListQuery,
): Promise<Result<PackageListing, OperationProblem>> {
  const patterns = parsePatterns(query.patterns)
  if (!patterns.ok) return patterns
  const refreshed = query.refresh ? await refreshIfDue(context) : undefined
  const state = await context.store.read()
  if (!state.ok) return state
  const snapshot = makeSnapshot(context.config(), state.value)
  const needsCatalog = query.scope !== 'installed' || query.upgradable === true
  const catalog = needsCatalog ? await imageCatalog(context, state.value) : undefined
  if (catalog !== undefined && !catalog.ok) return catalog
  const everything =
    catalog === undefined || query.scope === 'installed'
      ? state.value.packages.map(installedCandidate)
      : knownCandidates(catalog.value, state.value, snapshot, query.scope, patterns.value)
  const matched = new Set<Pattern>()
  const newest = newestOf(everything, patterns.value)
  const kept = everything.filter(({ fmri }) => matchAny(patterns.value, fmri, matched, newest))
  const selected = filterCandidates(kept, query, state.value, snapshot, catalog?.value)
  sortCandidates(selected.candidates, snapshot)
  const top = snapshot.publishers[0]?.name
  const summary = query.summaries === true ? summaryFinder(context, selected.candidates) : ok(() => undefined)
  if (!summary.ok) return summary
  return ok({
    packages: selected.candidates.map((candidate) => ({
      fmri: candidate.fmri,
      topPublisher: candidate.fmri.publisher === top,
      installed: candidate.record !== undefined,
      manual: candidate.record?.manual ?? false,
      frozen: candidate.record !== undefined && isFrozen(snapshot, candidate.fmri),
      obsolete: (candidate.flags & PackageFlag.obsolete) !== 0,
      renamed: (candidate.flags & PackageFlag.renamed) !== 0,
      legacy: (candidate.flags & PackageFlag.legacy) !== 0,
      optional: selected.optional.has(candidate.fmri.stem),
      summary: summary.value(candidate),
    })),
    found: selected.found,
    misses: missesOf(patterns.value, matched),
    refreshed,
  })
}

interface ListCandidate {
  readonly fmri: Fmri
  /** Bits of `PackageFlag`. */
  readonly flags: number
  readonly record: InstalledRecord | undefined
}

/** The newest candidate of each stem and publisher; only made when a pattern asks for `@latest`. */
function newestOf(candidates: readonly ListCandidate[], patterns: readonly Pattern[]): ReadonlySet<Fmri> {
  const newest = new Map<string, Fmri>()
  if (patterns.some((pattern) => pattern.latest))
    for (const { fmri } of candidates) {
      const key = formatFmri(fmri, 'stem')
      const best = newest.get(key)
      if (best?.version === undefined || fmri.version === undefined) newest.set(key, best ?? fmri)
      else if (compareVersions(fmri.version, best.version) > 0) newest.set(key, fmri)
    }
  return new Set(newest.values())
}

function matchAny(
  patterns: readonly Pattern[],
  fmri: Fmri,
  matched: Set<Pattern>,
  newest: ReadonlySet<Fmri>,
): boolean {
  if (patterns.length === 0) return true
  let any = false
  for (const pattern of patterns) {
    if (!matchesPattern(pattern, fmri)) continue
    if (pattern.latest && !newest.has(fmri)) continue
    matched.add(pattern)
    any = true
  }
  return any
}

function installedCandidate(record: InstalledRecord): ListCandidate {
  return { fmri: record.fmri, flags: recordFlags(record), record }
}

const flagLines: readonly (readonly [string, number])[] = [
  ['pkg.obsolete', PackageFlag.obsolete],
  ['pkg.renamed', PackageFlag.renamed],
  ['pkg.legacy', PackageFlag.legacy],
]

/** State flags of an installed package, from the actions the database keeps. */
export function recordFlags(record: InstalledRecord): number {
  let flags = 0
  for (const line of record.catalogActions.split('\n')) {
    if (!line.startsWith('set ')) continue
    for (const [name, flag] of flagLines)
      if (line.includes(`name=${name} `) && /\bvalue=true\b/i.test(line)) flags |= flag
  }
  return flags
}

function knownCandidates(
  catalog: Catalog,
  state: InstalledState,
  snapshot: ImageSnapshot,
  scope: 'newest' | 'installable' | 'all',
  patterns: readonly Pattern[],
): ListCandidate[] {
  const installed = new Map(state.packages.map((record) => [formatFmri(record.fmri), record]))
  const installedStems = new Set<string>(state.packages.map(({ fmri }) => fmri.stem))
  const allowed = scope === 'installable' ? installableTest(catalog, state, snapshot) : () => true
  const hidden = scope === 'installable' ? renameTargets(catalog, state) : new Set()
  const candidates: ListCandidate[] = scope === 'installable' ? state.packages.map(installedCandidate) : []
  for (let stem = 0; stem < catalog.stemCount; stem++) {
    const [first, end] = packagesOf(catalog, stem)
    if (scope === 'installable' && (installedStems.has(catalog.stemName(stem)) || hidden.has(stem))) continue
    const seen = new Set<number>()
    for (let id = end - 1; id >= first; id--) {
      const publisher = catalog.packagePublisher[id] ?? -1
      if (scope !== 'all' && seen.has(publisher)) continue
      if (!allowed(id)) continue
      const fmri = fmriOf(catalog, id)
      // The newest of those that match: `list -n foo@1` shows the newest 1.x.
      if (patterns.length > 0 && !patterns.some((pattern) => matchesPattern(pattern, fmri))) continue
      seen.add(publisher)
      const record = installed.get(formatFmri(fmri))
      candidates.push({ fmri, flags: catalog.packageFlags[id] ?? 0, record })
    }
  }
  return candidates
}

/** The candidates that pass the filters. */
interface Selection extends Pick<PackageListing, 'found'> {
  readonly candidates: ListCandidate[]
  /** Names that only optional dependencies name. */
  readonly optional: ReadonlySet<string>
}

function filterCandidates(
  candidates: readonly ListCandidate[],
  query: ListQuery,
  state: InstalledState,
  snapshot: ImageSnapshot,
  catalog: Catalog | undefined,
): Selection {
  const needed = query.removable === undefined ? undefined : dependentNames(state.packages, snapshot)
  const dead = PackageFlag.obsolete | PackageFlag.renamed
  const found = candidates.filter(({ fmri, record }) => {
    if (
      query.upgradable === true &&
      !(record !== undefined && catalog !== undefined && hasNewer(catalog, fmri))
    )
      return false
    if (needed !== undefined) {
      if (record === undefined || needed.required.has(fmri.stem) || isHeld(record)) return false
      if (query.removable === 'unneeded' && needed.optional.has(fmri.stem)) return false
    }
    return true
  })
  const kept = found.filter(({ flags, record }) => {
    if (query.manual !== undefined && record?.manual !== query.manual) return false
    return !(query.notInstalled === true && (record !== undefined || (flags & dead) !== 0))
  })
  const optional = query.removable === 'or-optional' ? needed?.optional : undefined
  return { candidates: kept, found: found.length > 0, optional: optional ?? new Set() }
}

/** Packages with an install hold are what the system is made of; pkg5 never calls them removable. */
function isHeld(record: InstalledRecord): boolean {
  return record.catalogActions
    .split('\n')
    .some((line) => line.startsWith('set ') && line.includes('name=pkg.depend.install-hold '))
}

function hasNewer(catalog: Catalog, fmri: Fmri): boolean {
  const stem = catalog.findStem(fmri.stem)
  if (stem < 0 || fmri.version === undefined) return false
  const [first, end] = packagesOf(catalog, stem)
  for (let id = end - 1; id >= first; id--) {
    const other = fmriOf(catalog, id)
    if (other.publisher !== fmri.publisher || other.version === undefined) continue
    return compareVersions(other.version, fmri.version) > 0
  }
  return false
}

function sortCandidates(candidates: ListCandidate[], snapshot: ImageSnapshot): void {
  const rank = new Map<string | undefined, number>(
    snapshot.publishers.map(({ name }, index) => [name, index]),
  )
  const rankOf = (fmri: Fmri): number => rank.get(fmri.publisher) ?? rank.size
  candidates.sort(({ fmri: a }, { fmri: b }) => {
    const byStem = compareCodePoints(a.stem, b.stem)
    if (byStem !== 0) return byStem
    const byRank = rankOf(a) - rankOf(b)
    if (byRank !== 0) return byRank
    if (a.version === undefined || b.version === undefined) return 0
    return compareVersions(b.version, a.version)
  })
}

/** The stem is frozen and this version lies inside the freeze. */
export function isFrozen(snapshot: ImageSnapshot, fmri: Fmri): boolean {
  return snapshot.frozen.some((freeze) => {
    if (freeze.stem !== fmri.stem || fmri.version === undefined) return false
    const version = parseVersion(freeze.version)
    return version.ok && isInside(fmri.version, version.value)
  })
}

/** From the manifest of what is installed, from the catalog's summary part for the rest; that is only read when needed. */
function summaryFinder(
  context: ImageContext,
  candidates: readonly ListCandidate[],
): Result<(candidate: ListCandidate) => string | undefined, OperationProblem> {
  const remote = candidates.some(({ record }) => record === undefined) ? catalogSummaries(context) : undefined
  if (remote !== undefined && !remote.ok) return remote
  return ok(({ fmri, record }) => {
    if (record === undefined)
      return fmri.version === undefined
        ? undefined
        : remote?.value(fmri.publisher ?? '', fmri.stem, formatVersion(fmri.version))
    const manifest = readInstalledManifest(context.host.filesystem, context.layout, record)
    return manifest.ok ? manifestValues(manifest.value, 'pkg.summary')[0] : undefined
  })
}
