import { lowerBound } from '../lower-bound.ts'
import {
  comparePackage,
  isBeyond,
  lowestInside,
  type PackageVersions,
  packageIsInside,
  type VersionKey,
} from './catalog-version.ts'

/** Growing list of version runs, and the budget for finding them. */
export interface RunList {
  /** Pairs (first, last), inclusive package ids. */
  readonly runs: number[]
  /** Version tests left; catalogs are hostile, and every target times every version of its stem is a square. */
  budget: number
}

/** Version tests for a whole catalog: about a hundred times the need of the largest real ones. */
export const targetBudget = 50_000_000

/**
 * Carries out both version tests of a target against the packages `first` to `end` - 1 of its stem, which ascend by
 * version. Appends the AUTO runs and returns the first package that is "or newer" (`end` when none is); undefined when
 * the budget is spent, and then nothing is appended.
 */
export function resolveTarget(
  target: VersionKey | undefined,
  first: number,
  end: number,
  packages: PackageVersions,
  list: RunList,
): number | undefined {
  if (first === end) return end
  if (target === undefined) {
    list.runs.push(first, end - 1)
    return first
  }
  const firstFrom = (key: VersionKey) => lowerBound(first, end, (id) => comparePackage(packages, id, key) < 0)
  const low = firstFrom(target)
  const start = firstFrom(lowestInside(target))
  const before = list.runs.length
  const cost = 1 + (target.release.length >> 2)
  let open = -1
  let id = start
  for (; id < end; id++) {
    list.budget -= cost
    if (list.budget < 0) {
      list.runs.length = before
      return undefined
    }
    if (packageIsInside(packages, id, target)) {
      if (open < 0) open = id
      continue
    }
    if (open >= 0) list.runs.push(open, id - 1)
    open = -1
    if (isBeyond(packages.key(id), target)) break
  }
  if (open >= 0) list.runs.push(open, id - 1)
  return low
}
