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

/** The result of an execution. */
export interface ApplyReport {
  /** Number of file operations. */
  readonly steps: number
  /** Unpackaged or edited content that was moved away: image path, and path under lost+found. */
  readonly salvaged: readonly { readonly from: string; readonly to: string }[]
  /** Paths of edited configuration that package content replaced. */
  readonly replaced: readonly string[]
  /** Paths of unpackaged or edited content that was removed without a copy. */
  readonly discarded: readonly string[]
  /** File operations in order, as text; empty except for a dry run. Re-iterable: each iteration makes the texts anew. */
  readonly operations: Iterable<string>
  readonly warnings: readonly string[]
}

/**
 * The execution of a plan in steps. Pass `true` to `next` to cancel; before the commit, cancelling rolls back and the problem is
 * `canceled`.
 */
export type StepwiseWork = Generator<void, Result<ApplyReport, InstallerProblem>, boolean>

/** Carries out an action plan, wholly or not at all. Implementations: filesystem, dry run, archive, memory. */
export interface Executor {
  /** Carries out a plan at once. */
  execute(plan: ActionPlan, options: ApplyOptions): Result<ApplyReport, InstallerProblem>
  /** Carries out a plan in steps; the first `next` begins. */
  start(plan: ActionPlan, options: ApplyOptions): StepwiseWork
}

/** Makes an executor from its stepwise work. */
export function executorOf(start: Executor['start']): Executor {
  return {
    start,
    execute(plan, options) {
      const work = start(plan, options)
      for (;;) {
        const step = work.next(false)
        if (step.done === true) return step.value
      }
    },
  }
}

/** Ends a step. Throws `canceled` where the caller cancels. */
export function* checkCancelled(): Generator<void, void, boolean> {
  if (yield) refuse({ code: 'ips::installer_error::canceled' })
}
