import type { InstallPlan } from '#model'
import { packageSection, summaryTable } from '../../render/plan.ts'
import type { SolveFigures } from './plan-json.ts'

/** A plan as `install -nv` shows it, as far as catalogs know, and whether it is proven to be the best. Ends with an empty line. */
export function solverPlanText(plan: InstallPlan): string {
  const counts: readonly (readonly [string, number])[] = [
    ['Packages to remove:', plan.remove.length],
    ['Packages to install:', plan.add.length],
    ['Packages to update:', plan.update.length],
  ]
  const rows = counts
    .filter(([, count]) => count > 0)
    .map(([label, count]) => [label, String(count)] as const)
  const body = rows.length === 0 ? 'Nothing to do.\n' : `${summaryTable(rows)}\n${packageSection(plan)}`
  const proof =
    plan.proof === 'optimal'
      ? 'Proven minimal: no other plan is better.'
      : 'Best plan found in the time given; not proven minimal.'
  return `${body}\n${proof}\n\n`
}

/** What the search cost, one figure a line. */
export function figuresText(figures: SolveFigures): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Catalog index:', figures.index],
    ['Stems in reach:', String(figures.stemsInCone)],
    ['Variables:', String(figures.variables)],
    ['Clauses:', String(figures.clauses)],
    ['Questions:', String(figures.solves)],
    ['Cores:', String(figures.cores)],
    ['Conflicts:', String(figures.conflicts)],
    ...Object.entries(figures.milliseconds).map(
      ([name, time]) => [`Time (${name}):`, `${time.toFixed(2)} ms`] as const,
    ),
    ['Peak memory:', `${Math.round(figures.peakMemory / 2 ** 20)} MiB`],
  ]
  return `${summaryTable(rows)}\n`
}
