import {
  type Catalog,
  emptyPlan,
  formatFmri,
  type ImageSnapshot,
  ok,
  type Result,
  type SolveRequest,
} from '#model'
import {
  type Formula,
  type NewSatBackend,
  type Phase,
  type Resolution,
  type ResolveStatistics,
  resolveInstall,
  type SolverProblem,
  settingsMatter,
  unneededPackages,
} from '#solver'

/** A request to solve, without image. */
export interface SolveTask {
  readonly snapshot: ImageSnapshot
  readonly catalog: Catalog
  readonly request: SolveRequest
  /** The image before its settings changed; undefined where they do not change. */
  readonly before?: ImageSnapshot | undefined
  /** The patterns are the packages that nobody needs. */
  readonly unneeded?: true | undefined
  readonly newBackend: NewSatBackend
  /** Milliseconds that the solve may take; undefined for as long as it needs. */
  readonly deadline: number | undefined
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number
  /** Writes the problem out; called at most twice, after each search. Undefined: it is not wanted. */
  readonly export: ((formula: Formula) => void) | undefined
}

/** An answer and what it cost. */
export interface Solved {
  readonly answer: Result<Resolution, SolverProblem>
  /** Undefined where the answer needed no search. */
  readonly statistics: ResolveStatistics | undefined
  /** Milliseconds by phase, of those that were gone through. */
  readonly milliseconds: ReadonlyMap<Phase | 'solve', number>
}

/** Solves a request and measures it. What `export` takes does not count as solving. */
export function solveRequest(task: SolveTask): Solved {
  const { snapshot, catalog, newBackend, deadline, now } = task
  const milliseconds = new Map<Phase | 'solve', number>()
  let statistics: ResolveStatistics | undefined
  let exporting = 0
  /** Of those, inside the phase that is running. */
  let pending = 0
  const start = now()
  const request = requestOf(task)
  if (request === undefined) {
    const answer = ok({ plan: emptyPlan(snapshot), statistics: noSearch })
    return { answer, statistics: undefined, milliseconds: new Map([['solve', now() - start]]) }
  }
  const end = deadline === undefined ? undefined : start + deadline
  const answer = resolveInstall({
    snapshot,
    catalog,
    request,
    newBackend,
    budget: end === undefined ? {} : { shouldStop: () => now() >= end },
    trace: {
      now,
      onPhase: (phase, time) => {
        milliseconds.set(phase, (milliseconds.get(phase) ?? 0) + time - pending)
        pending = 0
      },
      onSearched: (view) => {
        statistics = view.statistics
        if (task.export === undefined) return
        const before = now()
        task.export(view.formula())
        pending = now() - before
        exporting += pending
      },
    },
  })
  milliseconds.set('solve', now() - start - exporting)
  return { answer, statistics, milliseconds }
}

const noSearch: ResolveStatistics = {
  stemsInCone: 0,
  variables: 0,
  clauses: 0,
  solves: 0,
  cores: 0,
  conflicts: 0,
}

/** What is to be solved; undefined where what is installed is the answer. Source: solver-semantics §5.7. */
function requestOf({ catalog, snapshot, request, before, unneeded }: SolveTask): SolveRequest | undefined {
  if (before !== undefined && request.reject.length === 0 && !settingsMatter(catalog, before, snapshot))
    return undefined
  if (unneeded === undefined) return request
  const patterns = unneededPackages(catalog, snapshot).map((fmri) => formatFmri(fmri, 'full'))
  return patterns.length === 0 ? undefined : { ...request, patterns }
}
