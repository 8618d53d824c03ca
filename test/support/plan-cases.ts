import { expect, it } from 'vitest'
import type { InstallerProblem } from '#executor'
import {
  change,
  type PackageManifest,
  type PlanOptions,
  packageOf,
  planOf,
  type Side,
  shortChanges,
} from './small-image.ts'

/** One case: packages by name, what changes, what stays, and the changes or the conflicts that come out. */
export interface PlanCase {
  readonly name: string
  readonly changes: readonly (readonly [Side, Side])[]
  readonly kept?: readonly PackageManifest[]
  readonly plan?: readonly string[]
  /** `kind key` of each conflict. */
  readonly conflicts?: readonly string[]
  readonly options?: PlanOptions
}

function conflictsOf(problem: InstallerProblem): string[] {
  if (problem.code !== 'ips::installer_error::action_conflict') return [problem.code]
  return problem.conflicts.map((each) => `${each.kind} ${each.key} ${each.parties.length}`)
}

/** A package, as `packageOf` makes it. */
export const p = packageOf

/** A line for a file whose content is its path. */
export const file = (path: string, more = '') => `file content="${path}" path=${path} ${more}`

/** A line for the mediated link `bin/py`. */
export const mediated = (target: string, version: string, more = '') =>
  `link path=bin/py target=${target} mediator=py mediator-version=${version} ${more}`

/** Makes one test of each case. */
export function testPlans(cases: readonly PlanCase[]): void {
  it.each(cases)('$name', ({ changes, kept = [], plan, conflicts: wanted, options }) => {
    const found = planOf(
      changes.map(([from, to]) => change(from, to)),
      { kept, ...options },
    )
    if (wanted !== undefined)
      expect(found.ok ? shortChanges(found.value) : conflictsOf(found.error)).toEqual(wanted)
    else expect(found.ok ? shortChanges(found.value) : found.error).toEqual(plan)
  })
}
