import { err, largest, ok, parseTimestamp } from '#model'
import type { ActionPlan } from '../action-plan.ts'
import {
  type ApplyOptions,
  type CommitFailure,
  checkCancelled,
  type Executor,
  executorOf,
  type StepwiseWork,
} from '../executor.ts'
import { problemOf } from '../failure.ts'
import { simulatePlan } from '../simulate/simulate-change.ts'
import { fateOf, startSimulation } from '../simulate/simulation.ts'
import type { ExecutorTarget } from '../target.ts'
import { finishedTree, type TreeEntry } from './tree-entry.ts'

/** Receives the entries of a tree one by one, e.g. to write an archive. Throws `FilesystemError`. */
export interface ArchiveWriter {
  /** Parents come before children, files before hard links to them. */
  add(entry: TreeEntry): void
}

/** Paths and payloads for a plan. The executor reads payloads, but neither root nor metadata folder. */
export type ArchiveTarget = Pick<ExecutorTarget, 'filesystem' | 'metadata' | 'root' | 'payloadPath'>

/**
 * Time of entries without a time of their own, milliseconds since 1970-01-01 UTC: the timestamp of the newest package of the plan, so
 * that a plan always gives the same bytes. 0 where no version has a timestamp.
 */
export function planTime(packages: ActionPlan['packages']): number {
  return largest([0, ...packages.map(({ to }) => parseTimestamp(to?.version?.timestamp) ?? 0)])
}

/**
 * The executor that leaves the host alone: it simulates the plan on an empty root and passes the resulting tree to a writer, with the
 * owners that the packages state, so that nobody needs to be root. The order of entries depends on the plan only. Calls `commit` when
 * all entries are written. Problems: those of the simulation and of the writer, `commit_failed`, `canceled`.
 */
export function createArchiveExecutor(target: ArchiveTarget, writer: ArchiveWriter): Executor {
  return executorOf(function* (plan, options) {
    options.onEvent?.({ kind: 'phase', phase: 'actions' })
    try {
      return yield* writeTree(plan, target, writer, options)
    } catch (error) {
      return err(problemOf(error))
    }
  })
}

/** Entries of one step. */
const ENTRIES = 1024

function* writeTree(
  plan: ActionPlan,
  target: ArchiveTarget,
  writer: ArchiveWriter,
  options: ApplyOptions,
): StepwiseWork {
  const below = target.metadata.slice(target.root === '/' ? 0 : target.root.length)
  // A root that does not exist is an empty one; nothing is ever made there.
  const root = `${target.metadata}/empty-root`
  const time = planTime(plan.packages)
  const simulation = startSimulation(plan, {
    ...target,
    root,
    metadata: `${root}${below}`,
    now: time,
    asRoot: true,
  })
  simulatePlan(simulation)
  const entries = finishedTree(simulation, time)
  for (const [index, entry] of entries.entries()) {
    writer.add(entry)
    options.onEvent?.({ kind: 'progress', name: 'actions', done: index + 1, total: entries.length })
    if (index % ENTRIES === 0) yield* checkCancelled()
  }
  options.onEvent?.({ kind: 'phase', phase: 'finalize' })
  const failure = commitFailure(options)
  if (failure !== undefined)
    return err({ code: 'ips::installer_error::commit_failed', reason: failure.reason })
  return ok({
    ...fateOf(simulation),
    steps: entries.length,
    operations: [],
    warnings: simulation.warnings,
  })
}

function commitFailure({ commit }: ApplyOptions): CommitFailure | undefined {
  try {
    return commit()
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}

/** An executor that keeps the resulting tree as a value. */
export interface MemoryExecutor extends Executor {
  /** The tree of the last plan; empty before. */
  readonly tree: () => readonly TreeEntry[]
}

/** Carries out plans on an empty root, in memory: for tests, benchmarks and previews of whole trees. */
export function createMemoryExecutor(target: ArchiveTarget): MemoryExecutor {
  let entries: TreeEntry[] = []
  const writer: ArchiveWriter = { add: (entry) => void entries.push(entry) }
  const executor = executorOf((plan, options) => {
    entries = []
    return createArchiveExecutor(target, writer).start(plan, options)
  })
  return { ...executor, tree: () => entries }
}
