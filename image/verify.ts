import type { Finding } from '#executor'
import type { Fmri } from '#model'

export interface VerifyOptions {
  /** Empty: all installed. */
  readonly patterns: readonly string[]
  /** Image-relative paths: only the actions that deliver them. */
  readonly paths: readonly string[]
  readonly onPackage?: (verified: VerifiedPackage) => void
}

/** One package that was looked at. */
export interface VerifiedPackage {
  readonly fmri: Fmri
  readonly status: 'ok' | 'warning' | 'error'
  readonly findings: readonly Finding[]
}

export interface VerifyReport {
  /** Sorted by stem; every package that was looked at. */
  readonly packages: readonly VerifiedPackage[]
  /** Patterns that matched nothing installed. */
  readonly misses: readonly string[]
  /** Asked paths that no installed package delivers. */
  readonly unknownPaths: readonly string[]
}
