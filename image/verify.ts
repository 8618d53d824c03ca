import { chosenLinks, type Finding, type PackageManifest, verifyPackage } from '#executor'
import {
  type Action,
  attribute,
  compareCodePoints,
  type Fmri,
  type ImageFilter,
  ok,
  type Pattern,
  type Result,
} from '#model'
import type { ImageContext } from './context.ts'
import { selectInstalled } from './describe-packages.ts'
import type { InstalledRecord } from './installed-state.ts'
import { parsePatterns } from './list-packages.ts'
import { mediatorSettings } from './plan-install.ts'
import type { OperationProblem } from './problems.ts'
import { installedManifest, type RestoredManifests, withManifests } from './restore-manifest.ts'
import { imageFilter } from './snapshot.ts'

/** What `verify` asks. */
export interface VerifyOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Image-relative paths (a leading slash is fine): only the actions that deliver them. */
  readonly paths: readonly string[]
  readonly onPackage?: (verified: VerifiedPackage) => void
}

/** One package that was looked at. */
export interface VerifiedPackage {
  readonly fmri: Fmri
  readonly status: 'ok' | 'warning' | 'error'
  readonly findings: readonly Finding[]
}

/** What `verify` found. */
export interface VerifyReport {
  /** Sorted by stem; every package that was looked at. */
  readonly packages: readonly VerifiedPackage[]
  /** Patterns that matched nothing installed. */
  readonly misses: readonly string[]
  /** Asked paths that no installed package delivers. */
  readonly unknownPaths: readonly string[]
}

/**
 * Compares installed packages with the disk; changes nothing, and needs no repository unless a manifest was lost. Problems: `bad_pattern`, `corrupt_db`,
 * `missing_manifest`.
 */
export async function verifyImage(
  context: ImageContext,
  options: VerifyOptions,
): Promise<Result<VerifyReport, OperationProblem>> {
  const patterns = parsePatterns(options.patterns)
  if (!patterns.ok) return patterns
  const state = await context.store.read()
  if (!state.ok) return state
  return await withManifests(context, state.value.packages, false, async (restored) =>
    verifyPackages(context, options, state.value.packages, patterns.value, restored),
  )
}

function verifyPackages(
  context: ImageContext,
  options: VerifyOptions,
  installed: readonly InstalledRecord[],
  patterns: readonly Pattern[],
  restored: RestoredManifests,
): Result<VerifyReport, OperationProblem> {
  const { host } = context
  const { records, misses } = selectInstalled(installed, patterns)
  const filter = imageFilter(context.config())
  // Links and overlays are decided over the whole image, so all manifests are read even when one package is asked for.
  const all: PackageManifest[] = []
  for (const record of installed) {
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) return manifest
    all.push({ fmri: record.fmri, manifest: manifest.value })
  }
  const linkChosen = chosenLinks(all, filter, mediatorSettings(context.config()))
  const overlays = findOverlays(all, filter)
  const wantedPaths = options.paths.map((path) => path.replace(/^\/+|\/+$/g, ''))
  const delivered = new Set<string>()
  const selected = new Set(records.map(({ fmri }) => fmri))
  const packages: VerifiedPackage[] = []
  for (const { fmri, manifest } of all) {
    if (!selected.has(fmri)) continue
    const narrowed =
      wantedPaths.length === 0
        ? manifest
        : { actions: manifest.actions.filter(delivers(wantedPaths, delivered)) }
    if (wantedPaths.length > 0 && narrowed.actions.length === 0) continue
    const findings = verifyPackage({
      filesystem: host.filesystem,
      root: context.root,
      metadata: context.layout.metadata,
      fmri,
      manifest: narrowed,
      filter,
      linkChosen,
      overlaidBy: (path) => {
        const overlay = overlays.get(path)
        return overlay === undefined || overlay.fmri.stem === fmri.stem ? undefined : overlay
      },
      asRoot: host.process.userId === 0,
    })
    const verified: VerifiedPackage = { fmri, findings, status: statusOf(findings) }
    options.onPackage?.(verified)
    packages.push(verified)
  }
  return ok({
    packages: packages.sort((a, b) => compareCodePoints(a.fmri.stem, b.fmri.stem)),
    misses,
    unknownPaths: options.paths.filter((_, index) => !delivered.has(wantedPaths[index] ?? '')),
  })
}

function delivers(paths: readonly string[], delivered: Set<string>): (action: Action) => boolean {
  return (action) => {
    const path = attribute(action, 'path')
    if (path === undefined || !paths.includes(path)) return false
    delivered.add(path)
    return true
  }
}

/** Files that a package with `overlay=true` puts over another's, by path. Source: image-plan §5. */
function findOverlays(
  packages: readonly PackageManifest[],
  filter: ImageFilter,
): ReadonlyMap<string, { readonly fmri: Fmri; readonly action: Action }> {
  const overlays = new Map<string, { readonly fmri: Fmri; readonly action: Action }>()
  for (const { fmri, manifest } of packages)
    for (const action of manifest.actions) {
      if (action.type !== 'file' || attribute(action, 'overlay') !== 'true') continue
      const path = attribute(action, 'path')
      if (path !== undefined && filter.actionApplies(action)) overlays.set(path, { fmri, action })
    }
  return overlays
}

function statusOf(findings: readonly Finding[]): VerifiedPackage['status'] {
  if (findings.some(({ level }) => level === 'error')) return 'error'
  return findings.some(({ level }) => level === 'warning') ? 'warning' : 'ok'
}
