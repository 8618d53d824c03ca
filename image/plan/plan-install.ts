import type { ActionPlan } from '#executor'
import {
  type Catalog,
  emptyPlan,
  type Fmri,
  fmrisEqual,
  type ImageSnapshot,
  type InstallPlan,
  type Manifest,
  ok,
  type Result,
  type SolveRequest,
} from '#model'
import {
  type Resolution,
  type ResolveStatistics,
  resolveInstall,
  type SolveBudget,
  settingsMatter,
} from '#solver'
import { changedConfig, checkSettings, type SettingsChange } from '../config/change-settings.ts'
import type { ImageConfig } from '../config/image-config.ts'
import type { InstalledState } from '../installed-state.ts'
import { type NewManifest, withManifests } from '../manifests/manifest-reader.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter, makeSnapshot } from '../state/snapshot.ts'
import { attempt } from '../storage.ts'
import { imageCatalog } from '../supply/catalogs.ts'
import { type RefreshReport, refreshForPlan } from '../supply/refresh.ts'
import { rehearse } from './executor-target.ts'
import { type PlanBase, planWithManifests } from './plan-packages.ts'
import { rootPackages } from './root-image.ts'
import { spaceRequired } from './space.ts'

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
  /** Reads the manifest of a package of the plan, old or new; undefined: it cannot be read (any more). */
  readonly manifestOf: (fmri: Fmri) => Manifest | undefined
  /**
   * Set in a dry run when the repository lists a package but has not got its manifest: the packages of the plan stand, but
   * `actionPlan` says nothing about actions and bytes. Such a plan is refused by `applyPlan` with this problem.
   */
  readonly actionsUnknown: OperationProblem | undefined
  /**
   * The file operations that carrying the plan out would take, in order; only of a dry run by a user who may look. Made up each time they are
   * read.
   */
  readonly operations: Iterable<string> | undefined
  /** Manifests of packages that get installed; what the commit stores. */
  readonly newManifests: readonly NewManifest[]
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
  const snapshot = makeSnapshot(newConfig ?? config, state.value)
  const idle =
    options.settings !== undefined &&
    request.reject.length === 0 &&
    !settingsMatter(catalog.value, makeSnapshot(config, state.value), snapshot)
  const resolution = idle
    ? ok({ plan: emptyPlan(snapshot), statistics: undefined })
    : await solve(context, {
        snapshot: await withRoot(context, snapshot, catalog.value, state.value),
        catalog: catalog.value,
        request,
        options,
      })
  if (!resolution.ok) return resolution
  const { plan, statistics } = resolution.value
  const base: PlanBase = {
    catalog: catalog.value,
    state: state.value,
    plan,
    newConfig,
    filters,
    dryRun: options.dryRun,
  }
  const planned = await withManifests(context, state.value, !options.dryRun, (manifests) =>
    planWithManifests(context, base, manifests),
  )
  if (!planned.ok) return planned
  const { actionPlan, actionsUnknown, manifestOf, newManifests } = planned.value
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
    spaceRequired: spaceRequired(context, actionPlan, newManifests),
    spaceAvailable: spaceAvailable.value,
    refreshed: refreshed.value,
    manifestOf,
    newManifests,
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

async function withRoot(
  context: ImageContext,
  snapshot: ImageSnapshot,
  catalog: Catalog,
  state: InstalledState,
): Promise<ImageSnapshot> {
  const root = await rootPackages(context, catalog, state)
  return root === undefined ? snapshot : { ...snapshot, root }
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
