import type { OperationProblem } from '#image'
import { parsePattern } from '#model'

/** The patterns that are none, as one problem, so that all are named at once; undefined when all are good. Source: cli §4. */
export function illegalPatterns(texts: readonly string[]): OperationProblem | undefined {
  const patterns = texts.flatMap((text) => {
    const parsed = parsePattern(text)
    return parsed.ok ? [] : [{ text, reason: 'reason' in parsed.error ? parsed.error.reason : '' }]
  })
  return patterns.length === 0 ? undefined : { code: 'ips::solver_error::bad_patterns', patterns }
}

/** The refusal of `-g` by commands that only read. */
export const noTemporarySources = {
  code: 'ips::cli_error::unsupported_option',
  option: '-g',
  why: 'temporary package sources are not supported.',
  instead: "Add the source with 'set-publisher -g URI PUBLISHER' for as long as you need it.",
} as const
