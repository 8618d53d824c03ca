import {
  append,
  type Catalog,
  err,
  type Fmri,
  formatFmri,
  type ImageSnapshot,
  type Manifest,
  matchesPattern,
  ok,
  PackageFlag,
  type PackageId,
  type Pattern,
  type Result,
} from '#model'
import { fmriOf, packagesOf } from '../catalog-lookup.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import { type ImageManifests, readInstalled, withManifests } from '../manifests/manifest-reader.ts'
import { fetchManifests, readInstalledManifest } from '../manifests/manifests.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { makeSnapshot } from '../state/snapshot.ts'
import { imageCatalog } from '../supply/catalogs.ts'
import { installableTest } from './installable.ts'
import { isFrozen, missesOf, parsePatterns, recordFlags } from './list-packages.ts'

/** Input of `info` and `contents`. */
export interface DescribeQuery {
  /** Empty, with the scope `installed`: all installed packages. */
  readonly patterns: readonly string[]
  /** installed: installed packages; newest: of each stem, for each pattern, the newest match of its best-ranked publisher, with a fetched manifest. */
  readonly scope: 'installed' | 'newest'
}

/** One package for `info` and `contents`. */
export interface PackageDescription {
  readonly fmri: Fmri
  readonly manifest: Manifest
  /** Undefined: this version is not installed. */
  readonly installed: InstalledRecord | undefined
  readonly obsolete: boolean
  readonly renamed: boolean
  readonly legacy: boolean
  readonly frozen: boolean
  /** Its variants do not fit the image, or its actions do not parse. */
  readonly unsupported: boolean
}

/** Answer to a `DescribeQuery`. */
export interface PackageDescriptions {
  /** Sorted by stem, then rank of the publisher, then version descending. */
  readonly packages: readonly PackageDescription[]
  /** Patterns that match nothing. */
  readonly misses: readonly string[]
}

/** Finds packages and reads their manifests. Problems: `bad_pattern`, `corrupt_db`, `missing_manifest`, those of catalog and repositories. */
export async function describePackages(
  context: ImageContext,
  query: DescribeQuery,
): Promise<Result<PackageDescriptions, OperationProblem>> {
  const patterns = parsePatterns(query.patterns)
  if (!patterns.ok) return patterns
  return readInstalled(context, (state) =>
    query.scope === 'installed'
      ? withManifests(context, state, false, async (manifests) =>
          describeInstalled(context, state, patterns.value, manifests),
        )
      : describeNewest(context, state, patterns.value),
  )
}

function describeInstalled(
  context: ImageContext,
  state: InstalledState,
  patterns: readonly Pattern[],
  manifests: ImageManifests,
): Result<PackageDescriptions, OperationProblem> {
  const snapshot = makeSnapshot(context.config(), state)
  const { records, misses } = selectInstalled(state.packages, patterns)
  const packages: PackageDescription[] = []
  for (const record of records) {
    const manifest = manifests.read(record.fmri)
    if (!manifest.ok) return manifest
    const flags = recordFlags(record)
    packages.push(describe(record.fmri, manifest.value, record, flags, snapshot, true))
  }
  return ok({ packages, misses })
}

/** Installed packages that any pattern matches (all without patterns), and the patterns that match none. */
export interface SelectedPackages {
  readonly records: readonly InstalledRecord[]
  readonly misses: readonly string[]
}

/** Selects installed packages by patterns. Pure. */
export function selectInstalled(
  records: readonly InstalledRecord[],
  patterns: readonly Pattern[],
): SelectedPackages {
  const matched = new Set<Pattern>()
  const selected = records.filter(({ fmri }) => {
    const hits = patterns.filter((pattern) => matchesPattern(pattern, fmri))
    for (const hit of hits) matched.add(hit)
    return patterns.length === 0 || hits.length > 0
  })
  return {
    records: selected,
    misses: missesOf(patterns, matched),
  }
}

/** Installed packages that any pattern matches (all without patterns). Problem: `no_candidates` with the patterns that match none. */
export function requireInstalled(
  records: readonly InstalledRecord[],
  patterns: readonly Pattern[],
  operation: string,
): Result<readonly InstalledRecord[], OperationProblem> {
  const selected = selectInstalled(records, patterns)
  const { misses } = selected
  return misses.length === 0 ? ok(selected.records) : err(notInstalled(misses, operation))
}

/** The problem of patterns that match nothing installed. */
export function notInstalled(texts: readonly string[], operation: string): OperationProblem {
  return {
    code: 'ips::solver_error::no_candidates',
    operation,
    patterns: texts.map((text) => ({ text, why: 'not-installed', nearest: [] })),
  }
}

async function describeNewest(
  context: ImageContext,
  state: InstalledState,
  patterns: readonly Pattern[],
): Promise<Result<PackageDescriptions, OperationProblem>> {
  const snapshot = makeSnapshot(context.config(), state)
  const catalog = await imageCatalog(context, state)
  if (!catalog.ok) return catalog
  const { chosen, misses } = newestMatches(catalog.value, patterns, snapshot)
  const supported = installableTest(catalog.value, { ...state, packages: [] }, snapshot)
  const installed = new Map(state.packages.map((record) => [formatFmri(record.fmri), record]))
  const local = new Map<string, Manifest>()
  const remote: Fmri[] = []
  for (const id of chosen) {
    const fmri = fmriOf(catalog.value, id)
    const record = installed.get(formatFmri(fmri))
    const manifest =
      record === undefined
        ? undefined
        : readInstalledManifest(context.host.filesystem, context.layout, record)
    if (manifest?.ok) local.set(formatFmri(fmri), manifest.value)
    else remote.push(fmri)
  }
  const fetched = await fetchManifests(context, catalog.value, remote, (each) => each)
  if (!fetched.ok) return fetched
  for (const { fmri, manifest } of fetched.value) local.set(formatFmri(fmri), manifest)
  return ok({
    misses,
    packages: chosen.map((id) => {
      const fmri = fmriOf(catalog.value, id)
      const manifest = local.get(formatFmri(fmri)) ?? { actions: [] }
      const flags = catalog.value.packageFlags[id] ?? 0
      return describe(fmri, manifest, installed.get(formatFmri(fmri)), flags, snapshot, supported(id))
    }),
  })
}

/** Of each stem the newest match of each pattern, of its best-ranked publisher. Best publisher first, then newest. */
function newestMatches(
  catalog: Catalog,
  patterns: readonly Pattern[],
  snapshot: ImageSnapshot,
): { readonly chosen: readonly PackageId[]; readonly misses: readonly string[] } {
  const rank = new Map<string, number>(snapshot.publishers.map(({ name }, index) => [name, index]))
  const rankOf = (id: PackageId): number =>
    rank.get(catalog.publishers[catalog.packagePublisher[id] ?? -1] ?? '') ?? rank.size
  const matched = new Set<Pattern>()
  const chosen: PackageId[] = []
  for (let stem = 0; stem < catalog.stemCount; stem++) {
    const [first, end] = packagesOf(catalog, stem)
    const best = new Map<Pattern, PackageId>()
    for (let id = end - 1; id >= first; id--) {
      const fmri = fmriOf(catalog, id)
      for (const hit of patterns.filter((pattern) => matchesPattern(pattern, fmri))) {
        matched.add(hit)
        const before = best.get(hit)
        if (before === undefined || rankOf(id) < rankOf(before)) best.set(hit, id)
      }
    }
    append(
      chosen,
      [...new Set(best.values())].sort((a, b) => rankOf(a) - rankOf(b) || b - a),
    )
  }
  return { chosen, misses: missesOf(patterns, matched) }
}

function describe(
  fmri: Fmri,
  manifest: Manifest,
  installed: InstalledRecord | undefined,
  flags: number,
  snapshot: ImageSnapshot,
  supported: boolean,
): PackageDescription {
  return {
    fmri,
    manifest,
    installed,
    obsolete: (flags & PackageFlag.obsolete) !== 0,
    renamed: (flags & PackageFlag.renamed) !== 0,
    legacy: (flags & PackageFlag.legacy) !== 0,
    frozen: installed !== undefined && isFrozen(snapshot, fmri),
    unsupported: !supported || (flags & PackageFlag.unsupported) !== 0,
  }
}
