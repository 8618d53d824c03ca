import { describe, expect, test } from 'vitest'
import { type ImageSnapshot, type PublisherName, parseFmri, type SolveRequest, type Stem } from '#model'
import type { CatalogEntry } from '#repo'
import { loadBackend, type NewSatBackend, resolveInstall } from '#solver'
import { generatedPublisher, generateEntries, randomNumbers, stemName } from '../../bench/generate.ts'
import { buildCatalog } from '../support/build-catalog.ts'
import { explanationOf } from '../support/scenario.ts'

const newBackend = await loadBackend('minisat-wasm')

const empty = (publisher: PublisherName): ImageSnapshot => ({
  generation: 1,
  installed: [],
  publishers: [{ name: publisher, sticky: true, enabled: true }],
  variants: new Map(),
  facets: [],
  frozen: [],
  avoided: [],
  parent: undefined,
})

const install = (patterns: readonly string[]): SolveRequest => ({
  operation: 'install',
  patterns: patterns.map((name) => `pkg:/${name}`),
  reject: [],
  ignoreMissing: false,
})

const entriesOf =
  (publisher: PublisherName) =>
  (stem: string, version: number, actions: readonly string[]): CatalogEntry => ({
    publisher,
    stem: stem as Stem,
    version: `${version}-1`,
    actions,
  })

/** Counts literals loaded, by engine in order of creation. */
function counting(): { readonly loaded: number[]; readonly newBackend: NewSatBackend } {
  const loaded: number[] = []
  return {
    loaded,
    newBackend: () => {
      const engine = newBackend()
      const index = loaded.push(0) - 1
      return {
        ...engine,
        addClauses(literals) {
          loaded[index] = loaded[index]! + literals.length
          engine.addClauses(literals)
        },
      }
    },
  }
}

describe('the work of a solve', () => {
  test('grows with what a good answer selects, not with the past of each stem', () => {
    const publisher = 'tall' as PublisherName
    const entry = entriesOf(publisher)
    const catalogOf = (versions: number) => {
      const entries: CatalogEntry[] = []
      for (let version = 1; version <= versions; version += 1) {
        const pins = Array.from({ length: 20 }, (_, k) => `depend type=incorporate fmri=part${k}@${version}`)
        const needs = Array.from({ length: 20 }, (_, k) => `depend type=require fmri=part${k}@${version}`)
        entries.push(entry('release', version, [...pins, ...needs]))
        for (let k = 0; k < 20; k += 1) entries.push(entry(`part${k}`, version, []))
      }
      return buildCatalog([publisher], entries)
    }
    const cost = (versions: number) => {
      const catalog = catalogOf(versions)
      const result = resolveInstall({
        catalog,
        snapshot: empty(publisher),
        request: install(['release']),
        newBackend,
        budget: {},
      })
      if (!result.ok) throw new Error('no plan')
      expect(result.value.plan.add).toHaveLength(21)
      return result.value.statistics
    }
    const low = cost(20)
    const tall = cost(400)
    expect(tall.clauses).toBe(low.clauses)
    expect(tall.variables).toBe(low.variables)
  })

  describe('in an image of which the request touches little', () => {
    const publisher = 'wide' as PublisherName
    const entry = entriesOf(publisher)
    const installedAt = (stem: string) => {
      const fmri = parseFmri(`pkg://${publisher}/${stem}@1-1`)
      if (!fmri.ok) throw new Error(stem)
      return { fmri: fmri.value, manual: false }
    }
    /** An image of parts that need each other, and a package that refuses `tool` in its first version. */
    const solve = (parts: number, name: string) => {
      const names = Array.from({ length: parts }, (_, k) => `part${k}`)
      const catalog = buildCatalog(
        [publisher],
        [1, 2, 3].flatMap((version) => [
          ...names.map((stem, k) =>
            entry(stem, version, [
              `depend type=require fmri=part${(k + 1) % parts}@${version}`,
              `depend type=optional fmri=part${(k + 7) % parts}@${version}`,
              `depend type=incorporate fmri=part${(k + 3) % parts}@${version}`,
            ]),
          ),
          entry('shy', version, version === 1 ? ['depend type=exclude fmri=tool'] : []),
          entry('leaf', version, ['depend type=require fmri=part0@1']),
          entry('tool', version, ['depend type=require fmri=part0@1']),
        ]),
      )
      const installed = [...names, 'shy'].map(installedAt)
      const snapshot = { ...empty(publisher), installed }
      const result = resolveInstall({ catalog, snapshot, request: install([name]), newBackend, budget: {} })
      if (!result.ok) throw new Error('no plan')
      return result.value
    }

    test('a leaf is looked at alone', () => {
      const { plan, statistics } = solve(300, 'leaf')
      expect(plan.add.map(({ fmri }) => fmri.stem)).toEqual(['leaf'])
      expect(plan.update).toEqual([])
      expect(statistics.stemsInCone).toBe(1)
      expect(statistics).toEqual(solve(20, 'leaf').statistics)
    })

    test('what refuses the newcomer moves, and nothing else is looked at', () => {
      const { plan, statistics } = solve(300, 'tool')
      expect(plan.add.map(({ fmri }) => fmri.stem)).toEqual(['tool'])
      expect(plan.update.map(({ from }) => from.stem)).toEqual(['shy'])
      expect(statistics.stemsInCone).toBe(2)
      expect(statistics).toEqual(solve(20, 'tool').statistics)
    })
  })

  test('of an update of everything is for what has newer versions', () => {
    const publisher = 'late' as PublisherName
    const entry = entriesOf(publisher)
    const solve = (parts: number) => {
      const names = Array.from({ length: parts }, (_, k) => `part${k}`)
      const next = (k: number) => `depend type=require fmri=part${(k + 1) % parts}@1`
      const catalog = buildCatalog(
        [publisher],
        [
          ...names.map((stem, k) => entry(stem, 1, [next(k)])),
          ...[1, 2, 3].map((version) => entry('tool', version, ['depend type=require fmri=part0@1'])),
        ],
      )
      const fmris = [...names, 'tool'].map((stem) => parseFmri(`pkg://${publisher}/${stem}@1-1`))
      const installed = fmris.flatMap((fmri) => (fmri.ok ? [{ fmri: fmri.value, manual: false }] : []))
      const request: SolveRequest = { operation: 'update', patterns: [], reject: [], ignoreMissing: false }
      const snapshot = { ...empty(publisher), installed }
      const result = resolveInstall({ catalog, snapshot, request, newBackend, budget: {} })
      if (!result.ok) throw new Error('no plan')
      return result.value
    }
    const { plan, statistics } = solve(300)
    expect(plan.update.map(({ to }) => to.fmri.stem)).toEqual(['tool'])
    expect(statistics.stemsInCone).toBe(1)
    expect(statistics).toEqual(solve(20).statistics)
  })

  test('a contradiction near to the request is found before the rest is looked at', () => {
    const publisher = 'near' as PublisherName
    const entry = entriesOf(publisher)
    const looked = (parts: number, siblings = 0) => {
      const besides = Array.from({ length: siblings }, (_, k) => `besides${k}`)
      const chain = Array.from({ length: parts }, (_, k) =>
        entry(`part${k}`, 1, k + 1 < parts ? [`depend type=require fmri=part${k + 1}`] : []),
      )
      const catalog = buildCatalog(
        [publisher],
        [
          entry(
            'app',
            1,
            ['part0', ...besides, 'tool'].map((name) => `depend type=require fmri=${name}`),
          ),
          ...besides.map((name) => entry(name, 1, [])),
          entry('tool', 1, ['depend type=require fmri=bad']),
          entry('bad', 1, []),
          ...chain,
        ],
      )
      let stems = 0
      const result = resolveInstall({
        catalog,
        snapshot: empty(publisher),
        request: { ...install(['app']), reject: ['bad'] },
        newBackend,
        budget: {},
        trace: {
          now: () => 0,
          onPhase: () => {},
          onSearched: ({ statistics }) => {
            stems = statistics.stemsInCone
          },
        },
      })
      if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') throw new Error('has a plan')
      expect(result.error.facts.map(({ kind }) => kind)).toEqual(['named', 'require', 'require', 'reject'])
      expect(result.error.subjects).toEqual(['app'])
      return stems
    }
    expect(looked(1000)).toBe(looked(100))
    expect(looked(1000)).toBeLessThan(20)
    // What needs something rejected is a reason to look at once.
    expect(looked(1000, 80)).toBe(83)
  })

  test('what a release incorporates besides costs an explanation nothing', () => {
    const publisher = 'release' as PublisherName
    const entry = entriesOf(publisher)
    const loaded = (parts: number) => {
      const names = Array.from({ length: parts }, (_, k) => `part${k}`)
      const pins = (version: number) =>
        ['lib', ...names].map((name) => `depend type=incorporate fmri=${name}@${version}`)
      const catalog = buildCatalog(
        [publisher],
        [1, 2, 3].flatMap((version) => [
          entry('release', version, pins(version)),
          ...['lib', ...names].map((name) => entry(name, version, [])),
        ]),
      )
      const installed = ['release', 'lib', ...names].map((stem) => {
        const fmri = parseFmri(`pkg://${publisher}/${stem}@2-1`)
        if (!fmri.ok) throw new Error(stem)
        return { fmri: fmri.value, manual: false }
      })
      const counted = counting()
      const result = resolveInstall({
        catalog,
        snapshot: { ...empty(publisher), installed },
        request: install(['lib@3']),
        newBackend: counted.newBackend,
        budget: {},
      })
      if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') throw new Error('has a plan')
      expect(result.error.facts.map(({ kind }) => kind)).toEqual(['named', 'incorporate', 'held'])
      expect(result.error.fixes.length).toBeGreaterThan(0)
      return counted.loaded
    }
    const [search, facts, ...suggestions] = loaded(2_000)
    const [sameSearch, sameFacts] = loaded(4_000)
    expect([search, facts]).toEqual([sameSearch, sameFacts])
    expect(facts).toBeLessThan(100)
    // The release moves, the release goes. That any version will do needs no search: no newer one is left.
    expect(suggestions).toHaveLength(2)
  })

  describe('an explanation does not look at the whole image', () => {
    const publisher = 'image' as PublisherName
    const entry = entriesOf(publisher)
    const installedAt = (stem: string) => {
      const fmri = parseFmri(`pkg://${publisher}/${stem}@2-1`)
      if (!fmri.ok) throw new Error(stem)
      return { fmri: fmri.value, manual: false }
    }
    /** Literals loaded, and the kinds of facts of each reason, in an image with so many other packages. */
    const explain = (parts: number, entries: readonly CatalogEntry[], request: SolveRequest) => {
      const names = Array.from({ length: parts }, (_, k) => `part${k}`)
      const others = names.flatMap((name, k) =>
        [1, 2].map((version) =>
          entry(name, version, [`depend type=require fmri=part${(k + 1) % parts}@${version}`]),
        ),
      )
      const catalog = buildCatalog([publisher], [...entries, ...others])
      const own = new Set(entries.map(({ stem }) => stem as string).filter((stem) => stem !== 'bad'))
      const snapshot = { ...empty(publisher), installed: [...own, ...names].map(installedAt) }
      const counted = counting()
      const result = resolveInstall({
        catalog,
        snapshot,
        request,
        newBackend: counted.newBackend,
        budget: {},
      })
      const { facts, more } = explanationOf(result)
      return { loaded: counted.loaded, reasons: [facts, ...more].map((list) => list.map(({ kind }) => kind)) }
    }

    test('where a second reason would only repeat what the first says', () => {
      const entries = [1, 2].flatMap((version) => [
        entry('release', version, [`depend type=incorporate fmri=lib@${version}`]),
        entry('lib', version, []),
        entry('user', version, [`depend type=require fmri=lib@${version}`]),
      ])
      const small = explain(30, entries, install(['lib@1', 'part0']))
      expect(small.reasons[0]).toEqual(['named', 'incorporate', 'held'])
      expect(explain(600, entries, install(['lib@1', 'part0']))).toEqual(small)
    })

    test('where something installed needs what is rejected, in an update of everything', () => {
      const request: SolveRequest = { ...install([]), operation: 'update', reject: ['bad'] }
      const user = [1, 2].map((version) => entry('user', version, ['depend type=require fmri=bad']))
      const entries = [...user, entry('bad', 1, [])]
      const explainAmong = (parts: number) => {
        const names = Array.from({ length: parts }, (_, k) => `tool${k}`)
        const tools = names.flatMap((name) => [2, 3].map((version) => entry(name, version, [])))
        const { loaded, reasons } = explain(30, [...entries, ...tools], request)
        return { loaded: loaded.slice(0, 3), reasons }
      }
      // The search, what clashes, the facts.
      const small = explainAmong(30)
      expect(small.reasons).toEqual([['stays', 'require', 'reject']])
      expect(explainAmong(600)).toEqual(small)
    })

    test('where every version says the same, also those that the search left out', () => {
      const request: SolveRequest = { ...install([]), operation: 'update', reject: ['bad'] }
      const entries = [1, 2, 3].flatMap((version) => [
        entry('user', version, [`depend type=require fmri=bad@${version}`]),
        entry('bad', version, []),
      ])
      const small = explain(30, entries, request)
      expect(small.reasons).toEqual([['floor', 'require', 'require', 'stays', 'reject']])
      expect(explain(600, entries, request)).toEqual(small)
    })
  })

  test('an explanation loads no more than a few times what the search did', () => {
    const shape = { stems: 2_000, versions: 10, density: 4, seed: 1 }
    const catalog = buildCatalog([generatedPublisher], generateEntries(shape))
    const random = randomNumbers(shape.seed + 1)
    const patterns = Array.from(
      { length: 30 },
      () => `${stemName(Math.floor(random() * shape.stems))}@${(shape.versions + 1) >> 1}`,
    ).slice(20)
    const counted = counting()
    const result = resolveInstall({
      catalog,
      snapshot: empty(generatedPublisher),
      request: install(patterns),
      newBackend: counted.newBackend,
      budget: {},
    })
    expect(explanationOf(result).facts.length).toBeGreaterThan(0)
    const [search = 0, ...others] = counted.loaded
    expect(others.reduce((sum, literals) => sum + literals, 0)).toBeLessThan(4 * search)
  })
})
