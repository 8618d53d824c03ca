import { append, diskFailure, err, FilesystemError, ok, type Result, removeTree } from '#model'
import type { ActionPlan } from '../action-plan.ts'
import {
  type ApplyOptions,
  checkCancelled,
  type Executor,
  executorOf,
  type StepwiseWork,
} from '../executor.ts'
import { problemOf } from '../failure.ts'
import { type BulkFiles, inlineBulkFiles } from '../files/bulk-files.ts'
import type { InstallerProblem } from '../problems.ts'
import { simulatePlan } from '../simulate/simulate-change.ts'
import { fateOf, type Simulation, startSimulation } from '../simulate/simulation.ts'
import type { ExecutorTarget } from '../target.ts'
import { deriveSteps } from './derive-steps.ts'
import { type Journal, journalFormat, journalPath, readMarks, writeJournal } from './journal.ts'
import { leftoverWarnings } from './leftovers.ts'
import { stageEverything } from './stage.ts'
import { sizesOfStages } from './stage-size.ts'
import { makeStages, removeStages, stagePath } from './stages.ts'
import type { StepPlan } from './steps.ts'
import { carryOut, tidy, undo } from './transaction.ts'
import { sizeOfStep } from './whole-trees.ts'

/** Name of a run and of its folder in the stage. Folders of earlier runs may remain, so the name must be new. */
function operationName(plan: ActionPlan, { filesystem, metadata, now }: ExecutorTarget): string {
  const name = `${plan.base}-${Math.trunc(now)}`
  let free = name
  for (let count = 1; filesystem.lstat(`${stagePath(metadata)}/${free}`) !== undefined; count++)
    free = `${name}-${count}`
  return free
}

interface Working extends ExecutorTarget {
  readonly bulk: BulkFiles
}

interface Prepared {
  readonly simulation: Simulation
  readonly journal: Journal
}

/** The first file system that has too little space for its stage. Problem: `no_space`. */
function spaceProblem(target: ExecutorTarget, steps: StepPlan): InstallerProblem | undefined {
  for (const { path, bytes: needed } of sizesOfStages(target, steps)) {
    const available = target.filesystem.freeSpace(path)
    if (needed > available) return { code: 'ips::installer_error::no_space', needed, available, path }
  }
  return undefined
}

/** Does everything before the journal: decides, stages, verifies, flushes. Nothing visible changes. */
function* prepare(
  plan: ActionPlan,
  target: Working,
  { onEvent }: ApplyOptions,
): Generator<void, Result<Prepared, InstallerProblem>, boolean> {
  const { filesystem, metadata } = target
  if (filesystem.lstat(journalPath(metadata)) !== undefined) {
    return err({ code: 'ips::installer_error::interrupted', path: journalPath(metadata) })
  }
  const simulation = startSimulation(plan, target)
  simulatePlan(simulation)
  const steps = deriveSteps(simulation, true)
  removeStages(target, target.bulk)
  const tooLittle = spaceProblem(target, steps)
  if (tooLittle !== undefined) return err(tooLittle)
  yield* checkCancelled()
  const run = makeStages(target, operationName(plan, target), steps.stages)
  yield* stageEverything(simulation, steps, run, {
    bulk: target.bulk,
    onProgress: (done, total) => onEvent?.({ kind: 'progress', name: 'stage', done, total }),
  })
  yield* checkCancelled()
  const { displacing, placing } = steps
  return ok({
    simulation,
    journal: { format: journalFormat, ...run, base: plan.base, displacing, placing },
  })
}

/** Rolls back after a failure. Where that fails too, both problems are reported and the journal stays. */
function rollBack(target: Working, journal: Journal, cause: InstallerProblem): InstallerProblem {
  try {
    const marks = readMarks(target.filesystem, target.metadata)
    if (marks === undefined) removeStages(target, target.bulk)
    else undo(target, journal, marks)
    return cause
  } catch (error) {
    const problem = problemOf(error)
    if (problem.code !== 'ips::installer_error::step_failed') return problem
    return { code: 'ips::installer_error::rollback_failed', cause, undo: problem.cause }
  }
}

function commit(target: Working, journal: Journal, options: ApplyOptions): InstallerProblem | undefined {
  try {
    const failure = options.commit()
    if (failure === undefined) return undefined
    return rollBack(target, journal, {
      code: 'ips::installer_error::commit_failed',
      reason: failure.reason,
    })
  } catch (error) {
    const cause: InstallerProblem = {
      code: 'ips::installer_error::commit_failed',
      reason: error instanceof Error ? error.message : String(error),
      ...(error instanceof FilesystemError ? { cause: error.problem } : {}),
    }
    try {
      if (options.committedGeneration?.() === journal.base + 1) return undefined
    } catch (unknown) {
      // Neither side is safe before it is known which one is durable: the journal stays for the next command.
      if (!(unknown instanceof FilesystemError)) throw unknown
      return { code: 'ips::installer_error::rollback_failed', cause, undo: unknown.problem }
    }
    return rollBack(target, journal, cause)
  }
}

/** Cleans up after the commit. A failure leaves temporary files, which later commands try to remove. */
function finish(target: Working, journal: Journal, warnings: string[]): void {
  try {
    append(warnings, leftoverWarnings(target, journal, tidy(target)))
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    warnings.push(`cleaning up is left to the next command: ${diskFailure(error.problem)}`)
  }
}

/** Removes the stage after a failure before the journal. */
function clearStage(target: Working, cause: InstallerProblem): InstallerProblem {
  if (cause.code === 'ips::installer_error::interrupted') return cause
  try {
    removeTree(target.filesystem, `${journalPath(target.metadata)}.new`)
    removeStages(target, target.bulk)
  } catch (error) {
    // Rubbish without a journal harms nobody and is removed by the next run; the first problem is what matters.
    problemOf(error)
  }
  return cause
}

function* start(plan: ActionPlan, target: Working, options: ApplyOptions): StepwiseWork {
  options.onEvent?.({ kind: 'phase', phase: 'actions' })
  let prepared: Result<Prepared, InstallerProblem>
  try {
    prepared = yield* prepare(plan, target, options)
  } catch (error) {
    prepared = err(problemOf(error))
  }
  if (!prepared.ok) return err(clearStage(target, prepared.error))
  const { simulation, journal } = prepared.value
  const total = [...journal.displacing, ...journal.placing].reduce((sum, step) => sum + sizeOfStep(step), 0)
  try {
    writeJournal(target.filesystem, target.metadata, journal)
    yield* carryOut(target, journal, (done) =>
      options.onEvent?.({ kind: 'progress', name: 'actions', done, total }),
    )
  } catch (error) {
    return err(rollBack(target, journal, problemOf(error)))
  }
  options.onEvent?.({ kind: 'phase', phase: 'finalize' })
  const failed = commit(target, journal, options)
  if (failed !== undefined) return err(failed)
  const warnings = [...simulation.warnings]
  finish(target, journal, warnings)
  return ok({ ...fateOf(simulation), steps: total, operations: [], warnings })
}

/**
 * The executor that changes the image. It decides everything against the disk, stages and flushes all new files, then writes a journal
 * of all steps; each step is one call with a known undo. Until `options.commit` returns, every failure restores the old tree; after it
 * only temporary files are left to remove. The caller holds the image lock and has compared the generation (`stale_plan`). `bulk` makes
 * the files; absent: one after the other. Problems: `interrupted`, `invalid_action`, `unsafe_path`, `mount_point`, `payload_missing`,
 * `bad_payload`, `no_space`, `worker_lost`, `step_failed`, `commit_failed`, `rollback_failed`, `canceled`.
 */
export function createFilesystemExecutor(
  target: ExecutorTarget,
  bulk: BulkFiles = inlineBulkFiles(target.filesystem),
): Executor {
  return executorOf((plan, options) => start(plan, { ...target, bulk }, options))
}
