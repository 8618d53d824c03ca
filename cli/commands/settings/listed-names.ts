import { compileGlob } from '#model'

/**
 * Names that a listing shows: those that are there and match a pattern, and those that a pattern names without wildcard. Without
 * patterns, all that are there. Patterns may leave the prefix (`facet.`) out. Sorted.
 */
export function listedNames(
  there: Iterable<string>,
  patterns: readonly string[],
  options: { readonly prefix: string; readonly implicit: boolean },
): readonly string[] {
  const full = patterns.map((text) => (text.startsWith(options.prefix) ? text : options.prefix + text))
  const tests = full.map((pattern) => compileGlob(pattern, { classes: true }))
  const names = new Set<string>()
  for (const name of there)
    if (patterns.length === 0 || tests.some((matches) => matches(name))) names.add(name)
  if (options.implicit) for (const pattern of full) if (!/[*?[]/.test(pattern)) names.add(pattern)
  return [...names].sort((a, b) => (a < b ? -1 : 1))
}
