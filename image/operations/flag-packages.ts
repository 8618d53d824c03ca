import { ok, type Result } from '#model'
import { editState } from '../change/edit-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { requireInstalled } from './describe-packages.ts'
import { parsePatterns } from './list-packages.ts'

/**
 * Says of installed packages that somebody asked for them, or that nobody did; only `autoremove` and listings look at it. Gives the
 * number of packages of which that was not so before. Problems: `no_candidates` where a pattern matches nothing installed,
 * `bad_pattern`, those of `editState`. Source: cli §8.
 */
export async function flagPackages(
  context: ImageContext,
  texts: readonly string[],
  manual: boolean,
): Promise<Result<number, OperationProblem>> {
  const patterns = parsePatterns(texts)
  if (!patterns.ok) return patterns
  return editState(context, 'state', async (state) => {
    const records = requireInstalled(state.packages, patterns.value, 'flag')
    if (!records.ok) return records
    const changing = new Set(records.value.filter((record) => record.manual !== manual))
    if (changing.size === 0) return ok({ value: 0 })
    const packages = state.packages.map((record) => (changing.has(record) ? { ...record, manual } : record))
    return ok({ value: changing.size, next: { ...state, packages } })
  })
}
