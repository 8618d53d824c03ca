import { type Finding, repairActuators } from '#executor'
import { type Action, attribute, compareCodePoints, ok, type Result } from '#model'
import { readInstalled, withManifests } from '../manifests/manifest-reader.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { undisturbed } from '../state/undisturbed.ts'
import { attempt } from '../storage.ts'
import type { VerifiedPackage, VerifyReport } from '../verify-report.ts'
import { type SelectedPackages, selectInstalled } from './describe-packages.ts'
import { type ImageInspection, inspectImage } from './inspect.ts'
import { parsePatterns } from './list-packages.ts'

/** Input of `verify`. */
export interface VerifyOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Image-relative paths (a leading slash is fine): only the actions that deliver them. */
  readonly paths: readonly string[]
}

/**
 * Compares installed packages with the disk and changes nothing. Needs no repository unless a manifest is lost. Problems:
 * `bad_pattern`, `corrupt_db`, `missing_manifest`, `storage` and its kin; `locked` while another client changes files.
 */
export async function verifyImage(
  context: ImageContext,
  options: VerifyOptions,
): Promise<Result<VerifyReport, OperationProblem>> {
  const patterns = parsePatterns(options.patterns)
  if (!patterns.ok) return patterns
  return undisturbed(context, () =>
    readInstalled(context, (state) =>
      withManifests(context, state, false, async (manifests) => {
        const inspected = inspectImage(context, state, manifests)
        return inspected.ok
          ? verifyPackages(inspected.value, selectInstalled(state.packages, patterns.value), options.paths)
          : inspected
      }),
    ),
  )
}

/** Compares packages, or the actions that deliver some paths, with the disk. Problems: `missing_manifest`, `storage` and its kin. */
export function verifyPackages(
  inspected: ImageInspection,
  { records, misses }: SelectedPackages,
  paths: readonly string[],
): Result<VerifyReport, ImageProblem> {
  const wantedPaths = paths.map((path) => path.replace(/^\/+|\/+$/g, ''))
  const delivered = new Set<string>()
  const selected = new Set(records.map(({ fmri }) => fmri))
  const packages: VerifiedPackage[] = []
  for (const fmri of inspected.packages) {
    if (!selected.has(fmri)) continue
    const manifest = inspected.manifests.read(fmri)
    if (!manifest.ok) return manifest
    const narrowed =
      wantedPaths.length === 0
        ? manifest.value
        : { actions: manifest.value.actions.filter(delivers(wantedPaths, delivered)) }
    if (wantedPaths.length > 0 && narrowed.actions.length === 0) continue
    const findings = attempt(() => inspected.findings(fmri, narrowed))
    if (!findings.ok) return findings
    packages.push({ fmri, findings: findings.value, status: statusOf(findings.value) })
  }
  return ok({
    packages: packages.sort((a, b) => compareCodePoints(a.fmri.stem, b.fmri.stem)),
    misses,
    actuators: repairActuators(repairable(packages)),
    unknownPaths: paths.filter((_, index) => !delivered.has(wantedPaths[index] ?? '')),
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

/** Actions whose errors a repair puts right. */
function* repairable(packages: readonly VerifiedPackage[]): Generator<Action> {
  for (const { findings } of packages)
    for (const { level, repair, action } of findings)
      if (level === 'error' && repair !== undefined) yield action
}

function statusOf(findings: readonly Finding[]): VerifiedPackage['status'] {
  if (findings.some(({ level }) => level === 'error')) return 'error'
  return findings.some(({ level }) => level === 'warning') ? 'warning' : 'ok'
}
