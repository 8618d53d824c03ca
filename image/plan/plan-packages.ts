import { type ActionPlan, type PackageChange, planActions } from '#executor'
import { type Catalog, type Fmri, formatFmri, type InstallPlan, type Manifest, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import { contentSubject } from '../config/properties.ts'
import type { InstalledState } from '../installed-state.ts'
import { elidedPaths, manifestsOnDisk } from '../manifests/disk-filter.ts'
import {
  type ImageManifests,
  type NewManifest,
  newManifest,
  shownManifests,
  withNewManifests,
} from '../manifests/manifest-reader.ts'
import { fetchManifests } from '../manifests/manifests.ts'
import { type FilterPair, isReplanned, mayHaveTags, staying } from '../manifests/replan.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'

/** What the packages of a plan are turned into actions with. */
export interface PlanBase {
  readonly catalog: Catalog
  readonly state: InstalledState
  readonly plan: InstallPlan
  /** Undefined: stays as it is. */
  readonly newConfig: ImageConfig | undefined
  readonly filters: FilterPair
  readonly dryRun: boolean
}

/** The actions of a plan, and the manifests that state them. */
export interface PlannedPackages {
  readonly actionPlan: ActionPlan
  /** Why nothing is known of the actions; only in a dry run. */
  readonly actionsUnknown: OperationProblem | undefined
  /** Reads the manifest of a package of the plan, old or new; undefined: it cannot be read (any more). */
  readonly manifestOf: (fmri: Fmri) => Manifest | undefined
  /** Manifests of packages that get installed. */
  readonly newManifests: readonly NewManifest[]
}

/**
 * Turns the packages of a plan into actions. In a dry run, a repository that has no manifests still gives the packages. Problems:
 * `missing_manifest`, `excluded_paths`, those of the repositories and of `planActions`.
 */
export async function planWithManifests(
  context: ImageContext,
  base: PlanBase,
  installed: ImageManifests,
): Promise<Result<PlannedPackages, OperationProblem>> {
  const { plan, dryRun } = base
  const gathered = await gatherManifests(context, base, installed)
  if (!gathered.ok) {
    if (!dryRun || !isAbsent(gathered.error)) return gathered
    context.host.events.emit({
      kind: 'warning',
      code: 'ips::image_warning::manifests_unavailable',
      text: 'The repository has no manifests for packages of this plan: files and sizes are not known, and the plan cannot be carried out.',
    })
    return ok({
      actionPlan: packagesOnly(context, plan),
      actionsUnknown: gathered.error,
      manifestOf: () => undefined,
      newManifests: [],
    })
  }
  const actionPlan = planChanges(context, base, gathered.value)
  if (!actionPlan.ok) return actionPlan
  return ok({
    actionPlan: actionPlan.value,
    actionsUnknown: undefined,
    manifestOf: shownManifests(gathered.value.manifests),
    newManifests: gathered.value.fetched,
  })
}

/** The repository answered, and has no such object. */
function isAbsent(problem: OperationProblem): boolean {
  if (problem.code === 'ips::repository_error::all_origins_failed') return problem.causes.every(isAbsent)
  return problem.code === 'ips::repository_error::not_found'
}

function packagesOnly(context: ImageContext, plan: InstallPlan): ActionPlan {
  return {
    base: plan.base,
    imageKind: context.config().kind,
    changes: [],
    packages: [
      ...plan.remove.map((from) => ({ from, to: undefined })),
      ...plan.add.map(({ fmri }) => ({ from: undefined, to: fmri })),
      ...plan.update.map(({ from, to }) => ({ from, to: to.fmri })),
    ],
    payloads: [],
    downloadBytes: 0,
    installBytes: 0,
    licenses: [],
    actuators: [],
    mediators: [],
    lostTargets: [],
    discards: [],
    metadataFiles: [],
  }
}

/** Manifests for a plan. */
interface GatheredManifests {
  /** Those of installed and of new packages. */
  readonly manifests: ImageManifests
  readonly fetched: readonly NewManifest[]
  /** Packages that stay and are planned anew. */
  readonly replanned: readonly Fmri[]
}

async function gatherManifests(
  context: ImageContext,
  { catalog, state, plan, newConfig, filters }: PlanBase,
  installed: ImageManifests,
): Promise<Result<GatheredManifests, OperationProblem>> {
  const replanned: Fmri[] = []
  for (const { fmri } of newConfig === undefined ? [] : staying(state.packages, plan)) {
    const text = installed.readText(fmri)
    if (!text.ok) return text
    if (!mayHaveTags(text.value)) continue
    const manifest = installed.read(fmri)
    if (!manifest.ok) return manifest
    if (isReplanned(manifest.value, filters)) replanned.push(fmri)
  }
  const wanted = [...plan.add.map(({ fmri }) => fmri), ...plan.update.map(({ to }) => to.fmri)]
  const fetched = await fetchManifests(context, catalog, wanted, (each) => newManifest(context, each))
  if (!fetched.ok) return fetched
  return ok({ manifests: withNewManifests(installed, fetched.value), fetched: fetched.value, replanned })
}

function planChanges(
  context: ImageContext,
  { state, plan, filters }: PlanBase,
  { manifests, replanned }: GatheredManifests,
): Result<ActionPlan, OperationProblem> {
  const config = context.config()
  const changes: PackageChange[] = [
    ...plan.remove.map((from) => ({ from, to: undefined })),
    ...plan.add.map(({ fmri }) => ({ from: undefined, to: fmri })),
    ...plan.update.map(({ from, to }) => ({ from, to: to.fmri })),
    ...replanned.map((fmri) => ({ from: fmri, to: fmri })),
  ]
  const left = elidedPaths(config, changes, filters, manifests)
  if (!left.ok) return left
  for (const { path, fmri } of left.value)
    context.host.events.emit({
      kind: 'warning',
      code: 'ips::image_warning::excluded_path',
      text: `${path} of ${formatFmri(fmri)} is left out by the property exclude-patterns.`,
    })
  const leaving = new Set<string>(changes.flatMap(({ from }) => (from === undefined ? [] : [from.stem])))
  return planActions({
    base: plan.base,
    imageKind: config.kind,
    metadataPath: metadataPath(context),
    changes,
    kept: state.packages.map(({ fmri }) => fmri).filter(({ stem }) => !leaving.has(stem)),
    manifests: manifestsOnDisk(manifests, config),
    oldFilter: filters.before,
    newFilter: filters.after,
    mediators: mediatorSettings(config),
    content: contentSubject(config),
    architecture: config.variants.get('variant.arch'),
  })
}

/** The administrator's mediators in the executor's words. */
export function mediatorSettings(
  config: ImageConfig,
): readonly { mediator: string; version: string | undefined; implementation: string | undefined }[] {
  return config.mediators.map(({ name, version, implementation }) => ({
    mediator: name,
    version,
    implementation,
  }))
}
