import { err, ok, type Result } from '#model'

/**
 * Arguments of the form `name=value`, in order of first mention. The error is what is wrong with the first bad one: `form`
 * (no name or no `=`) or `repeated` (only where `once` is asked for).
 */
export function readAssignments(
  texts: readonly string[],
  once: boolean,
): Result<ReadonlyMap<string, string>, { readonly kind: 'form' | 'repeated'; readonly text: string }> {
  const values = new Map<string, string>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    if (equals < 1) return err({ kind: 'form', text })
    const name = text.slice(0, equals)
    if (once && values.has(name)) return err({ kind: 'repeated', text })
    values.set(name, text.slice(equals + 1))
  }
  return ok(values)
}
