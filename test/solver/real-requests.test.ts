import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadBackend, type ResolveStatistics } from '#solver'
import { checkAnswer } from '../../bench/answer-check.ts'
import { type RequestResult, requestPaths, runRequests } from '../../bench/requests.ts'
import { readWorld } from '../support/checked-world.ts'
import { findFaults, resultOf } from '../support/plan-checker.ts'
import { sampled } from '../support/sampling.ts'
import { projectRoot, sharedData } from '../support/shared-data.ts'

const data = sharedData('data', 'requests') === undefined ? undefined : sharedData('data')

describe.skipIf(data === undefined)('the recorded requests on real catalogs', async () => {
  const newBackend = data === undefined ? undefined : await loadBackend('minisat-wasm')
  const cache = join(projectRoot, 'build', 'bench-index')
  const all = data === undefined ? [] : requestPaths(data, []).map((path) => basename(path, '.json'))
  const ids = all.filter((_, index) => index % sampled(2, 1) === 0)

  describe('come out as recorded, with plans that are closed, legal and never worse than the reference client', () => {
    const work = new Map<string, ResolveStatistics>()
    let compared = 0
    let results: ReturnType<typeof runRequests>
    beforeAll(() => {
      results = runRequests({ data: data!, newBackend: newBackend!, repeat: 1, only: ids, cache })
    })

    // One after the other: they share the catalogs.
    test.each(ids)('%s', async (id) => {
      const { value: run } = (await results.next()) as IteratorYieldResult<RequestResult>
      expect(id.startsWith(run.id)).toBe(true)
      expect(run.faults).toEqual([])
      if (run.resolution === undefined) return
      const check = checkAnswer(data!, run)
      expect(check.faults).toEqual([])
      if (check.comparison !== '') compared += 1
      work.set(run.id, run.resolution.statistics)
    })

    test('with as little search as they may cost', async () => {
      expect((await results.next()).done).toBe(true)
      expect(ids.length).toBeGreaterThan(sampled(10, 20))
      expect(compared).toBeGreaterThan(sampled(6, 12))
      // A fresh desktop (33,000 candidates) and an update of a thousand packages across a year.
      expect(work.get('A01')!.clauses).toBeLessThan(25_000)
      expect(work.get('A01')!.solves).toBeLessThan(30)
      expect(work.get('A05')!.clauses).toBeLessThan(20_000)
      expect(work.get('A05')!.solves).toBeLessThan(10)
      expect(Math.max(...[...work.values()].map(({ conflicts }) => conflicts))).toBeLessThan(500)
    })
  })

  test('the checker sees what is wrong with a damaged result', async () => {
    const results = runRequests({ data: data!, newBackend: newBackend!, repeat: 1, only: ['C03'], cache })
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
