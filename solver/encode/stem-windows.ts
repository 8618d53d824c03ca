import type { StemId } from '#model'
import type { VisitRun } from '../lookup/dependency-runs.ts'
import type { IncorporationWindow } from '../lookup/incorporations.ts'
import { firstTarget } from '../lookup/universe.ts'
import { NOW, type VisitWaiting } from '../lookup/waiting-list.ts'
import type { Question } from '../question/question.ts'

/** The encoder, as far as windows look at it. */
export interface WindowContext {
  readonly question: Question
  /** Dependencies that are written down at all. */
  readonly bears: (dependency: number) => boolean
  /** What the stem incorporates is decided before the search. */
  readonly isSettled: (stem: StemId) => boolean
  /** Grows. */
  readonly expandedStems: readonly StemId[]
  readonly restingStems: () => readonly StemId[]
  /** See `createWaits`. */
  readonly waitsFor: (dependency: number) => StemId
}

/** Stems of which a few versions incorporate thousands of others each, and what they say of those without looking at all of them. */
export interface StemWindows {
  /** No more can be read: each costs time with every stem that is expanded. */
  isFull(): boolean
  /** Visits what a stem says of no other, of those that are expanded, and of those at rest that do not fit. */
  read(stem: StemId, window: IncorporationWindow, visit: VisitRun): void
  /** Visits what the stems that were read say of one that was not expanded then. */
  each(awaited: StemId, visit: VisitWaiting): void
}

export function createStemWindows(context: WindowContext): StemWindows {
  const { question, bears, isSettled, expandedStems, restingStems, waitsFor } = context
  const { universe } = question
  const { catalog } = universe
  const windows: StemWindow[] = []
  return {
    isFull: () => windows.length >= MOST,
    read(stem, window, visit) {
      const visitWanted: VisitRun = (dependency, first, last) => {
        if (bears(dependency)) visit(dependency, first, last)
      }
      window.others((dependency, first, last) => {
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          visitWanted(dependency, first, last)
      })
      if (isSettled(stem)) return
      const said = new Set<number>()
      for (const other of expandedStems) {
        const runs = window.of(other)
        for (let run = 0; run < runs.length; run += 3) visitWanted(runs[run]!, runs[run + 1]!, runs[run + 2]!)
      }
      for (const other of restingStems()) {
        const runs = window.of(other)
        for (let run = 0; run < runs.length; run += 3) {
          const dependency = runs[run]!
          if (waitsFor(dependency) !== NOW) continue
          said.add(dependency)
          visitWanted(dependency, runs[run + 1]!, runs[run + 2]!)
        }
      }
      const before = windows.findIndex((one) => one.stem === stem)
      windows.splice(before < 0 ? windows.length : before, 1, { stem, window, said })
    },
    each(awaited, visit) {
      for (let index = 0; index < windows.length; index += 1) {
        const { stem, window, said } = windows[index]!
        if (stem === awaited) continue
        const runs = window.of(awaited)
        for (let run = 0; run < runs.length; run += 3) {
          const dependency = runs[run]!
          const isLeftOut =
            said.has(dependency) ||
            question.ignored?.has(dependency) === true ||
            !bears(dependency) ||
            catalog.targetVersion[firstTarget(catalog, dependency)]! < 0
          if (!isLeftOut) visit(stem, runs[run + 1]!, runs[run + 2]!, dependency)
        }
      }
    },
  }
}

/** Real requests have ten or so. */
const MOST = 32

interface StemWindow {
  readonly stem: StemId
  readonly window: IncorporationWindow
  /** What was said of stems at rest. */
  readonly said: ReadonlySet<number>
}
