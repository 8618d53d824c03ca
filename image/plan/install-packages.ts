import { ok, type Result, type SolveRequest } from '#model'
import { changeImage, type Done, lockImage } from '../change/change-image.ts'
import { readInstalled } from '../manifests/manifest-reader.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, interruption } from '../state/context.ts'
import { type ApplyPlanOptions, carryOutPlan, type DecidePlan, type InstallOutcome } from './apply-plan.ts'
import { type PlanOptions, type PreparedPlan, preparePlan } from './plan-install.ts'

/** Plan and change under one lock; see `Image.install`. */
export function installPackages(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions & ApplyPlanOptions & { readonly decide: DecidePlan },
): Promise<Result<InstallOutcome, OperationProblem>> {
  return changeImage<InstallOutcome>(context, request.operation, async () => {
    const prepared = await preparePlan(context, request, options)
    if (!prepared.ok) return prepared
    const stopped: Done<InstallOutcome> = {
      value: { prepared: prepared.value, applied: undefined },
      changed: false,
    }
    if (prepared.value.nothingToDo) return ok(stopped)
    const decision = await options.decide(prepared.value)
    if (!decision.ok) return decision
    if (decision.value === 'stop') return ok(stopped)
    const applied = await carryOutPlan(context, prepared.value, options)
    if (!applied.ok) return applied
    return ok({ ...applied.value, value: { prepared: prepared.value, applied: applied.value.value } })
  })
}

/**
 * A plan alone. A refresh writes catalogs, so it needs the lock; a dry run by a user who may not write does without both.
 * Nothing of it enters the history.
 */
export async function planOnly(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions,
): Promise<Result<PreparedPlan, OperationProblem>> {
  if (!options.refresh) return planUnlocked(context, request, options)
  const lock = await lockImage(context)
  if (!lock.ok) {
    const mayNotWrite =
      lock.error.code === 'ips::image_error::no_permission' ||
      lock.error.code === 'ips::image_error::read_only'
    return options.dryRun && mayNotWrite
      ? planUnlocked(context, request, { ...options, refresh: false })
      : lock
  }
  try {
    return await preparePlan(context, request, options)
  } finally {
    lock.value.release()
  }
}

async function planUnlocked(
  context: ImageContext,
  request: SolveRequest,
  options: PlanOptions,
): Promise<Result<PreparedPlan, OperationProblem>> {
  const interrupted = interruption(context)
  if (interrupted !== undefined) return { ok: false, error: interrupted }
  return readInstalled(context, () => preparePlan(context, request, options))
}
