import type { ActionPlan, Executor, ExecutorTarget } from '#executor'
import { err, ok, type Result } from '#model'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { cachedPayload } from '../supply/payload-places.ts'

/** What an executor works on: the image's tree, its metadata folder and content cache. `now` in milliseconds since 1970-01-01 UTC. */
export function executorTarget({ host, layout, root }: ImageContext, now: number): ExecutorTarget {
  return {
    filesystem: host.filesystem,
    root,
    metadata: layout.metadata,
    payloadPath: (action, fmri) => cachedPayload(host.filesystem, layout, fmri, action),
    now,
    asRoot: host.process.userId === 0,
  }
}

/** Goes through a plan against the disk as it is and writes nothing. Problems: the executor's, as the real run would end. */
export function dryRun(context: ImageContext, plan: ActionPlan): ReturnType<Executor['execute']> {
  const { clock, newDryRun } = context.host
  return newDryRun(executorTarget(context, clock.now())).execute(plan, { commit: () => undefined })
}

/**
 * File operations that a plan takes, in order, by a dry run against the disk as it is. Undefined: this user may not look. Problems: the
 * executor's, as the real run would end.
 */
export function dryRunOperations(
  context: ImageContext,
  plan: ActionPlan,
): Result<Iterable<string> | undefined, OperationProblem> {
  const report = dryRun(context, plan)
  if (report.ok) return ok(report.value.operations)
  const { error } = report
  const denied =
    error.code === 'ips::installer_error::step_failed' && ['EACCES', 'EPERM'].includes(error.cause.errno)
  return denied ? ok(undefined) : err(error)
}
