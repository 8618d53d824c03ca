import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Fmri } from '#model'
import { parseFmri } from '#model'
import { loadBackend } from '#solver'
import { runRequests } from '../../bench/solver.ts'
import { type CheckedWorld, readWorld } from '../support/checked-world.ts'
import { findFaults, resultOf } from '../support/plan-checker.ts'
import { compareObjectives, objectivesOf } from '../support/plan-objectives.ts'
import { projectRoot, sharedData } from '../support/shared-data.ts'

const data = sharedData('data', 'requests') === undefined ? undefined : sharedData('data')

interface RecordedAnswer {
  readonly outcome: string
  readonly legal: { readonly ok?: boolean } | boolean | undefined
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly update: readonly (readonly [string, string])[]
}

function fmri(text: string): Fmri {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(`bad FMRI ${text}`)
  return parsed.value
}

/** The plan of the reference client, or undefined where it found none. */
function recordedResult(world: CheckedWorld, id: string): ReadonlyMap<number, number> | undefined {
  const file = join(data!, 'requests', 'pkg5-answers', `${id}.json`)
  const answer: RecordedAnswer = JSON.parse(readFileSync(file, 'utf8'))
  if (answer.outcome === 'nothing-to-do') return world.installed
  if (answer.outcome !== 'solution') return undefined
  return resultOf(world, {
    add: answer.add.map((text) => ({ fmri: fmri(text) })),
    remove: answer.remove.map(fmri),
    update: answer.update.map(([from, to]) => ({ from: fmri(from), to: { fmri: fmri(to) } })),
  })
}

describe.skipIf(data === undefined)('the recorded requests on real catalogs', async () => {
  const newBackend = data === undefined ? undefined : await loadBackend('minisat-wasm')
  test('outcomes are as recorded, plans closed and legal, and never worse than the reference client', () => {
    const seen: string[] = []
    const worse: string[] = []
    const results = runRequests({
      data: data!,
      newBackend: newBackend!,
      repeat: 1,
      only: [],
      cache: join(projectRoot, 'build', 'bench-index'),
    })
    for (const { id, catalog, snapshot, request, resolution, faults } of results) {
      expect(faults, id).toEqual([])
      seen.push(id)
      if (resolution === undefined) continue
      const world = readWorld(catalog, snapshot, request)
      const result = resultOf(world, resolution.plan)
      expect(findFaults(world, result), id).toEqual([])
      const own = objectivesOf(world, result)
      const stated = new Map(resolution.plan.objectives.map((level) => [level.id, level.value]))
      expect([id, ...own], id).toEqual([
        id,
        ...[...own.keys()].map((level) => [level, stated.get(level) ?? 0]),
      ])
      const reference = recordedResult(world, id)
      if (reference === undefined) continue
      const theirs = objectivesOf(world, reference)
      if (compareObjectives(own, theirs) > 0) worse.push(id)
    }
    expect(seen.length).toBeGreaterThan(20)
    expect(worse).toEqual([])
  }, 120_000)

  test('the checker sees what is wrong with a damaged result', () => {
    const [run] = runRequests({
      data: data!,
      newBackend: newBackend!,
      repeat: 1,
      only: ['C03'],
      cache: join(projectRoot, 'build', 'bench-index'),
    })
    const { catalog, snapshot, request, resolution } = run!
    const world = readWorld(catalog, snapshot, request)
    const good = resultOf(world, resolution!.plan)
    const required = [...good.values()].flatMap((id) =>
      world.dependencies(id).flatMap(({ type, targets }) => (type === 'require' ? [targets[0]!.stem] : [])),
    )
    expect(required.length).toBeGreaterThan(100)
    for (const stem of new Set(required.slice(0, 30))) {
      const damaged = new Map(good)
      damaged.delete(stem)
      expect(findFaults(world, damaged).join(), catalog.stemName(stem)).toMatch(/unmet require/)
    }
    const [named] = world.named.keys()
    expect(findFaults(world, new Map([...good].filter(([stem]) => stem !== named))).join()).toMatch(/named/)
    const rejecting = { ...world, rejected: new Set([named!]) }
    expect(findFaults(rejecting, good).join()).toMatch(/is rejected/)
  }, 60_000)
})
