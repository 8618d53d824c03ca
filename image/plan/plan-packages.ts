import { type ActionPlan, type PackageChange, type PackageManifest, planActions } from '#executor'
import { type Catalog, type Fmri, formatFmri, type InstallPlan, type Manifest, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import { contentSubject } from '../config/properties.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import { keptManifests } from '../manifests/kept-manifests.ts'
import { latePackage, lateText } from '../manifests/late-manifest.ts'
import { fetchManifests, missingManifest, readInstalledText } from '../manifests/manifests.ts'
import { elidedPaths, presentActions } from '../manifests/present-actions.ts'
import { type FilterPair, isReplanned, mayHaveTags, staying } from '../manifests/replan.ts'
import type { RestoredManifests } from '../manifests/restore-manifest.ts'
import { type ShelvedManifest, shelve } from '../manifests/shelved-manifest.ts'
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

/** The actions of a plan, and the manifests they are from. */
export interface PlannedPackages {
  readonly actionPlan: ActionPlan
  /** Why nothing is known of the actions; only in a dry run. */
  readonly actionsUnknown: OperationProblem | undefined
  readonly manifests: GatheredManifests
}

/**
 * Turns the packages of a plan into actions. In a dry run, a repository that has no manifests still gives the packages. Problems:
 * `missing_manifest`, `excluded_paths`, those of the repositories and of `planActions`.
 */
export async function planWithManifests(
  context: ImageContext,
  base: PlanBase,
  restored: RestoredManifests,
): Promise<Result<PlannedPackages, OperationProblem>> {
  const { plan, dryRun } = base
  const gathered = await gatherManifests(context, base, restored)
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
      manifests: { byFmri: new Map(), fetched: [], replanned: [] },
    })
  }
  const actionPlan = planChanges(context, base, gathered.value, restored)
  if (!actionPlan.ok) return actionPlan
  return ok({ actionPlan: actionPlan.value, actionsUnknown: undefined, manifests: gathered.value })
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

/** Manifests of a plan, by full FMRI text; of its new packages also their texts. */
export interface GatheredManifests {
  readonly byFmri: ReadonlyMap<string, Manifest>
  readonly fetched: readonly ShelvedManifest[]
  /** Packages that stay and are planned anew; their manifests are in `byFmri`. */
  readonly replanned: readonly Fmri[]
}

async function gatherManifests(
  context: ImageContext,
  { catalog, state, plan, newConfig, filters }: PlanBase,
  restored: RestoredManifests,
): Promise<Result<GatheredManifests, OperationProblem>> {
  const { filesystem } = context.host
  const { layout } = context
  const byFmri = new Map<string, Manifest>()
  const records = new Map(state.packages.map((record) => [record.fmri.stem, record]))
  const installed = (record: InstalledRecord): Manifest =>
    restored.get(formatFmri(record.fmri)) ??
    lateText(
      () => readInstalledText(filesystem, layout, record),
      () => missingManifest(record, 'it does not parse'),
    )
  for (const fmri of [...plan.remove, ...plan.update.map(({ from }) => from)]) {
    const record = records.get(fmri.stem)
    if (record === undefined) throw new Error(`planned to remove what is not installed: ${formatFmri(fmri)}`)
    byFmri.set(formatFmri(fmri), installed(record))
  }
  const replanned: Fmri[] = []
  for (const record of newConfig === undefined ? [] : staying(state.packages, plan)) {
    const manifest = installed(record)
    if (!restored.has(formatFmri(record.fmri))) {
      const text = readInstalledText(context.host.filesystem, context.layout, record)
      if (!text.ok) return text
      if (!mayHaveTags(text.value)) continue
    }
    if (!isReplanned(manifest, filters)) continue
    replanned.push(record.fmri)
    byFmri.set(formatFmri(record.fmri), manifest)
  }
  const wanted = [...plan.add.map(({ fmri }) => fmri), ...plan.update.map(({ to }) => to.fmri)]
  const fetched = await fetchManifests(context, catalog, wanted, (each) => shelve(context, each))
  if (!fetched.ok) return fetched
  for (const { fmri, manifest } of fetched.value) byFmri.set(formatFmri(fmri), manifest)
  return ok({ byFmri, fetched: fetched.value, replanned })
}

function gatheredManifest(gathered: GatheredManifests, fmri: Fmri): Manifest {
  const manifest = gathered.byFmri.get(formatFmri(fmri))
  if (manifest === undefined) throw new Error(`no manifest gathered for ${formatFmri(fmri)}`)
  return manifest
}

function planChanges(
  context: ImageContext,
  { state, plan, filters }: PlanBase,
  gathered: GatheredManifests,
  restored: RestoredManifests,
): Result<ActionPlan, OperationProblem> {
  const config = context.config()
  const present = presentActions(config)
  const withManifest = (fmri: Fmri): PackageManifest => {
    const whole = gatheredManifest(gathered, fmri)
    return latePackage(fmri, () => ok(present(fmri, { actions: whole.actions })))
  }
  const whole = (fmri: Fmri): PackageManifest => ({ fmri, manifest: gatheredManifest(gathered, fmri) })
  const left = elidedPaths(config, {
    packages: [
      ...plan.add.map(({ fmri }) => ({ from: undefined, to: whole(fmri) })),
      ...plan.update.map(({ from, to }) => ({ from: whole(from), to: whole(to.fmri) })),
      ...gathered.replanned.map((fmri) => ({ from: whole(fmri), to: whole(fmri) })),
    ],
    filters,
  })
  if (!left.ok) return left
  for (const { path, fmri } of left.value)
    context.host.events.emit({
      kind: 'warning',
      code: 'ips::image_warning::excluded_path',
      text: `${path} of ${formatFmri(fmri)} is left out by the property exclude-patterns.`,
    })
  const changes: PackageChange[] = [
    ...plan.remove.map((fmri) => ({ from: withManifest(fmri), to: undefined })),
    ...plan.add.map(({ fmri }) => ({ from: undefined, to: withManifest(fmri) })),
    ...plan.update.map(({ from, to }) => ({ from: withManifest(from), to: withManifest(to.fmri) })),
    ...gathered.replanned.map((fmri) => ({ from: withManifest(fmri), to: withManifest(fmri) })),
  ]
  const leaving = new Set<string>(changes.flatMap(({ from }) => (from === undefined ? [] : [from.fmri.stem])))
  const kept = state.packages.filter(({ fmri }) => !leaving.has(fmri.stem))
  return planActions({
    base: plan.base,
    imageKind: config.kind,
    metadataPath: metadataPath(context),
    changes,
    kept: keptManifests(context, kept, restored),
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
