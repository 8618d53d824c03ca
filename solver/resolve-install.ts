import type { InstallPlan, Result, StemId } from '#model'
import { err, ok, PackageFlag } from '#model'
import { explainBlockedUpdate, explainFailure } from './explain/explain.ts'
import type { Search } from './explain/failure.ts'
import { createUniverse } from './lookup/universe.ts'
import type { SolverProblem } from './problems.ts'
import { findDependents } from './question/dependents.ts'
import { createImageTests } from './question/image-tests.ts'
import { resolvePatterns } from './question/patterns.ts'
import { createQuestion, type Question } from './question/question.ts'
import type { Phase, Resolution, ResolveInput, SolveTrace } from './resolve-input.ts'
import { createTrim, type Trim } from './rules/trim.ts'
import type { SatBackend } from './sat-backend.ts'
import { SatCapacityError } from './sat-backend.ts'
import { BudgetExhausted } from './search/asker.ts'
import { diffPlan } from './search/diff.ts'
import { createMinimiser } from './search/minimise.ts'
import { named, objectivesOf } from './search/objective.ts'
import { createSession, type Model, type Session } from './search/session.ts'
import { breakTies } from './search/tie.ts'
import { writeFormula } from './search/write-formula.ts'

/**
 * Resolves a request against an image snapshot: returns the optimal plan, or an explanation why none exists. Pure and synchronous;
 * the same input gives the same plan on every engine. Problems: all of `SolverProblem`. Throws if the catalog lacks an installed
 * package, which is a bug of the caller.
 */
export function resolveInstall(input: ResolveInput): Result<Resolution, SolverProblem> {
  try {
    return resolve(input)
  } catch (error) {
    if (error instanceof SatCapacityError) {
      return err({
        code: 'ips::solver_error::backend_capacity',
        backend: error.backend,
        detail: error.message,
      })
    }
    throw error
  }
}

function resolve(input: ResolveInput): Result<Resolution, SolverProblem> {
  const { request } = input
  const watch = startWatch(input.trace)
  const universe = createUniverse(input.catalog, input.snapshot)
  const resolved = resolvePatterns(universe, request)
  if (!resolved.ok) return resolved
  const question = createQuestion(universe, resolved.value, { exact: request.operation === 'exact-install' })
  if (isIdle(input, question)) return ok(nothingToDo(question))
  if (request.operation === 'uninstall') {
    const dependents = findDependents(question)
    if (dependents.length > 0) {
      return err({ code: 'ips::solver_error::has_dependents', removed: dependents })
    }
  }
  const trim = createTrim(question)
  watch('prepare')
  const result = searchWith(input, question, trim)
  const mayTryAgain = !result.ok && result.error.code === 'ips::solver_error::unsatisfiable'
  const isStrict = question.everything || question.exact || resolved.value.sync
  if (!mayTryAgain || isStrict || !createImageTests(universe).isOutOfStep()) return result
  // A child image that cannot follow its parent yet may still change packages that are independent of the parent.
  return searchWith(input, question, createTrim(question, { looseParents: true }))
}

function searchWith(input: ResolveInput, question: Question, trim: Trim): Result<Resolution, SolverProblem> {
  const engine = input.newBackend()
  try {
    return search(input, question, trim, engine)
  } finally {
    engine.dispose()
  }
}

/** Whether `ignoreMissing` skipped every pattern: such a request is not "update everything". */
function isIdle({ request }: ResolveInput, { request: resolved }: Question): boolean {
  return (
    request.patterns.length > 0 &&
    !resolved.everything &&
    resolved.named.size === 0 &&
    resolved.rejected.size === 0
  )
}

function nothingToDo(question: Question): Resolution {
  const { installed, installedStems } = question.universe
  const stems = Int32Array.from(installedStems)
  const plan = diffPlan({ question, selected: installed, stems, objectives: [], proof: 'optimal' })
  return { plan, statistics: { stemsInCone: 0, variables: 0, clauses: 0, solves: 0, cores: 0, conflicts: 0 } }
}

function search(
  input: ResolveInput,
  question: Question,
  trim: Trim,
  engine: SatBackend,
): Result<Resolution, SolverProblem> {
  const watch = startWatch(input.trace)
  const session = createSession(question, trim, engine, input.budget ?? {})
  const failure = { input, question, trim, session, hasPlan }
  const finish = () =>
    input.trace?.onSearched({
      statistics: session.statistics(),
      formula: () => writeFormula(session, trim, input.request.operation),
    })
  let first: Model | undefined
  try {
    session.start()
    first = session.solve([])
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error
    finish()
    const { conflicts } = session.statistics()
    return err({ code: 'ips::solver_error::budget_exhausted', conflicts })
  }
  watch('search')
  if (first === undefined) {
    finish()
    const problem = explainFailure(failure)
    watch('explain')
    return err(problem)
  }
  const best = optimise(session, first, watch)
  finish()
  const plan = planOf(session, best)
  watch('plan')
  if (isEmpty(plan) && plan.proof === 'optimal') {
    const blockedUpdate = explainBlockedUpdate(failure)
    watch('explain')
    if (blockedUpdate !== undefined) return err(blockedUpdate)
  }
  return ok({ plan, statistics: session.statistics() })
}

/** Whether the best answer of a search changes something. */
function hasPlan(search: Search, first: Model): boolean {
  const { question, session } = search
  const { universe, request } = question
  const { packageFlags } = universe.catalog
  const isInstalled = (stem: StemId) => universe.installed[stem]! >= 0
  // An obsolete or renamed package may add nothing.
  const comes = (stem: StemId) =>
    session.encoder.variables
      .candidates(stem)
      .every((id) => (packageFlags[id]! & (PackageFlag.obsolete | PackageFlag.renamed)) === 0)
  if ([...request.rejected].some(isInstalled)) return true
  const mustChange = (stem: StemId) =>
    isInstalled(stem) ? request.named.get(stem)?.includes(universe.installed[stem]!) === false : comes(stem)
  if (request.order.some(mustChange)) return true
  const best = optimise(session, first, () => {})
  return !isEmpty(planOf(session, best))
}

function isEmpty({ add, remove, update }: InstallPlan): boolean {
  return add.length + remove.length + update.length === 0
}

interface Best extends Pick<InstallPlan, 'objectives' | 'proof'> {
  readonly model: Model
}

function planOf(session: Session, { model, objectives, proof }: Best): InstallPlan {
  const { question, expanded } = session
  const { installed, installedStems } = question.universe
  const newcomers = expanded.filter((stem) => installed[stem]! < 0)
  const stems = Int32Array.from(installedStems.concat(newcomers)).sort()
  return diffPlan({ question, selected: selectedPackages(session, model), stems, objectives, proof })
}

function optimise(session: Session, first: Model, watch: (phase: Phase) => void): Best {
  const minimiser = createMinimiser(session, first)
  const objectives: InstallPlan['objectives'][number][] = []
  try {
    let settled = false
    for (const objective of objectivesOf(session)) {
      if (settled && objective.refines !== undefined) continue
      const { value, ideal } = minimiser.minimise(objective)
      objectives.push({ ...named(objective), value })
      settled = ideal
    }
    watch('minimise')
    const model = breakTies(session, minimiser.best)
    watch('ties')
    return { model, objectives, proof: 'optimal' }
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error
    return { model: minimiser.best, objectives, proof: 'best-found' }
  }
}

/** Returns a function that reports the time since its last call as the time of a phase. */
function startWatch(trace: SolveTrace | undefined): (phase: Phase) => void {
  if (trace === undefined) return () => {}
  let last = trace.now()
  return (phase) => {
    const now = trace.now()
    trace.onPhase(phase, now - last)
    last = now
  }
}

function selectedPackages(session: Session, model: Model): Int32Array {
  const selected = new Int32Array(model.length).fill(-1)
  for (const stem of session.cone()) selected[stem] = session.selected(model, stem)
  return selected
}
