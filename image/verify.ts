import type { Action, Fmri } from '#model'

export interface VerifyOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Image-relative paths: only the actions that deliver them. */
  readonly paths: readonly string[]
  readonly onPackage?: (verified: VerifiedPackage) => void
}

/** One finding about one action. */
export interface VerifyFinding {
  readonly level: 'error' | 'warning' | 'info'
  readonly action: Action
  readonly text: string
}

export interface VerifiedPackage {
  readonly fmri: Fmri
  readonly status: 'ok' | 'warning' | 'error'
  readonly findings: readonly VerifyFinding[]
}

export interface VerifyReport {
  /** Sorted by stem; every package that was looked at. */
  readonly packages: readonly VerifiedPackage[]
  /** Patterns that matched nothing installed. */
  readonly misses: readonly string[]
  /** Asked paths that no installed package delivers. */
  readonly unknownPaths: readonly string[]
}
