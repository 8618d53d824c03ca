import type { StemId } from '#model'
import type { VisitRun } from '../lookup/dependency-runs.ts'
import type { IncorporationWindow } from '../lookup/incorporations.ts'
import { NOW } from '../lookup/trigger.ts'
import { firstTarget } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import type { VisitWaiting } from './waiting-list.ts'

/** What the windows need of the activation. */
interface WindowContext {
  readonly question: Question
  readonly bears: (dependency: number) => boolean
  readonly isHeld: (stem: StemId) => boolean
  /** Grows. */
  readonly expandedStems: readonly StemId[]
  readonly unchangedStems: () => readonly StemId[]
  readonly triggerOf: (dependency: number) => StemId
}

/**
 * Stems of which a few versions incorporate thousands of other stems each. A window reads their incorporate dependencies by
 * target, so that most are never read.
 */
export function createStemWindows(context: WindowContext) {
  const { question, bears, isHeld, expandedStems, unchangedStems, triggerOf } = context
  const { universe } = question
  const { catalog } = universe
  const windows: StemWindow[] = []
  return {
    /** No more windows are possible: each costs time with every stem that is expanded. */
    isFull: () => windows.length >= MOST,
    /** Visits the dependencies that incorporate nothing, and the incorporations of expanded stems and of unchanged stems that do not fit. */
    read(stem: StemId, window: IncorporationWindow, visit: VisitRun) {
      const visitWanted: VisitRun = (dependency, first, last) => {
        if (bears(dependency)) visit(dependency, first, last)
      }
      window.others((dependency, first, last) => {
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          visitWanted(dependency, first, last)
      })
      if (isHeld(stem)) return
      const visited = new Set<number>()
      for (const other of expandedStems) {
        const runs = window.of(other)
        for (let run = 0; run < runs.length; run += 3) visitWanted(runs[run]!, runs[run + 1]!, runs[run + 2]!)
      }
      for (const other of unchangedStems()) {
        const runs = window.of(other)
        for (let run = 0; run < runs.length; run += 3) {
          const dependency = runs[run]!
          if (triggerOf(dependency) !== NOW) continue
          visited.add(dependency)
          visitWanted(dependency, runs[run + 1]!, runs[run + 2]!)
        }
      }
      const before = windows.findIndex((one) => one.stem === stem)
      windows.splice(before < 0 ? windows.length : before, 1, { stem, window, visited })
    },
    /** Visits the incorporations of a stem that was not expanded when the windows were read. */
    each(awaited: StemId, visit: VisitWaiting) {
      for (let index = 0; index < windows.length; index += 1) {
        const { stem, window, visited } = windows[index]!
        if (stem === awaited) continue
        const runs = window.of(awaited)
        for (let run = 0; run < runs.length; run += 3) {
          const dependency = runs[run]!
          const isLeftOut =
            visited.has(dependency) ||
            question.ignored?.has(dependency) === true ||
            !bears(dependency) ||
            catalog.targetVersion[firstTarget(catalog, dependency)]! < 0
          if (!isLeftOut) visit(stem, runs[run + 1]!, runs[run + 2]!, dependency)
        }
      }
    },
  }
}

/** Most windows of one search; recorded requests have about ten. */
const MOST = 32

interface StemWindow {
  readonly stem: StemId
  readonly window: IncorporationWindow
  /** Incorporations of unchanged stems that were visited. */
  readonly visited: ReadonlySet<number>
}
