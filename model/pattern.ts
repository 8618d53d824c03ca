import type { Fmri } from './fmri.ts'
import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/** A user's package pattern. Source: fmri-and-version §6 to §8. */
export interface Pattern {
  /** As typed. */
  readonly text: string
  readonly publisher: string | undefined
  /** glob: shell match over the whole stem; exact: rooted; suffix: trailing run of path components. */
  readonly matcher: 'glob' | 'exact' | 'suffix'
  /** Stem text without prefix. */
  readonly name: string
  /** Version text after the first `@`; undefined when absent or empty; `*` for latest. */
  readonly version: string | undefined
  /** `@latest`. */
  readonly latest: boolean
}

/** Problem: `bad_pattern`. */
export function parsePattern(_text: string): Result<Pattern, ValidationProblem> {
  throw new Error('unwritten')
}
/** Name test only. Compile once, test many. */
export function stemMatcher(_pattern: Pattern): (stem: string) => boolean {
  throw new Error('unwritten')
}
/** Version test only: AUTO, or the wildcard rule of §6. `true` for every version when the pattern has none. */
export function versionMatcher(_pattern: Pattern): (version: import('./version.ts').Version) => boolean {
  throw new Error('unwritten')
}
/** Name, version and publisher together. */
export function matchesPattern(_pattern: Pattern, _fmri: Fmri): boolean {
  throw new Error('unwritten')
}
