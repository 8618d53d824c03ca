import type { Finding } from '#executor'
import { type Action, attribute, compareCodePoints, ok, type Pattern, type Result } from '#model'
import type { InstalledRecord } from '../installed-state.ts'
import { readInstalled, withManifests } from '../manifests/manifest-reader.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import type { VerifiedPackage, VerifyReport } from '../verify-report.ts'
import { selectInstalled } from './describe-packages.ts'
import { type Examination, examine } from './examine.ts'
import { parsePatterns } from './list-packages.ts'

/** What `verify` asks. */
export interface VerifyOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Image-relative paths (a leading slash is fine): only the actions that deliver them. */
  readonly paths: readonly string[]
}

/**
 * Compares installed packages with the disk and changes nothing. Needs no repository unless a manifest is lost. Problems:
 * `bad_pattern`, `corrupt_db`, `missing_manifest`, `storage` and its kin.
 */
export async function verifyImage(
  context: ImageContext,
  options: VerifyOptions,
): Promise<Result<VerifyReport, OperationProblem>> {
  const patterns = parsePatterns(options.patterns)
  if (!patterns.ok) return patterns
  return readInstalled(context, (state) =>
    withManifests(context, state, false, async (manifests) => {
      const examined = examine(context, state, manifests)
      if (!examined.ok) return examined
      return verifyPackages(examined.value, options, state.packages, patterns.value)
    }),
  )
}

/** Compares what was asked for with the disk. Problems: `missing_manifest`, `storage` and its kin. */
export function verifyPackages(
  examined: Examination,
  options: VerifyOptions,
  installed: readonly InstalledRecord[],
  patterns: readonly Pattern[],
): Result<VerifyReport, ImageProblem> {
  const { records, misses } = selectInstalled(installed, patterns)
  const wantedPaths = options.paths.map((path) => path.replace(/^\/+|\/+$/g, ''))
  const delivered = new Set<string>()
  const selected = new Set(records.map(({ fmri }) => fmri))
  const packages: VerifiedPackage[] = []
  for (const fmri of examined.packages) {
    if (!selected.has(fmri)) continue
    const manifest = examined.manifests.read(fmri)
    if (!manifest.ok) return manifest
    const narrowed =
      wantedPaths.length === 0
        ? manifest.value
        : { actions: manifest.value.actions.filter(delivers(wantedPaths, delivered)) }
    if (wantedPaths.length > 0 && narrowed.actions.length === 0) continue
    const findings = attempt(() => examined.findings(fmri, narrowed))
    if (!findings.ok) return findings
    packages.push({ fmri, findings: findings.value, status: statusOf(findings.value) })
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

function statusOf(findings: readonly Finding[]): VerifiedPackage['status'] {
  if (findings.some(({ level }) => level === 'error')) return 'error'
  return findings.some(({ level }) => level === 'warning') ? 'warning' : 'ok'
}
