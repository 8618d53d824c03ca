import { err, ok, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { CorruptDatabaseError } from '../state/installed-store.ts'
import { attempt } from '../storage.ts'
import { changeImage } from './change-image.ts'

/** What an edit of the installed state comes to; without `next` nothing changes. */
export interface Edit<T> {
  readonly value: T
  readonly next?: Omit<InstalledState, 'generation'>
}

/**
 * Changes the installed state alone, no file of the target: lock, recovery, edit, commit, history. The commit is the rename of the
 * database, so it happens whole or not at all. A dry run takes no lock and only gives the value. Problems: those of the lock and
 * of the edit, `corrupt_db`, `storage` and its kin.
 */
export async function editState<T>(
  context: ImageContext,
  operation: string,
  edit: (state: InstalledState) => Promise<Result<Edit<T>, OperationProblem>>,
  { dryRun = false } = {},
): Promise<Result<T, OperationProblem>> {
  if (dryRun) {
    const state = await context.store.read()
    const edited = state.ok ? await edit(state.value) : state
    return edited.ok ? ok(edited.value.value) : edited
  }
  return changeImage(context, operation, async () => {
    const state = await context.store.read()
    if (!state.ok) return state
    const edited = await edit(state.value)
    if (!edited.ok) return edited
    const { value, next } = edited.value
    if (next === undefined) return ok({ value, changed: false })
    const committed = await commitState(context, state.value.generation, next)
    return committed.ok ? ok({ value, changed: true }) : committed
  })
}

async function commitState(
  context: ImageContext,
  base: number,
  next: Omit<InstalledState, 'generation'>,
): Promise<Result<void, OperationProblem>> {
  const commit = await context.store.prepareCommit()
  if (!commit.ok) return commit
  try {
    const written = attempt(() => commit.value(next))
    // The rename went through and only the flush of the directory failed: done is done.
    const durable = attempt(() => context.store.durableGeneration())
    return written.ok || (durable.ok && durable.value === base + 1) ? ok(undefined) : written
  } catch (error) {
    if (!(error instanceof CorruptDatabaseError)) throw error
    const { database } = context.layout
    return err({ code: 'ips::image_error::corrupt_db', path: database, reason: error.message })
  }
}
