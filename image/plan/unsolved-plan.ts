import type { ActionPlan } from '#executor'
import { emptyPlan, err, ok, type Result } from '#model'
import { changeImage, type Done } from '../change/change-image.ts'
import type { ImageConfig } from '../config/image-config.ts'
import type { InstalledState } from '../installed-state.ts'
import {
  type ImageManifests,
  readInstalled,
  shownManifests,
  withManifests,
} from '../manifests/manifest-reader.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, interruption } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { type ApplyPlanOptions, carryOutPlan, type DecidePlan, type InstallOutcome } from './apply-plan.ts'
import { rehearse } from './executor-target.ts'
import { affectedPackages, type PreparedPlan } from './plan-install.ts'
import { withConfig } from './plan-packages.ts'
import { spaceRequired } from './space.ts'

/** How to carry out an operation that leaves all versions as they are. */
export interface UnsolvedOptions extends ApplyPlanOptions {
  /** Plan only: takes no lock, and nothing at all is written. */
  readonly dryRun: boolean
  /** Sees the plan before anything changes, unless there is nothing to do; without it the plan is applied. */
  readonly decide?: DecidePlan
}

/** A plan without solver, made of an action plan. */
export interface UnsolvedPlan {
  readonly operation: string
  readonly actionPlan: ActionPlan
  readonly manifests: ImageManifests
  readonly newConfig: ImageConfig | undefined
  readonly nothingToDo: boolean
}

/** Completes a plan to what renderers and `carryOutPlan` need; a dry run is rehearsed against the disk. */
export function prepareUnsolved(
  context: ImageContext,
  state: InstalledState,
  plan: UnsolvedPlan,
  options: { readonly dryRun: boolean },
): Result<PreparedPlan, OperationProblem> {
  const { operation, manifests, newConfig, nothingToDo } = plan
  const actionPlan = newConfig === undefined ? plan.actionPlan : withConfig(plan.actionPlan, newConfig)
  const rehearsed = options.dryRun && !nothingToDo ? rehearse(context, actionPlan) : ok(undefined)
  if (!rehearsed.ok) return rehearsed
  const spaceAvailable = attempt(() => context.host.filesystem.freeSpace(context.root))
  if (!spaceAvailable.ok) return spaceAvailable
  return ok({
    operation,
    installPlan: emptyPlan(state),
    actionPlan,
    statistics: undefined,
    affected: affectedPackages(actionPlan),
    newConfig,
    nothingToDo,
    spaceRequired: spaceRequired(context, actionPlan, []),
    spaceAvailable: spaceAvailable.value,
    refreshed: undefined,
    manifestOf: shownManifests(manifests),
    actionsUnknown: undefined,
    operations: rehearsed.value,
    newManifests: [],
  })
}

/**
 * Plan and change under one lock with one history record; a dry run takes no lock. `plan` is made of the installed packages, and made
 * again when manifests of theirs had to be restored first.
 */
export async function planAndApply<T extends { readonly prepared: PreparedPlan }>(
  context: ImageContext,
  operation: string,
  plan: (state: InstalledState, manifests: ImageManifests) => Result<T, OperationProblem>,
  options: UnsolvedOptions,
): Promise<Result<T & InstallOutcome, OperationProblem>> {
  const prepare = (): Promise<Result<T, OperationProblem>> =>
    readInstalled(context, (state) =>
      withManifests(context, state, !options.dryRun, async (manifests) => plan(state, manifests)),
    )
  if (options.dryRun) {
    const interrupted = interruption(context)
    if (interrupted !== undefined) return err(interrupted)
    const planned = await prepare()
    return planned.ok ? ok({ ...planned.value, applied: undefined }) : planned
  }
  return changeImage<T & InstallOutcome>(context, operation, async () => {
    const planned = await prepare()
    if (!planned.ok) return planned
    const { prepared } = planned.value
    const stopped: Done<T & InstallOutcome> = {
      value: { ...planned.value, applied: undefined },
      changed: false,
    }
    if (prepared.nothingToDo) return ok(stopped)
    const decision = options.decide === undefined ? ok('apply' as const) : await options.decide(prepared)
    if (!decision.ok) return decision
    if (decision.value === 'stop') return ok(stopped)
    const applied = await carryOutPlan(context, prepared, options)
    if (!applied.ok) return applied
    return ok({ ...applied.value, value: { ...planned.value, applied: applied.value.value } })
  })
}
