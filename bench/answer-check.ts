import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fmri, parseFmri } from '#model'
import { type CheckedWorld, readWorld } from '../test/support/checked-world.ts'
import { findFaults, resultOf } from '../test/support/plan-checker.ts'
import { compareObjectives, objectivesOf } from '../test/support/plan-objectives.ts'
import type { RequestResult } from './requests.ts'

/** What the reference client came to on a recorded request. */
export interface RecordedAnswer {
  readonly outcome: string
  readonly seconds: { readonly wall: number; readonly solve_wall?: number; readonly peak_rss_mib: number }
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly update: readonly (readonly [string, string])[]
}

export interface AnswerCheck {
  /** Sentences; empty when the answer is right. */
  readonly faults: readonly string[]
  readonly recorded: RecordedAnswer | undefined
  /** How ours compares with the recorded plan: `equal`, or the first objective that differs with both values. */
  readonly comparison: string
}

/** The recorded answer to a request, where there is one. */
export function readRecorded(data: string, id: string): RecordedAnswer | undefined {
  const file = join(data, 'requests', 'pkg5-answers', `${id}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** The recorded plan carried out; undefined where there is none. */
export function recordedResult(
  world: CheckedWorld,
  recorded: RecordedAnswer,
): ReadonlyMap<number, number> | undefined {
  if (recorded.outcome === 'nothing-to-do') return world.installed
  if (recorded.outcome !== 'solution') return undefined
  return resultOf(world, {
    add: recorded.add.map((text) => ({ fmri: readFmri(text) })),
    remove: recorded.remove.map(readFmri),
    update: recorded.update.map(([from, to]) => ({ from: readFmri(from), to: { fmri: readFmri(to) } })),
  })
}

function readFmri(text: string): Fmri {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(`bad FMRI ${text}`)
  return parsed.value
}

/** Checks an answer with code that shares nothing with the solver, and sets it against the recorded one. */
export function checkAnswer(data: string, result: RequestResult): AnswerCheck {
  const recorded = readRecorded(data, result.id)
  if (result.resolution === undefined) return { faults: result.faults, recorded, comparison: '' }
  const { plan } = result.resolution
  const world = readWorld(result.catalog, result.snapshot, result.request)
  const own = resultOf(world, plan)
  const values = objectivesOf(world, own)
  const faults = [...result.faults, ...findFaults(world, own)]
  for (const [id, value] of values) {
    const stated = plan.objectives.find((one) => one.id === id)?.value ?? 0
    if (stated !== value) faults.push(`${id} is ${value}, not ${stated}`)
  }
  const theirs = recorded === undefined ? undefined : recordedResult(world, recorded)
  if (theirs === undefined) return { faults, recorded, comparison: '' }
  const reference = objectivesOf(world, theirs)
  if (compareObjectives(values, reference) > 0) faults.push('worse than the recorded plan')
  const differing = [...values].find(([id, value]) => reference.get(id) !== value)
  const comparison =
    differing === undefined
      ? 'equal'
      : `${differing[0]} ${differing[1]} against ${reference.get(differing[0])}`
  return { faults, recorded, comparison }
}
