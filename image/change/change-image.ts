import { hasLeftovers, recoverInterrupted } from '#executor'
import { err, ok, type Result, removeTree, replaceFile } from '#model'
import { configName } from '../layout.ts'
import { pruneManifests } from '../manifests/manifests.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { recordOperation } from '../state/history.ts'
import { type ImageLock, sweepDrafts, takeLock } from '../state/lock.ts'
import { sweepReplaced } from '../state/replace-image.ts'
import { keepReserve, releaseReserve } from '../state/reserve.ts'
import { attempt, attemptQuietly } from '../storage.ts'

/** Operations that free space. Only these may use the reserve. */
const makesRoom: ReadonlySet<string> = new Set(['autoremove', 'clean', 'purge-history', 'uninstall'])

/** The report of an operation that takes the lock. An operation without changes leaves no history record. */
export interface Done<T> {
  readonly value: T
  readonly changed: boolean
  /** Why a part of the operation failed; the history records it as the outcome. */
  readonly failed?: OperationProblem
  readonly startState?: string
  readonly endState?: string
  /** Kept beside the history record. */
  readonly releaseNotes?: readonly string[]
}

/**
 * Runs an operation as the image's only writer: lock, recovery, configuration read again, work, history record, `modified`
 * touched, unlock; the end of the process meanwhile is recorded too. Problems: those of `takeLock`, of recovery and of the work.
 */
export async function changeImage<T>(
  context: ImageContext,
  operation: string,
  work: () => Promise<Result<Done<T>, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  const { host, layout } = context
  const startTime = host.clock.now()
  const finish = (
    problem: OperationProblem | undefined,
    states: Pick<Done<T>, 'startState' | 'endState' | 'releaseNotes'>,
  ): void =>
    recordOperation(host.filesystem, layout, host.process, {
      operation,
      startTime,
      endTime: host.clock.now(),
      problem,
      ...states,
    })
  const isReleased = makesRoom.has(operation) && releaseReserve(host.filesystem, layout)
  const locked = await lockImage(context)
  if (!locked.ok) {
    finish(locked.error, {})
    if (isReleased) keepReserve(host.filesystem, layout, true)
    return locked
  }
  let isChanged = false
  const withdraw = host.cancellation.beforeEnd(() => {
    finish({ code: 'ips::installer_error::canceled' }, {})
    locked.value.release()
  })
  try {
    const done = await work()
    if (!done.ok) {
      finish(done.error, {})
      return done
    }
    const { changed, failed } = done.value
    isChanged = changed
    if (changed) attemptQuietly(() => replaceFile(host.filesystem, layout.modified, ''))
    if (changed || failed !== undefined) finish(failed, done.value)
    return ok(done.value.value)
  } finally {
    withdraw()
    locked.value.release()
    if (isReleased || isChanged) keepReserve(host.filesystem, layout, isReleased)
  }
}

/** Takes the lock and puts the image in order: recovers an interrupted operation, reads the configuration again. */
export async function lockImage(context: ImageContext): Promise<Result<ImageLock, OperationProblem>> {
  const { host, layout } = context
  const request = { filesystem: host.filesystem, process: host.process, now: host.clock.now() }
  const lock = takeLock(layout.lock, request)
  if (!lock.ok) return lock
  sweepDrafts(layout.lock, request)
  sweepReplaced(host.filesystem, layout.metadata)
  const recovered = await recover(context)
  const reloaded = recovered.ok ? await context.reloadConfig() : recovered
  if (!reloaded.ok) {
    lock.value.release()
    return err(reloaded.error)
  }
  return lock
}

/** Finishes or undoes what was interrupted, and sweeps up what a run left that died before it changed anything. */
async function recover(context: ImageContext): Promise<Result<void, OperationProblem>> {
  const { host, layout } = context
  const open = attempt(() => hasLeftovers(host.filesystem, layout.metadata))
  if (!open.ok) return open
  const state = await context.store.read()
  // Commands that do not look at packages work with a damaged database, but nothing can be recovered by it.
  if (!state.ok) return open.value ? state : ok(undefined)
  const recovery = recoverInterrupted({
    filesystem: host.filesystem,
    root: context.root,
    metadata: layout.metadata,
    metadataFiles: [configName],
    committedGeneration: state.value.generation,
  })
  if (!recovery.ok) return recovery
  // What was cut off before its rename.
  for (const path of [layout.database, layout.snapshot, layout.config, layout.modified])
    attemptQuietly(() => removeTree(host.filesystem, `${path}.new`))
  const { side, operation } = recovery.value
  if (side === 'none') return ok(undefined)
  host.events.emit({ kind: 'recovered', side, operation })
  // Nobody reads these files, so a failure to remove them is ignored.
  attemptQuietly(() => pruneManifests(host.filesystem, layout, state.value.packages))
  return ok(undefined)
}
