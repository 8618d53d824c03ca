import type { PublisherName, Stem } from './brand.ts'
import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/** Problem: `bad_stem`. */
export function parseStem(_text: string): Result<Stem, ValidationProblem> {
  throw new Error('unwritten')
}
/** A prefix that may be configured: charset and reserved words of fmri-and-version §1. Problem: `bad_publisher`. */
export function parsePublisherName(_text: string): Result<PublisherName, ValidationProblem> {
  throw new Error('unwritten')
}
/** Percent-encodes every UTF-8 byte but `A-Za-z0-9_.-~`, upper-case hex: the form of FMRIs in URLs and file names. */
export function quote(_text: string): string {
  throw new Error('unwritten')
}
/** Inverse of `quote`; undefined when the text is not validly encoded. */
export function unquote(_text: string): string | undefined {
  throw new Error('unwritten')
}
