import type { PublisherName, Stem } from './brand.ts'
import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'
import type { Version } from './version.ts'

/** One version of a package, or the package as a whole when `version` is absent. Source: fmri-and-version §1. */
export interface Fmri {
  readonly publisher: PublisherName | undefined
  readonly stem: Stem
  readonly version: Version | undefined
}

/**
 * full `pkg://pub/a@1.0,5.11-1:T`; no-build `pkg://pub/a@1.0-1:T`; short `pkg://pub/a@1.0-1`; stem `pkg://pub/a`;
 * anarchy `pkg:/a@1.0,5.11-1:T` (no publisher); bare `a@1.0,5.11-1:T` (no scheme, no publisher).
 */
export type FmriForm = 'full' | 'no-build' | 'short' | 'stem' | 'anarchy' | 'bare'

/** Problem: `bad_fmri`. */
export function parseFmri(_text: string): Result<Fmri, ValidationProblem> {
  throw new Error('unwritten')
}
export function formatFmri(_fmri: Fmri, _form: FmriForm = 'full'): string {
  throw new Error('unwritten')
}
/** Same publisher, stem and version (build ignored). */
export function fmrisEqual(_a: Fmri, _b: Fmri): boolean {
  throw new Error('unwritten')
}
/** Publisher (absent first), stem, version. */
export function compareFmris(_a: Fmri, _b: Fmri): number {
  throw new Error('unwritten')
}
/** `quote(stem)@quote(version)`; throws RangeError without version. */
export function fmriUrlPath(_fmri: Fmri): string {
  throw new Error('unwritten')
}
/** `quote(stem)/quote(version)`; throws RangeError without version. */
export function fmriDirectoryPath(_fmri: Fmri): string {
  throw new Error('unwritten')
}
