import type { InstallPlan, Result, SolveRequest } from '#model'
import {
  type Fact,
  type Fix,
  type Formula,
  type NewSatBackend,
  type Resolution,
  resolveInstall,
  type SolverProblem,
} from '#solver'
import { readWorld } from '../../test/support/checked-world.ts'
import { findReasonFaults } from '../../test/support/fact-check.ts'
import { findFaults, resultOf } from '../../test/support/plan-checker.ts'
import { objectivesOf } from '../../test/support/plan-objectives.ts'
import { type CudfSolver, compareForeign, solveForeign } from '../cudf-solvers.ts'
import { afterPlan, type SoakCase } from './requests.ts'

type Answer = Result<Resolution, SolverProblem>

/** Engines of a soak; the first one is judged by the others. */
export interface SoakEngines {
  readonly main: NewSatBackend
  readonly others: readonly NewSatBackend[]
  /** Judges explanations. */
  readonly judge: NewSatBackend
}

/** Runs a case and lists what is wrong with its answer. */
export function checkCase(
  made: SoakCase,
  engines: SoakEngines,
): { answer: Answer; wrong: readonly string[] } {
  const wrong: string[] = []
  const answer = solve(made, engines.main)
  for (const other of engines.others) {
    const second = solve(made, other)
    if (!second.ok && second.error.code === 'ips::solver_error::backend_capacity') continue
    if (essence(second) !== essence(answer)) wrong.push(`engines differ: ${differing(answer, second)}`)
  }
  if (essence(solve(shuffled(made), engines.main)) !== essence(answer))
    wrong.push('the order of settings counts')
  if (answer.ok) wrong.push(...checkPlan(made, answer.value, engines.main))
  else wrong.push(...checkProblem(made, answer.error, engines))
  return { answer, wrong }
}

/** Variables up to which other solvers are asked: beyond, they take minutes. */
const SMALL = 4_000

/**
 * What other solvers find for the problem as it is exported: sentences on optimum values that are not ours, and how many answers could be
 * compared.
 */
export function checkForeign(
  made: SoakCase,
  newBackend: NewSatBackend,
  solvers: readonly CudfSolver[],
): { readonly compared: number; readonly wrong: readonly string[] } {
  let formula: Formula | undefined
  const answer = solve(made, newBackend, (found) => {
    formula = found
  })
  // A child image is searched twice, and an update that can do nothing has an answer of its own kind.
  const isPlain = answer.ok || answer.error.code === 'ips::solver_error::unsatisfiable'
  if (formula === undefined || !isPlain || formula.variables > SMALL) return { compared: 0, wrong: [] }
  // Nothing that could be worse: there is no value to compare, and mccs reads no problem without objectives.
  if (formula.objectives.length === 0) return { compared: 0, wrong: [] }
  const { cudf } = solveForeign(formula, solvers, undefined)
  const comparisons = [...cudf].map(
    ([name, found]) => [name, compareForeign(found, answer.ok ? answer.value : undefined)] as const,
  )
  const compared = comparisons.filter(([, text]) => text !== 'not in time')
  // mccs gives up on some problems that aspcud solves; one that reaches our values shows that they can be had.
  const confirmed = compared.some(([, text]) => text === 'same values')
  const right = ['same values', 'no answer either', ...(confirmed ? ['found no answer'] : [])]
  return {
    compared: compared.length,
    wrong: compared.filter(([, text]) => !right.includes(text)).map(([name, text]) => `${name}: ${text}`),
  }
}

/** The same request on the same image. */
export function solve(
  { catalog, snapshot, request }: Pick<SoakCase, 'catalog' | 'snapshot' | 'request'>,
  newBackend: NewSatBackend,
  onFormula?: (formula: Formula) => void,
): Answer {
  return resolveInstall({
    snapshot,
    catalog,
    request,
    newBackend,
    budget: { conflicts: 1_000_000 },
    ...(onFormula === undefined
      ? {}
      : {
          trace: {
            now: () => 0,
            onPhase: () => {},
            onSearched: (view) => onFormula(view.formula()),
          },
        }),
  })
}

/** What two engines must agree on. Explanations may differ: several sets of facts may be minimal. */
function essence(answer: Answer): string {
  if (answer.ok) return JSON.stringify(answer.value.plan)
  const { error } = answer
  return error.code === 'ips::solver_error::unsatisfiable'
    ? `${error.code} ${error.beforeSearch}`
    : error.code
}

function differing(a: Answer, b: Answer): string {
  return `${essence(a).slice(0, 3000)} /// ${essence(b).slice(0, 3000)}`
}

/** Settings that have no order, in another one. */
function shuffled({
  catalog,
  snapshot,
  request,
}: SoakCase): Pick<SoakCase, 'catalog' | 'snapshot' | 'request'> {
  return {
    catalog,
    request: { ...request, reject: [...request.reject].reverse() },
    snapshot: {
      ...snapshot,
      frozen: [...snapshot.frozen].reverse(),
      avoided: [...snapshot.avoided].reverse(),
      variants: new Map([...snapshot.variants].reverse()),
    },
  }
}

function checkPlan(made: SoakCase, { plan }: Resolution, newBackend: NewSatBackend): readonly string[] {
  const wrong: string[] = []
  const { catalog, snapshot, request } = made
  if (plan.proof !== 'optimal') wrong.push(`proof is ${plan.proof}`)
  const world = readWorld(catalog, snapshot, request)
  const result = resultOf(world, plan)
  wrong.push(...findFaults(world, result))
  const avoids = snapshot.avoided.some((stem) => world.installed.has(catalog.findStem(stem)))
  // A package that goes down takes its distance from the downgrades that were permitted, which the checker does not know.
  if (!avoids && !goesDown(made, plan)) {
    const byRename = [...world.named.keys(), ...world.base.keys()].some(
      (stem) => !result.has(stem) && !world.rejected.has(stem),
    )
    for (const [id, value] of objectivesOf(world, result)) {
      // Renamed packages that were selected and tidied away are not part of the result.
      if (byRename && (id === 'new-distance' || id === 'new-packages' || id === 'left-installed')) continue
      // Nor is the obsolete version that a named package was selected at, which need not be the newest.
      if (id === 'named-distance' && [...world.named.keys()].some((stem) => !result.has(stem))) continue
      const stated = plan.objectives.find((one) => one.id === id)?.value ?? 0
      if (stated !== value) wrong.push(`${id} is ${value}, not ${stated}`)
    }
  }
  const after = afterPlan(catalog, snapshot, request, plan)
  const again = solve(
    { catalog, request: againOf(request), snapshot: { ...after, avoided: plan.avoid } },
    newBackend,
  )
  if (!again.ok) {
    if (again.error.code !== 'ips::solver_error::overconstrained') wrong.push(`again: ${again.error.code}`)
  } else if (sizeOf(again.value.plan) > 0 && !mayGoOn(plan)) wrong.push(`again: ${changes(again.value.plan)}`)
  return wrong
}

/**
 * What came in at an old version only to bring in fewer packages is an installed package from then on, and the next update of
 * everything makes it newer whatever that brings in: other-distance comes before new-distance.
 */
function mayGoOn({ objectives }: InstallPlan): boolean {
  return (
    objectives.some(({ id }) => id === 'other-distance') &&
    objectives.some(({ id, value }) => id === 'new-distance' && value > 0)
  )
}

function againOf(request: SolveRequest): SolveRequest {
  return request.operation === 'uninstall' || request.operation === 'update'
    ? { ...request, ignoreMissing: true }
    : request
}

function goesDown({ catalog }: SoakCase, plan: InstallPlan): boolean {
  return plan.update.some(({ from, to }) => {
    const stem = catalog.findStem(from.stem)
    const place = (fmri: typeof from) => {
      for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
        const text = catalog.packageVersion(id)
        if (text.endsWith(`:${fmri.version?.timestamp}`)) return catalog.packageVersionClass[id]!
      }
      return -1
    }
    return place(to.fmri) < place(from)
  })
}

export function sizeOf(plan: InstallPlan): number {
  return plan.add.length + plan.remove.length + plan.update.length
}

function changes(plan: InstallPlan): string {
  const texts = [
    ...plan.add.map(({ fmri }) => `+${fmri.stem}`),
    ...plan.remove.map(({ stem }) => `-${stem}`),
    ...plan.update.map(({ from }) => `~${from.stem}`),
  ]
  return texts.slice(0, 8).join(' ')
}

function checkProblem(made: SoakCase, problem: SolverProblem, engines: SoakEngines): readonly string[] {
  switch (problem.code) {
    case 'ips::solver_error::unsatisfiable':
      return [
        ...checkReasons(made, [problem.facts, ...problem.more], engines.judge),
        ...problem.fixes.flatMap((fix) => checkFix(made, fix, engines.main)),
      ]
    case 'ips::solver_error::overconstrained':
      return checkReasons(made, [problem.facts], engines.judge)
    case 'ips::solver_error::has_dependents':
    case 'ips::solver_error::no_candidates':
    case 'ips::solver_error::multispec':
      return []
    default:
      return [`unexpected ${problem.code}`]
  }
}

function checkReasons(
  made: SoakCase,
  reasons: readonly (readonly Fact[])[],
  judge: NewSatBackend,
): readonly string[] {
  if (reasons.some((facts) => facts.length === 0)) return ['no facts']
  const world = readWorld(made.catalog, made.snapshot, made.request)
  return findReasonFaults(world, reasons, judge)
}

function checkFix(made: SoakCase, fix: Fix, newBackend: NewSatBackend): readonly string[] {
  const changed =
    fix.kind === 'unfreeze'
      ? {
          ...made,
          snapshot: {
            ...made.snapshot,
            frozen: made.snapshot.frozen.filter(({ stem }) => stem !== fix.stem),
          },
        }
      : { ...made, request: fix }
  const answer = solve(changed, newBackend)
  return answer.ok ? [] : [`the way out does not work: ${JSON.stringify(fix)}: ${answer.error.code}`]
}
