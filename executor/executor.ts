import type { Event, Result } from '#model'
import type { ActionPlan } from './action-plan.ts'
import { refuse } from './failure.ts'
import type { InstallerProblem } from './problems.ts'

/** Why the new image state could not be made durable. */
export interface CommitFailure {
  readonly reason: string
}

/** How to apply. A dry run is an executor of its own, not an option. */
export interface ApplyOptions {
  /**
   * Makes the new image state durable: the point of no return. Called once, when the tree is complete and flushed. A failure, or a
   * `FilesystemError`, undoes everything.
   */
  readonly commit: () => CommitFailure | undefined
  /**
   * Asked when `commit` throws: the generation that is durable now. Where the new one already is (only the last flush
   * failed, say) the run is finished instead of undone.
   */
  readonly committedGeneration?: () => number
  readonly onEvent?: (event: Event) => void
}

/** What was done. */
export interface ApplyReport {
  readonly steps: number
  /** Unpackaged or edited content that was moved away: image path and place under lost+found. */
  readonly salvaged: readonly { readonly from: string; readonly to: string }[]
  /** File operations in order, as text; only the recording filling has any. Made up each time they are read, because there may be very many. */
  readonly operations: Iterable<string>
  readonly warnings: readonly string[]
}

/**
 * The work on a plan, piece by piece. Who says `true` after a piece wants no more: as long as nothing is committed
 * everything is undone then, and the problem is `canceled`.
 */
export type PiecemealWork = Generator<void, Result<ApplyReport, InstallerProblem>, boolean>

/** Carries an action plan out, wholly or not at all. Fillings: filesystem, recording, archive. */
export interface Executor {
  execute(plan: ActionPlan, options: ApplyOptions): Result<ApplyReport, InstallerProblem>
  /** The same in pieces; begins with the first `next`. */
  start(plan: ActionPlan, options: ApplyOptions): PiecemealWork
}

/** The executor whose work is told in pieces. */
export function executorOf(start: Executor['start']): Executor {
  return {
    start,
    execute(plan, options) {
      const work = start(plan, options)
      for (;;) {
        const piece = work.next(false)
        if (piece.done === true) return piece.value
      }
    },
  }
}

/** The end of a piece: throws `canceled` where no more is wanted. */
export function* giveWay(): Generator<void, void, boolean> {
  if (yield) refuse({ code: 'ips::installer_error::canceled' })
}
