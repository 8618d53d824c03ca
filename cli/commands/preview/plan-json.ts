import { describeProblem, formatFmri, helpForProblem, type InstallPlan } from '#model'
import { explainText, fixCommand, type Phase, phases, type SolverProblem, solverMessages } from '#solver'
import { exitCode } from '../../exit-codes.ts'
import type { PlanCatalog } from './plan-catalog.ts'
import { reasonChains } from './reason-chain.ts'
import type { Solved } from './solve-request.ts'

/** Problems that say nothing about whether there is a solution. */
const undecided: readonly SolverProblem['code'][] = [
  'ips::solver_error::budget_exhausted',
  'ips::solver_error::backend_capacity',
]

/** What was measured around a solve. */
export interface Measures {
  /** Where the index of the catalogs came from. */
  readonly index: PlanCatalog['index']
  /** Milliseconds of the parts before the solve, by name. */
  readonly before: ReadonlyMap<string, number>
  /** Greatest resident size of the process so far, in bytes. */
  readonly peakMemory: number
}

/** The answer as one JSON object. Keys are always there; what does not apply is null or empty. */
export function planJson(solved: Solved, measures: Measures): object {
  const { answer } = solved
  const stats = statistics(solved, measures)
  if (!answer.ok) {
    return {
      outcome: undecided.includes(answer.error.code) ? 'undecided' : 'no-solution',
      proof: null,
      plan: null,
      objectives: [],
      reasons: [],
      explanation: explanation(answer.error),
      stats,
    }
  }
  const { plan } = answer.value
  return {
    outcome: 'solution',
    proof: plan.proof,
    plan: changes(plan),
    objectives: plan.objectives,
    reasons: reasonChains(plan),
    explanation: null,
    stats,
  }
}

function changes({ add, remove, update }: InstallPlan): object {
  return {
    add: add.map(({ fmri }) => formatFmri(fmri)),
    remove: remove.map((fmri) => formatFmri(fmri)),
    update: update.map(({ from, to }) => [formatFmri(from), formatFmri(to.fmri)]),
  }
}

function explanation(problem: SolverProblem): object {
  const facts = 'facts' in problem ? problem.facts : []
  const fixes = 'fixes' in problem ? problem.fixes : []
  return {
    code: problem.code,
    exit: exitCode(problem),
    message: describeProblem(solverMessages, problem),
    help: helpForProblem(solverMessages, problem) ?? null,
    facts,
    sentences: 'facts' in problem ? explainText(problem) : [],
    more: ('more' in problem ? problem.more : []).map((each) => ({
      facts: each,
      sentences: explainText({ facts: each }),
    })),
    fixes: fixes.map((fix) => ({ command: fixCommand(fix), ...fix })),
    ...(problem.code === 'ips::solver_error::has_dependents'
      ? {
          removed: problem.removed.map(({ fmri, dependents }) => ({
            package: formatFmri(fmri),
            dependents: dependents.map((one) => formatFmri(one)),
          })),
        }
      : {}),
  }
}

/** What the search cost; times in milliseconds to the hundredth, zero for phases that were not needed. */
export function statistics({ statistics: found, milliseconds }: Solved, measures: Measures): SolveFigures {
  const round = (time: number | undefined): number => Math.round((time ?? 0) * 100) / 100
  return {
    index: measures.index,
    stemsInCone: found?.stemsInCone ?? 0,
    variables: found?.variables ?? 0,
    clauses: found?.clauses ?? 0,
    solves: found?.solves ?? 0,
    cores: found?.cores ?? 0,
    conflicts: found?.conflicts ?? 0,
    milliseconds: Object.fromEntries([
      ...[...measures.before].map(([name, time]) => [name, round(time)] as const),
      ...phases.map((phase: Phase) => [phase, round(milliseconds.get(phase))] as const),
      ['solve', round(milliseconds.get('solve'))],
    ]),
    peakMemory: measures.peakMemory,
  }
}

/** The `stats` of the JSON. */
export interface SolveFigures {
  readonly index: PlanCatalog['index']
  readonly stemsInCone: number
  readonly variables: number
  readonly clauses: number
  readonly solves: number
  readonly cores: number
  readonly conflicts: number
  readonly milliseconds: Readonly<Record<string, number>>
  /** Bytes. */
  readonly peakMemory: number
}
