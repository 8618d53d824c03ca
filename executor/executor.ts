import type { Event, Result } from '#model'
import type { ActionPlan } from './action-plan.ts'
import type { InstallerProblem } from './problems.ts'

/** How to apply. `dryRun` is no option here: it is the recording filling. */
export interface ApplyOptions {
  /** Called once, when the file system is right and flushed: makes the new image state durable. The point of no return. A throw undoes everything. */
  readonly commit: () => void
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
  /** File operations in order, as text; only the recording filling has any. */
  readonly operations: readonly string[]
  readonly warnings: readonly string[]
}

/** Carries an action plan out, wholly or not at all. Fillings: filesystem, recording. */
export interface Executor {
  execute(plan: ActionPlan, options: ApplyOptions): Result<ApplyReport, InstallerProblem>
}
