import {
  type Catalog,
  emptyPlan,
  type ImageSnapshot,
  ok,
  parsePattern,
  type Result,
  type SolveRequest,
  stemMatcher,
} from '#model'
import { type Resolution, resolveInstall, type SolveBudget, settingsMatter } from '#solver'
import { changedConfig, checkSettings, type SettingsChange } from '../config/change-settings.ts'
import type { InstalledState } from '../installed-state.ts'
import { readInstalled, withManifests } from '../manifests/manifest-reader.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter, makeSnapshot } from '../state/snapshot.ts'
import { imageCatalog } from '../supply/catalogs.ts'
import { type RefreshReport, refreshForPlan } from '../supply/refresh.ts'
import type { InstallOutcome } from './apply-plan.ts'
import { type OperationOptions, planAndApply } from './plan-and-apply.ts'
import { type PlanBase, planWithManifests } from './plan-packages.ts'
import { type ContentOptions, completePlan, type PreparedPlan } from './prepared-plan.ts'
import { rootPackages } from './root-image.ts'

/** How to plan. */
export interface PlanOptions extends ContentOptions {
  /** Refresh all enabled publishers first; unreachable origins are reported, not fatal. */
  readonly refresh: boolean
  readonly budget?: SolveBudget
  /** Other variants, facets or mediators, which the plan puts in force. */
  readonly settings?: SettingsChange
}

/**
 * Refreshes, solves, fetches manifests, plans actions, calls `decide`, and applies the plan: under one lock, with one history record.
 * Serves install, update, uninstall and exact-install alike: the request says which. A dry run needs the lock only for a refresh;
 * a user who may not write gets a plan from the catalogs as they are.
 */
export function installPackages(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions & OperationOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const { refresh } = options
  const plan = (mayRefresh: boolean) =>
    preparePlan(context, request, mayRefresh ? options : { ...options, refresh: false })
  return planAndApply(context, { name: request.operation, refresh, plan }, options)
}

/**
 * Refreshes, solves, fetches manifests, plans actions. A refresh needs the lock. Problems: those of the solver, the repositories,
 * `planActions` and `completePlan`, and `missing_manifest`.
 */
export async function preparePlan(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions & { readonly dryRun: boolean },
): Promise<Result<PreparedPlan, OperationProblem>> {
  const { host } = context
  const allowed = checkSettings(options.settings ?? {})
  if (!allowed.ok) return allowed
  host.events.emit({ kind: 'phase', phase: 'startup' })
  const refreshed = options.refresh ? await refreshForPlan(context) : ok(undefined)
  if (!refreshed.ok) return refreshed
  return readInstalled(context, (state) => planInstalled(context, state, request, options, refreshed.value))
}

async function planInstalled(
  context: ImageContext,
  state: InstalledState,
  request: SolveRequest,
  options: PlanOptions & { readonly dryRun: boolean },
  refreshed: RefreshReport | undefined,
): Promise<Result<PreparedPlan, OperationProblem>> {
  context.host.events.emit({ kind: 'phase', phase: 'planning' })
  const catalog = await imageCatalog(context, state)
  if (!catalog.ok) return catalog
  const config = context.config()
  const newConfig = changedConfig(config, options.settings ?? {})
  const filters = { before: imageFilter(config), after: imageFilter(newConfig ?? config) }
  const snapshot = makeSnapshot(newConfig ?? config, state)
  const idle =
    options.settings !== undefined &&
    !rejectsInstalled(state, request.reject) &&
    !settingsMatter(catalog.value, makeSnapshot(config, state), snapshot)
  const resolution = idle
    ? ok({ plan: emptyPlan(snapshot), statistics: undefined })
    : await solve(context, {
        snapshot: await withRoot(context, snapshot, catalog.value, state),
        catalog: catalog.value,
        request,
        options,
      })
  if (!resolution.ok) return resolution
  const { plan, statistics } = resolution.value
  const base: PlanBase = {
    catalog: catalog.value,
    state: state,
    plan,
    newConfig,
    filters,
    dryRun: options.dryRun,
  }
  const planned = await withManifests(context, state, !options.dryRun, (manifests) =>
    planWithManifests(context, base, manifests),
  )
  if (!planned.ok) return planned
  const { actionPlan, actionsUnknown, manifestOf, newManifests } = planned.value
  return completePlan(
    context,
    {
      operation: request.operation,
      installPlan: plan,
      actionPlan,
      manifestOf,
      newConfig,
      nothingToDo: newConfig === undefined && plan.add.length + plan.remove.length + plan.update.length === 0,
      solved: { statistics, refreshed, actionsUnknown, newManifests },
    },
    options,
  )
}

/** Whether some pattern may match an installed package. Versions are not looked at; a bad pattern is for the solver to refuse. */
function rejectsInstalled(state: InstalledState, patterns: readonly string[]): boolean {
  return patterns.some((text) => {
    const pattern = parsePattern(text)
    if (!pattern.ok) return true
    const matches = stemMatcher(pattern.value)
    return state.packages.some(({ fmri }) => matches(fmri.stem))
  })
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
