import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/**
 * An IPS version `release,build-branch:timestamp`. Parts keep their spelling (numbers may have any length); compare with
 * `compareVersions`, never as text. Source: fmri-and-version §2.
 */
export interface Version {
  /** Dotted numbers, never empty. */
  readonly release: string
  /** Dotted numbers; `5.11` when the text had none. Never compared. */
  readonly build: string
  /** Dotted numbers; undefined sorts below any. */
  readonly branch: string | undefined
  /** `YYYYMMDDTHHMMSSZ`, UTC; undefined sorts below any. */
  readonly timestamp: string | undefined
}

/** Reads `1.0,5.11-2:20230501T120000Z` and its shorter forms. Problem: `bad_version`. */
export function parseVersion(_text: string): Result<Version, ValidationProblem> {
  throw new Error('unwritten')
}

/** How much of a version is written: full = `r,build-b:t`, no-build = `r-b:t`, short = `r-b`. */
export type VersionForm = 'full' | 'no-build' | 'short'

export function formatVersion(_version: Version, _form: VersionForm = 'full'): string {
  throw new Error('unwritten')
}

/** Release, then branch, then timestamp; build never. Negative, 0 or positive. Source: fmri-and-version §3. */
export function compareVersions(_a: Version, _b: Version): number {
  throw new Error('unwritten')
}

/** GE: "b or newer": a is equal to or newer than b. */
export function isAtLeast(_a: Version, _b: Version): boolean {
  throw new Error('unwritten')
}

/** AUTO: a lies inside b: each part that b spells out is a prefix of (timestamp: equal to) a's, or a equals b. Source: fmri-and-version §4. */
export function isInside(_a: Version, _b: Version): boolean {
  throw new Error('unwritten')
}
