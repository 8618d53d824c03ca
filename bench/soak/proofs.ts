import { loadMinisat } from 'minisat-wasm'
import { type Formula, loadBackend } from '#solver'
import {
  type NewProvingSolver,
  type ObjectiveProofs,
  prove,
  proveObjectives,
} from '../../test/support/objective-proof.ts'
import { wholeFormula } from '../../test/support/whole-formula.ts'
import { runRequests } from '../requests.ts'
import { solve } from './checks.ts'
import type { SoakCase } from './requests.ts'

/** Packages of a catalog up to which all of it is written as clauses: OmniOS has 13,000, and 80,000 would fill the memory. */
const LARGEST = 20_000

/** Proves the answer of a made-up request on the problem with all stems of the catalog; undefined where that is too large or nothing was searched. */
export async function proveCase(made: SoakCase): Promise<ObjectiveProofs | undefined> {
  const newSolver = await loadMinisat()
  let searched = false
  const answer = solve(made, await loadBackend('minisat-wasm'), () => {
    searched = true
  })
  if (!searched || made.catalog.packageCount > LARGEST) return undefined
  const formula = wholeFormula(made.catalog, made.snapshot, made.request)
  if (formula === undefined) return undefined
  if (answer.ok) return proveObjectives(formula, answer.value.plan.objectives, newSolver)
  if (answer.error.code !== 'ips::solver_error::unsatisfiable') return undefined
  return proveNone(formula, newSolver)
}

function proveNone(formula: Formula, newSolver: NewProvingSolver): ObjectiveProofs {
  const steps = prove(formula, [], formula.variables, newSolver)
  if (steps === undefined) return { proofs: 1, steps: 0, faults: ['there is an answer'] }
  return { proofs: 1, steps, faults: [] }
}

/** Proves the answers to the recorded requests on the problems that were searched, and prints each. Returns the number of faults. */
export async function proveRecorded(data: string, cache: string): Promise<number> {
  const newSolver = await loadMinisat()
  let formula: Formula | undefined
  let faults = 0
  const runs = runRequests({
    data,
    cache,
    repeat: 1,
    only: [],
    newBackend: await loadBackend('minisat-wasm'),
    trace: () => ({
      now: () => 0,
      onPhase: () => {},
      onSearched: (view) => {
        formula = view.formula()
      },
    }),
  })
  for await (const { id, resolution } of runs) {
    const problem = formula
    formula = undefined
    if (problem === undefined) {
      console.log(`${id} no search was needed`)
      continue
    }
    const started = performance.now()
    const found =
      resolution === undefined
        ? proveNone(problem, newSolver)
        : proveObjectives(problem, resolution.plan.objectives, newSolver)
    faults += found.faults.length
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `${id} ${found.proofs} proofs of ${found.steps} steps in ${seconds} s ${found.faults.join('; ')}`,
    )
  }
  return faults
}
