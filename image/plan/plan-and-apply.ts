import type { ActionPlan } from '#executor'
import { emptyPlan, err, ok, type Result } from '#model'
import { changeImage, type Done, lockImage } from '../change/change-image.ts'
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
import { undisturbed } from '../state/undisturbed.ts'
import type { Verified } from '../verify-report.ts'
import { type ApplyOptions, carryOutPlan, type InstallOutcome } from './apply-plan.ts'
import { completePlan, type PreparedPlan } from './prepared-plan.ts'

/** Sees a plan that has something to do, before anything changes, e.g. to show it. 'stop' leaves the image as it is. */
export type DecidePlan = (
  prepared: PreparedPlan,
) => Promise<Result<'apply' | 'stop', OperationProblem>> | Result<'apply' | 'stop', OperationProblem>

/** How an operation that has a plan is carried out. */
export interface OperationOptions extends ApplyOptions {
  /** Plan, call `decide`, and stop. Nothing but caches is written. */
  readonly dryRun: boolean
  /** Without it the plan is applied. Its problem ends the operation. */
  readonly decide?: DecidePlan
}

/** An operation that has a plan. */
export interface PlannedOperation {
  /** Name in the history. */
  readonly name: string
  /** True: `plan` may refresh catalogs, which needs the lock also in a dry run. */
  readonly refresh: boolean
  /** Makes the plan. It refreshes catalogs only when `refresh` is true. */
  readonly plan: (refresh: boolean) => Promise<Result<PreparedPlan, OperationProblem>>
}

/**
 * Plans, asks `decide` unless there is nothing to do, and applies the plan: under one lock, with one history record. A dry run stops
 * after `decide` and leaves no history record. Problems: those of the lock, of `plan`, of `decide` and of `carryOutPlan`.
 */
export async function planAndApply(
  context: ImageContext,
  operation: PlannedOperation,
  options: OperationOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const decide = async (prepared: PreparedPlan): Promise<Result<'apply' | 'stop', OperationProblem>> => {
    if (prepared.nothingToDo) return ok('stop')
    return options.decide === undefined ? ok('apply') : await options.decide(prepared)
  }
  if (options.dryRun) {
    const planned = await planAlone(context, operation)
    if (!planned.ok) return planned
    const decision = await decide(planned.value)
    return decision.ok ? ok({ prepared: planned.value, applied: undefined }) : decision
  }
  return changeImage<InstallOutcome>(context, operation.name, async () => {
    const planned = await operation.plan(operation.refresh)
    if (!planned.ok) return planned
    const prepared = planned.value
    const decision = await decide(prepared)
    if (!decision.ok) return decision
    const stopped: Done<InstallOutcome> = { value: { prepared, applied: undefined }, changed: false }
    if (decision.value === 'stop') return ok(stopped)
    const applied = await carryOutPlan(context, prepared, options)
    return applied.ok ? ok({ ...applied.value, value: { prepared, applied: applied.value.value } }) : applied
  })
}

/** Plan of an operation that leaves all versions as they are. */
export interface InstalledPlan {
  readonly actionPlan: ActionPlan
  readonly nothingToDo: boolean
  /** Comes into force with the commit. Undefined: the configuration stays as it is. */
  readonly newConfig?: ImageConfig
  readonly verified?: Verified
}

/**
 * Does the same for an operation that leaves all versions as they are. `planOf` sees the installed packages, and runs again when
 * manifests of them had to be restored first.
 */
export function planAndApplyInstalled(
  context: ImageContext,
  name: string,
  planOf: (state: InstalledState, manifests: ImageManifests) => Result<InstalledPlan, OperationProblem>,
  options: OperationOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const planInstalled = (): Promise<Result<PreparedPlan, OperationProblem>> =>
    readInstalled(context, (state) =>
      withManifests(context, state, !options.dryRun, async (manifests) => {
        context.host.events.emit({ kind: 'phase', phase: 'planning' })
        const planned = planOf(state, manifests)
        if (!planned.ok) return planned
        const { newConfig, ...rest } = planned.value
        const installPlan = emptyPlan(state)
        const manifestOf = shownManifests(manifests)
        return completePlan(
          context,
          { operation: name, installPlan, manifestOf, newConfig, ...rest },
          options,
        )
      }),
    )
  // A dry run takes no lock, and files that another client is changing look damaged.
  const plan = options.dryRun ? () => undisturbed(context, planInstalled) : planInstalled
  return planAndApply(context, { name, refresh: false, plan }, options)
}

/** The plan of a dry run. A refresh takes the lock; a user who may not write gets the plan without lock and without refresh. */
async function planAlone(
  context: ImageContext,
  { refresh, plan }: PlannedOperation,
): Promise<Result<PreparedPlan, OperationProblem>> {
  const lock = refresh ? await lockImage(context) : undefined
  if (lock?.ok === true)
    try {
      return await plan(true)
    } finally {
      lock.value.release()
    }
  if (lock !== undefined && !mayNotWrite(lock.error)) return lock
  const interrupted = interruption(context)
  return interrupted === undefined ? await plan(false) : err(interrupted)
}

function mayNotWrite({ code }: OperationProblem): boolean {
  return code === 'ips::image_error::no_permission' || code === 'ips::image_error::read_only'
}
