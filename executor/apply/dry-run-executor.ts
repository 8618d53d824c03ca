import { err, ok, type Result } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionPlan, PayloadList } from '../action-plan.ts'
import { type ApplyReport, type Executor, executorOf } from '../executor.ts'
import { problemOf } from '../failure.ts'
import type { InstallerProblem } from '../problems.ts'
import { simulatePlan } from '../simulate/simulate-change.ts'
import { fateOf, type Simulation, startSimulation } from '../simulate/simulation.ts'
import { ActionList } from '../store/action-list.ts'
import { ActionStore } from '../store/action-store.ts'
import { ChangeTable } from '../store/change-table.ts'
import type { ExecutorTarget } from '../target.ts'
import { deriveSteps } from './derive-steps.ts'
import { type StageSize, sizesOfStages } from './stage-size.ts'
import { describeStep, type StagedNode } from './steps.ts'
import { readAgain, sizeOfStep } from './whole-trees.ts'

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

/** All file operations as text; a directory that one rename moves is listed with its content. */
function* operationsOf(simulation: Simulation): Generator<string> {
  const { staged, displacing, placing } = deriveSteps(simulation, false)
  for (const one of staged) yield describeStaged(one)
  for (const step of [...displacing, ...placing]) yield describeStep(step)
}

/**
 * The executor of dry runs: decides everything against the disk as the filesystem executor does, writes nothing, and lists the file
 * operations in order. Payloads need not be there yet. Does not call `commit`. Problems: those of the filesystem executor before it
 * writes.
 */
export function createDryRunExecutor(target: ExecutorTarget): Executor {
  return executorOf(function* (plan) {
    try {
      const simulation = startSimulation(plan, target, { payloadsOptional: true })
      simulatePlan(simulation)
      const { displacing, placing } = deriveSteps(simulation, true)
      return ok({
        steps: [...displacing, ...placing].reduce((sum, step) => sum + sizeOfStep(step), 0),
        ...fateOf(simulation),
        operations: readAgain(() => operationsOf(simulation)),
        warnings: simulation.warnings,
      })
    } catch (error) {
      return err(problemOf(error))
    }
  })
}

/** Edited and unpackaged content that a plan replaces or removes, by the policy of the plan; paths relative to the image root, sorted. */
export type ContentLosses = Pick<ApplyReport, 'replaced' | 'discarded'>

/** The edited and unpackaged content that a plan will lose, decided against the disk. Reads only. Problems: those of a dry run. */
export function contentLosses(
  plan: ActionPlan,
  target: ExecutorTarget,
): Result<ContentLosses, InstallerProblem> {
  try {
    const simulation = startSimulation(plan, target, { payloadsOptional: true })
    simulatePlan(simulation)
    const { replaced, discarded } = fateOf(simulation)
    return ok({ replaced, discarded })
  } catch (error) {
    return err(problemOf(error))
  }
}

/** Payloads and disk space that the execution of a plan needs. */
export interface PlanNeeds {
  /** Payloads that it opens. Payloads of preserved edited files are not among them; payloads of unchanged files that are missing on disk are. */
  readonly payloads: PayloadList
  /** The file system of the metadata folder comes first. */
  readonly stages: readonly StageSize[]
}

/** Computes the needs of the execution of a plan against the disk. Problems: those of a dry run. */
export function planNeeds(plan: ActionPlan, target: ExecutorTarget): Result<PlanNeeds, InstallerProblem> {
  try {
    const simulation = startSimulation(plan, target, { payloadsOptional: true })
    simulatePlan(simulation)
    const place = ({ fmri, action }: OwnedAction): string => `${fmri.publisher} ${action.payload}`
    const consulted = new Map(Array.from(simulation.consulted, (owned) => [place(owned), owned]))
    const payloads = new ActionList(
      plan.changes instanceof ChangeTable ? plan.changes.store : new ActionStore(),
    )
    const steps = deriveSteps(simulation, true)
    for (const { node } of steps.staged) {
      if (node.content?.kind === 'payload' && !consulted.has(place(node.content))) payloads.push(node.content)
    }
    for (const owned of consulted.values()) payloads.push(owned)
    return ok({ payloads, stages: sizesOfStages(target, steps) })
  } catch (error) {
    return err(problemOf(error))
  }
}
