import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBackend, type ResolveStatistics } from '#solver'
import { checkAnswer } from '../../bench/answer-check.ts'
import { type RequestResult, runRequests } from '../../bench/requests.ts'
import { readWorld } from '../support/checked-world.ts'
import { findFaults, resultOf } from '../support/plan-checker.ts'
import { projectRoot, sharedData } from '../support/shared-data.ts'

const data = sharedData('data', 'requests') === undefined ? undefined : sharedData('data')

describe.skipIf(data === undefined)('the recorded requests on real catalogs', async () => {
  const newBackend = data === undefined ? undefined : await loadBackend('minisat-wasm')
  test('outcomes are as recorded, plans closed and legal, and never worse than the reference client', async () => {
    const seen: string[] = []
    const work = new Map<string, ResolveStatistics>()
    let compared = 0
    const results = runRequests({
      data: data!,
      newBackend: newBackend!,
      repeat: 1,
      only: [],
      cache: join(projectRoot, 'build', 'bench-index'),
    })
    for await (const run of results) {
      const { id, resolution, faults } = run
      expect(faults, id).toEqual([])
      seen.push(id)
      if (resolution === undefined) continue
      const check = checkAnswer(data!, run)
      expect(check.faults, id).toEqual([])
      if (check.comparison !== '') compared += 1
      work.set(id, resolution.statistics)
    }
    expect(seen.length).toBeGreaterThan(20)
    expect(compared).toBeGreaterThan(12)
    // What the search may cost: a fresh desktop (33,000 candidates) and an update of a thousand packages across a year.
    expect(work.get('A01')!.clauses).toBeLessThan(25_000)
    expect(work.get('A01')!.solves).toBeLessThan(30)
    expect(work.get('A05')!.clauses).toBeLessThan(20_000)
    expect(work.get('A05')!.solves).toBeLessThan(10)
    expect(Math.max(...[...work.values()].map(({ conflicts }) => conflicts))).toBeLessThan(500)
  })

  test('the checker sees what is wrong with a damaged result', async () => {
    const results = runRequests({
      data: data!,
      newBackend: newBackend!,
      repeat: 1,
      only: ['C03'],
      cache: join(projectRoot, 'build', 'bench-index'),
    })
    const { catalog, snapshot, request, resolution } = (await results.next()).value as RequestResult
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
  })
})
