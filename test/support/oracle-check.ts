import type { NewSatBackend } from '#solver'
import { installedText, solveByHand } from './oracle.ts'
import { outcomeOf, runScenario, type Scenario } from './scenario.ts'

const file = { default_publisher: 't' }

/** Kinds of answers: a plan; no plan, as seen without a search; no plan after a search; other errors. */
export const answerKinds = ['plan', 'seen before', 'searched', 'other error'] as const

/** Result of a comparison. */
export interface OracleComparison {
  readonly kind: (typeof answerKinds)[number]
  /** Differences between the answers of the solver and of the exhaustive search; empty if they agree. */
  readonly differences: readonly string[]
}

/** Solves a scenario of one publisher with the solver and with the exhaustive search, and compares all common parts of the answers. */
export function compareWithOracle(scenario: Scenario, newBackend: NewSatBackend): OracleComparison {
  const expected = solveByHand(scenario)
  const result = runScenario(file, scenario, newBackend)
  const outcome = outcomeOf(file, scenario, result)
  const differences: string[] = []
  const compare = (what: string, own: unknown, other: unknown) => {
    if (own !== other) differences.push(`${what}: ${String(own)}, exhaustive search: ${String(other)}`)
  }
  compare(
    'error',
    'error' in outcome ? outcome.error : undefined,
    'error' in expected ? expected.error : undefined,
  )
  if (!result.ok) {
    if (result.error.code !== 'ips::solver_error::unsatisfiable') return { kind: 'other error', differences }
    const { beforeSearch } = result.error
    if (expected.kind === 'error') compare('before a search', beforeSearch, expected.beforeSearch)
    return { kind: beforeSearch ? 'seen before' : 'searched', differences }
  }
  if (expected.kind === 'error' || 'error' in outcome) return { kind: 'plan', differences }
  const { plan } = result.value
  const wanted = new Map(expected.objectives.map(({ id, value }) => [id, value]))
  for (const { id, value } of plan.objectives) compare(id, value, wanted.get(id))
  compare('proof', plan.proof, 'optimal')
  const installed = installedAfter(scenario, outcome)
  if (!expected.results.has(installed))
    differences.push(`result: ${installed}, exhaustive search: ${[...expected.results].join(' or ')}`)
  return { kind: 'plan', differences }
}

/** Installed set after a plan, as the exhaustive search writes it. */
export function installedAfter(
  scenario: Scenario,
  plan: { add: readonly string[]; remove: readonly string[]; update: readonly (readonly [string, string])[] },
): string {
  const set = new Set(scenario.image.installed)
  for (const text of plan.remove) set.delete(text)
  for (const [from, to] of plan.update) {
    set.delete(from)
    set.add(to)
  }
  for (const text of plan.add) set.add(text)
  return installedText(set)
}
