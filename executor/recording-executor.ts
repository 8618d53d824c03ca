import { err, ok, type Result } from '#model'
import { ActionList } from './action-list.ts'
import type { ActionPlan, PayloadList } from './action-plan.ts'
import { ActionStore } from './action-store.ts'
import { ChangeTable } from './change-table.ts'
import { deriveSteps } from './derive-steps.ts'
import { type Executor, executorOf } from './executor.ts'
import { problemOf } from './failure.ts'
import type { WantedPayload } from './payload.ts'
import type { InstallerProblem } from './problems.ts'
import { simulatePlan } from './simulate-change.ts'
import { startSimulation } from './simulation.ts'
import { describeStep, type StagedNode } from './steps.ts'
import type { ExecutorTarget } from './target.ts'

function describeStaged({ node, path }: StagedNode): string {
  const { content } = node
  switch (content?.kind) {
    case 'link':
      return `stage link ${path} -> ${content.target}`
    case 'hardlink':
      return `stage hard link ${path}`
    case 'payload':
      return `stage ${path} from payload ${content.action.payload ?? ''}`
    default:
      return `stage ${path}`
  }
}

/**
 * The dry run: decides everything against the disk as the real executor does, writes nothing, and lists what it would do,
 * in order. Payloads need not be there yet. `commit` is not called.
 */
export function createRecordingExecutor(target: ExecutorTarget): Executor {
  return executorOf(function* (plan) {
    try {
      const simulation = startSimulation(plan, target, { payloadsOptional: true })
      simulatePlan(simulation)
      const steps = deriveSteps(simulation, false)
      const visible = [...steps.displacing, ...steps.placing]
      return ok({
        steps: visible.length,
        salvaged: simulation.salvaged.map(({ from, to }) => ({ from, to })),
        operations: [...Array.from(steps.staged, describeStaged), ...visible.map(describeStep)],
        warnings: simulation.warnings,
      })
    } catch (error) {
      return err(problemOf(error))
    }
  })
}

/**
 * The payloads that carrying out the plan will really open, decided against the disk: not those of edited files that are
 * kept, but those of unchanged files that somebody deleted. Fetch these instead of `plan.payloads`.
 */
export function requiredPayloads(
  plan: ActionPlan,
  target: ExecutorTarget,
): Result<PayloadList, InstallerProblem> {
  try {
    const simulation = startSimulation(plan, target, { payloadsOptional: true })
    simulatePlan(simulation)
    const place = ({ fmri, action }: WantedPayload): string => `${fmri.publisher} ${action.payload}`
    const consulted = new Map(Array.from(simulation.consulted, (owned) => [place(owned), owned]))
    const found = new ActionList(plan.changes instanceof ChangeTable ? plan.changes.store : new ActionStore())
    for (const { node } of deriveSteps(simulation, true).staged) {
      if (node.content?.kind === 'payload' && !consulted.has(place(node.content))) found.push(node.content)
    }
    for (const owned of consulted.values()) found.push(owned)
    return ok(found)
  } catch (error) {
    return err(problemOf(error))
  }
}
