import { type ActionPlan, type PackageChange, type PackageManifest, planActions } from '#executor'
import {
  type Catalog,
  err,
  type Fmri,
  fmrisEqual,
  formatFmri,
  type ImageSnapshot,
  type InstallPlan,
  type Manifest,
  ok,
  type Result,
  type SolveRequest,
} from '#model'
import { type Resolution, type ResolveStatistics, resolveInstall, type SolveBudget } from '#solver'
import { imageCatalog } from './catalogs.ts'
import { changedConfig, checkSettings, type SettingsChange } from './change-settings.ts'
import { type ImageContext, metadataPath } from './context.ts'
import { rehearse } from './executor-target.ts'
import { formatConfig, type ImageConfig } from './image-config.ts'
import type { InstalledRecord, InstalledState } from './installed-state.ts'
import { configName } from './layout.ts'
import { type FetchedManifest, fetchManifests } from './manifests.ts'
import { elidedPaths, presentActions } from './present-actions.ts'
import type { OperationProblem } from './problems.ts'
import { type RefreshReport, refreshForPlan } from './refresh.ts'
import { changesPackages, type FilterPair, isReplanned, standstill, staying } from './replan.ts'
import { installedManifest, type RestoredManifests, withManifests } from './restore-manifest.ts'
import { imageFilter, makeSnapshot } from './snapshot.ts'
import { attempt } from './storage.ts'

/** How to plan. */
export interface PlanOptions {
  /** Refresh all enabled publishers first; unreachable origins are reported, not fatal. */
  readonly refresh: boolean
  /** Nothing but caches may be written. */
  readonly dryRun: boolean
  readonly budget?: SolveBudget
  /** Other variants, facets or mediators, which the plan brings into force. */
  readonly settings?: SettingsChange
}

/** A plan with everything that renderers and `applyPlan` need. */
export interface PreparedPlan {
  /** Name of the operation, as the history has it. */
  readonly operation: string
  /** Which packages come, go and change their version; empty for operations that leave all versions as they are. */
  readonly installPlan: InstallPlan
  readonly actionPlan: ActionPlan
  /** Undefined: nothing had to be solved. */
  readonly statistics: ResolveStatistics | undefined
  /** Packages that stay at their version while some of their actions change. Sorted by stem. Source: cli §5.4, `affect-packages`. */
  readonly affected: readonly Fmri[]
  /** Configuration that becomes the image's with the commit, by way of `actionPlan.metadataFiles`; undefined: it stays as it is. */
  readonly newConfig: ImageConfig | undefined
  /** True: the image is already as asked. */
  readonly nothingToDo: boolean
  /** Bytes the operation needs at most, and bytes free on the image's file system. */
  readonly spaceRequired: number
  readonly spaceAvailable: number
  /** Undefined when no refresh was asked for. */
  readonly refreshed: RefreshReport | undefined
  /** By full FMRI text: of all packages of the plan, old and new. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /**
   * Set in a dry run when the repository lists a package but has not got its manifest: the packages of the plan stand, but
   * `actionPlan` says nothing about actions and bytes. Such a plan is refused by `applyPlan` with this problem.
   */
  readonly actionsUnknown: OperationProblem | undefined
  /** The file operations that carrying the plan out would take, in order; only of a dry run by a user who may look. */
  readonly operations: readonly string[] | undefined
  /** Exact texts of the manifests of packages that get installed; what the commit stores. */
  readonly newManifests: readonly FetchedManifest[]
}

/**
 * Refresh, solve, fetch manifests, plan actions. The caller holds the lock, or has made sure that no refresh is asked for.
 * A dry run also rehearses the plan against the disk, so it fails where the real one would. Problems: those of the solver,
 * the repositories, `planActions`, the executor, and `missing_manifest`.
 */
export async function preparePlan(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions,
): Promise<Result<PreparedPlan, OperationProblem>> {
  const { host } = context
  const allowed = checkSettings(options.settings ?? {})
  if (!allowed.ok) return allowed
  host.events.emit({ kind: 'phase', phase: 'startup' })
  const refreshed = options.refresh ? await refreshForPlan(context) : ok(undefined)
  if (!refreshed.ok) return refreshed
  const state = await context.store.read()
  if (!state.ok) return state
  host.events.emit({ kind: 'phase', phase: 'planning' })
  const catalog = await imageCatalog(context, state.value)
  if (!catalog.ok) return catalog
  const config = context.config()
  const newConfig = changedConfig(config, options.settings ?? {})
  const filters = { before: imageFilter(config), after: imageFilter(newConfig ?? config) }
  const idle = options.settings !== undefined && request.reject.length === 0
  const resolution =
    idle && !changesPackages(state.value.packages, filters)
      ? ok({ plan: standstill(state.value), statistics: undefined })
      : await solve(context, {
          snapshot: makeSnapshot(newConfig ?? config, state.value),
          catalog: catalog.value,
          request,
          options,
        })
  if (!resolution.ok) return resolution
  const { plan, statistics } = resolution.value
  const base: PlanBase = { catalog: catalog.value, state: state.value, plan, newConfig, filters, options }
  const planned = await withManifests(context, state.value.packages, !options.dryRun, (restored) =>
    planWithManifests(context, base, restored),
  )
  if (!planned.ok) return planned
  const { actionPlan, manifests, actionsUnknown } = planned.value
  const rehearsed =
    options.dryRun && actionsUnknown === undefined ? rehearse(context, actionPlan) : ok(undefined)
  if (!rehearsed.ok) return rehearsed
  const spaceAvailable = attempt(() => host.filesystem.freeSpace(context.root))
  if (!spaceAvailable.ok) return spaceAvailable
  return ok({
    operation: request.operation,
    installPlan: plan,
    actionPlan,
    statistics,
    affected: affectedPackages(actionPlan),
    newConfig,
    nothingToDo: newConfig === undefined && plan.add.length + plan.remove.length + plan.update.length === 0,
    spaceRequired: actionPlan.downloadBytes + Math.max(0, actionPlan.installBytes),
    spaceAvailable: spaceAvailable.value,
    refreshed: refreshed.value,
    manifests: manifests.byFmri,
    newManifests: manifests.fetched,
    actionsUnknown,
    operations: rehearsed.value,
  })
}

/** The packages of a plan that keep their version. */
export function affectedPackages({ packages }: ActionPlan): readonly Fmri[] {
  return packages.flatMap(({ from, to }) =>
    from !== undefined && to !== undefined && fmrisEqual(from, to) ? [to] : [],
  )
}

/** The plan with the configuration that goes with it. */
export function withConfig(plan: ActionPlan, config: ImageConfig): ActionPlan {
  return { ...plan, metadataFiles: [{ name: configName, text: formatConfig(config) }] }
}

async function solve(
  { host }: ImageContext,
  input: {
    readonly snapshot: ImageSnapshot
    readonly catalog: Catalog
    readonly request: SolveRequest
    readonly options: PlanOptions
  },
): Promise<Result<Resolution, OperationProblem>> {
  host.events.emit({ kind: 'step', name: 'solve', state: 'start' })
  const { snapshot, catalog, request, options } = input
  const newBackend = await host.loadBackend()
  const resolution = resolveInstall({ snapshot, catalog, request, newBackend, budget: options.budget ?? {} })
  host.events.emit({ kind: 'step', name: 'solve', state: 'done' })
  return resolution
}

/** What the packages of a plan are turned into actions with. */
interface PlanBase {
  readonly catalog: Catalog
  readonly state: InstalledState
  readonly plan: InstallPlan
  /** Undefined: stays as it is. */
  readonly newConfig: ImageConfig | undefined
  readonly filters: FilterPair
  readonly options: PlanOptions
}

async function planWithManifests(
  context: ImageContext,
  base: PlanBase,
  restored: RestoredManifests,
): Promise<
  Result<
    Pick<PreparedPlan, 'actionPlan' | 'actionsUnknown'> & { readonly manifests: GatheredManifests },
    OperationProblem
  >
> {
  const { plan, options } = base
  const gathered = await gatherManifests(context, base, restored)
  if (!gathered.ok) {
    if (!options.dryRun || !isAbsent(gathered.error)) return gathered
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
  const { newConfig } = base
  return ok({
    actionPlan: newConfig === undefined ? actionPlan.value : withConfig(actionPlan.value, newConfig),
    actionsUnknown: undefined,
    manifests: gathered.value,
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
    lostTargets: [],
    discards: [],
    metadataFiles: [],
  }
}

interface GatheredManifests {
  readonly byFmri: ReadonlyMap<string, Manifest>
  readonly fetched: readonly FetchedManifest[]
  /** Packages that stay and are planned anew; their manifests are in `byFmri`. */
  readonly replanned: readonly Fmri[]
}

async function gatherManifests(
  context: ImageContext,
  { catalog, state, plan, newConfig, filters }: PlanBase,
  restored: RestoredManifests,
): Promise<Result<GatheredManifests, OperationProblem>> {
  const byFmri = new Map<string, Manifest>()
  const records = new Map(state.packages.map((record) => [record.fmri.stem, record]))
  for (const fmri of [...plan.remove, ...plan.update.map(({ from }) => from)]) {
    const record = records.get(fmri.stem)
    if (record === undefined) throw new Error(`planned to remove what is not installed: ${formatFmri(fmri)}`)
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) return manifest
    byFmri.set(formatFmri(fmri), manifest.value)
  }
  const replanned: Fmri[] = []
  for (const record of newConfig === undefined ? [] : staying(state.packages, plan)) {
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) return manifest
    if (!isReplanned(manifest.value, filters)) continue
    replanned.push(record.fmri)
    byFmri.set(formatFmri(record.fmri), manifest.value)
  }
  const wanted = [...plan.add.map(({ fmri }) => fmri), ...plan.update.map(({ to }) => to.fmri)]
  const fetched = await fetchManifests(context, catalog, wanted)
  if (!fetched.ok) return fetched
  for (const { fmri, manifest } of fetched.value) byFmri.set(formatFmri(fmri), manifest)
  return ok({ byFmri, fetched: fetched.value, replanned })
}

function gatheredManifest(gathered: GatheredManifests, fmri: Fmri): Manifest {
  const manifest = gathered.byFmri.get(formatFmri(fmri))
  if (manifest === undefined) throw new Error(`no manifest gathered for ${formatFmri(fmri)}`)
  return manifest
}

/** A manifest of an installed package could not be read while `planActions` walked over the kept ones. */
class KeptManifestError extends Error {
  readonly problem: OperationProblem
  constructor(problem: OperationProblem) {
    super(problem.code)
    this.problem = problem
  }
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
    return { fmri, manifest: present(fmri, gatheredManifest(gathered, fmri)) }
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
  try {
    return planActions({
      base: plan.base,
      imageKind: config.kind,
      metadataPath: metadataPath(context),
      changes,
      kept: keptManifests(context, kept, restored),
      oldFilter: filters.before,
      newFilter: filters.after,
      mediators: mediatorSettings(config),
    })
  } catch (error) {
    if (error instanceof KeptManifestError) return err(error.problem)
    throw error
  }
}

/** Read one at a time, so that a large image need not fit into memory at once. */
function* keptManifests(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): Iterable<PackageManifest> {
  const present = presentActions(context.config())
  for (const record of records) {
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) throw new KeptManifestError(manifest.error)
    yield { fmri: record.fmri, manifest: present(record.fmri, manifest.value) }
  }
}

/** Manifests of installed packages with their FMRIs, all at once. Problem: `missing_manifest`. */
export function collectKept(
  context: ImageContext,
  records: readonly InstalledRecord[],
  restored: RestoredManifests,
): Result<readonly PackageManifest[], OperationProblem> {
  try {
    return ok([...keptManifests(context, records, restored)])
  } catch (error) {
    if (error instanceof KeptManifestError) return err(error.problem)
    throw error
  }
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
