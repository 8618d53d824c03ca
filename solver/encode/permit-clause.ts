import type { PackageId, StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import type { Trim } from '../rules/trim.ts'
import type { Fragments } from './fragment.ts'

/**
 * Returns a writer for the positions `from` to `to` of a stem: its clauses tie each downgrade to the packages that permit it.
 * `guardOf` gives a selector that switches the clauses of a stem on. Source: repair D1 of solver-semantics §7.1.
 */
export function createPermitWriter(
  trim: Trim,
  fragments: Fragments,
  guardOf?: (stem: StemId) => number,
): (stem: StemId, from: number, to: number) => void {
  const { catalog, clauses, variables } = fragments
  /** Literals that are only true if one of the packages is selected. */
  const permitLiterals = (packages: readonly PackageId[], key: string) => {
    const stems = new Set(packages.map((id) => catalog.packageStem[id]!))
    return [...stems].map((stem) => {
      const ids = variables.candidates(stem)
      const runs = runsOf(ids.length, (position) => !packages.includes(ids[position]!))
      return fragments.union(stem, runs, `${key} ${stem}`)
    })
  }
  return (stem, from, to) => {
    if (trim.downgrades.size === 0) return
    const ids = variables.candidates(stem)
    for (let position = from; position <= to; position += 1) {
      const starts = trim.downgrades.get(ids[position]!)
      if (starts === undefined || trim.isDowngradeAsked(stem)) continue
      const choices = permitLiterals(starts, `permit ${ids[position]}`)
      clauses.begin()
      if (guardOf !== undefined) clauses.negative(guardOf(stem))
      fragments.outside(stem, position, position)
      for (const choice of choices) clauses.positive(choice)
      clauses.end()
    }
  }
}
