import type { Result } from '#model'
import type { ActionPlan } from './action-plan.ts'
import type { PlanActionsInput } from './plan-input.ts'
import type { InstallerProblem } from './problems.ts'

/** Makes the action plan of the whole image from manifests alone. Pure. Problems: `action_conflict`, `forbidden_actions`, `invalid_action`. */
export function planActions(_input: PlanActionsInput): Result<ActionPlan, InstallerProblem> {
  throw new Error('unwritten')
}
