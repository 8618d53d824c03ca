import type { ActionPlan, Finding, Hopeless } from '#executor'
import type { Fmri } from '#model'

/** One package that was compared with the disk. */
export interface VerifiedPackage {
  readonly fmri: Fmri
  readonly status: 'ok' | 'warning' | 'error'
  readonly findings: readonly Finding[]
}

/** Result of `verify`. */
export interface VerifyReport {
  /** Every package that was compared, sorted by stem. */
  readonly packages: readonly VerifiedPackage[]
  /** Patterns that match nothing installed. */
  readonly misses: readonly string[]
  /** Requested paths that no installed package delivers. */
  readonly unknownPaths: readonly string[]
  /** Actuators that apply when the errors are repaired. */
  readonly actuators: ActionPlan['actuators']
}

/** Errors that `fix` finds, sorted by whether it can repair them. */
export interface Verified {
  readonly report: VerifyReport
  /** Packages with errors that the repair corrects as far as it can. Sorted by stem. */
  readonly repaired: readonly Fmri[]
  /** Packages with errors that no repair of the requested packages corrects: dependencies, files that lie under another package's. */
  readonly beyondRepair: readonly Fmri[]
  /** Repairs that are left out because the image lacks their owner, group or target; all others are made. */
  readonly hopeless: readonly Hopeless[]
}
