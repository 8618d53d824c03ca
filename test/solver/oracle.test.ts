import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { formatFmri } from '#model'
import { contractBackend, loadBackend, type NewSatBackend, resolveInstall } from '#solver'
import { readWorld } from '../support/checked-world.ts'
import { availableEngines } from '../support/engines.ts'
import { findFactFaults, findReasonFaults } from '../support/fact-check.ts'
import { answerKinds, compareWithOracle, installedAfter } from '../support/oracle-check.ts'
import { sampled } from '../support/sampling.ts'
import { explanationOf, outcomeOf, runScenario, type Scenario, scenarioInput } from '../support/scenario.ts'
import { packages } from '../support/short-scenario.ts'
import { deepScenario, smallScenario, tightScenario, wideScenario } from '../support/small-worlds.ts'

const file = { default_publisher: 't' }
let newBackend: NewSatBackend

beforeAll(async () => {
  newBackend = contractBackend(await loadBackend('cadical'))
})

describe('against an exhaustive search', () => {
  test('feasibility, every objective value and the result agree', () => {
    const seen = new Map(answerKinds.map((kind) => [kind, 0]))
    const agrees = (scenario: Scenario) => {
      const { kind, differences } = compareWithOracle(scenario, newBackend)
      expect(differences).toEqual([])
      seen.set(kind, seen.get(kind)! + 1)
    }
    fc.assert(fc.property(smallScenario, agrees), { numRuns: sampled(70, 600) })
    fc.assert(fc.property(fc.oneof(wideScenario, deepScenario, tightScenario), agrees), {
      numRuns: sampled(150, 3000),
    })
    // These kinds of answer must occur often, or the property says little. Only one in forty needs a search to fail.
    const kinds = sampled(['plan', 'seen before'] as const, ['plan', 'seen before', 'searched'] as const)
    expect(Math.min(...kinds.map((kind) => seen.get(kind)!))).toBeGreaterThan(sampled(8, 30))
  })
})

describe('laws', () => {
  test('the order of the catalog does not matter', () => {
    fc.assert(
      fc.property(smallScenario, fc.array(fc.nat(), { minLength: 18, maxLength: 18 }), (scenario, keys) => {
        const straight = runScenario(file, scenario, newBackend)
        const shuffled = runScenario(file, scenario, newBackend, (entries) =>
          entries
            .map((entry, index) => ({ entry, key: keys[index % keys.length]! }))
            .sort((a, b) => a.key - b.key)
            .map(({ entry }) => entry),
        )
        expect(shuffled).toEqual(straight.ok ? { ...shuffled, ok: true } : straight)
        expect(outcomeOf(file, scenario, shuffled)).toEqual(outcomeOf(file, scenario, straight))
        if (straight.ok && shuffled.ok) expect(shuffled.value.plan).toEqual(straight.value.plan)
      }),
      { numRuns: sampled(75, 150) },
    )
  })

  test('a plan that was carried out is empty when planned again', () => {
    fc.assert(
      fc.property(smallScenario, (scenario) => {
        fc.pre(scenario.request.op === 'install' || scenario.request.op === 'exact-install')
        // An avoided incorporation may hold others back in the plan that sweeps it away.
        fc.pre(scenario.image.avoid?.length === 0)
        // A freeze beside what is installed forces a downgrade, and the reason that permits it is not needed any more.
        const { installed: present, frozen = [] } = scenario.image
        fc.pre(!frozen.some(({ fmri }) => present.some((text) => text[0] === fmri[0] && text !== fmri)))
        // The shell of a renamed package leaves with the plan, and what it asked for is asked no more.
        fc.pre(scenario.catalog.every((entry) => entry.renamed !== true))
        const first = runScenario(file, scenario, newBackend)
        fc.pre(first.ok)
        if (!first.ok) return
        const outcome = outcomeOf(file, scenario, first)
        if ('error' in outcome) throw new Error('a plan was expected')
        const installed = installedAfter(scenario, outcome)
          .split(' ')
          .filter((text) => text !== '')
        const again: Scenario = {
          ...scenario,
          image: { ...scenario.image, installed, avoid: first.value.plan.avoid },
        }
        const second = runScenario(file, again, newBackend)
        expect(outcomeOf(file, again, second)).toMatchObject({ add: [], remove: [], update: [] })
      }),
      { numRuns: sampled(100, 200) },
    )
  })

  test('every engine gives the same plan', async () => {
    const engines = [...(await availableEngines()).values()]
    fc.assert(
      fc.property(smallScenario, (scenario) => {
        const answers = engines.map((engine) => {
          const result = runScenario(file, scenario, contractBackend(engine))
          return result.ok
            ? { plan: result.value.plan, text: result.value.plan.add.map(({ fmri }) => formatFmri(fmri)) }
            : { code: result.error.code }
        })
        for (const answer of answers) expect(answer).toEqual(answers[0])
      }),
      { numRuns: sampled(20, 150) },
    )
  })

  test('the facts of an explanation leave no answer, also when no other dependency is left', () => {
    const seen = { explained: 0 }
    fc.assert(
      fc.property(smallScenario, (scenario) => {
        const result = runScenario(file, scenario, newBackend)
        if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') return
        const { facts } = result.error
        expect(facts.length).toBeGreaterThan(0)
        seen.explained += 1
        const isHeld = (stem: string) =>
          facts.some(({ kind, subject }) => kind === 'held' && subject === stem)
        const catalog = scenario.catalog.map((entry) => {
          const stem = entry.fmri[0]!
          const depends = (entry.depends ?? []).filter((depend) => {
            if (depend.type === 'incorporate' && isHeld(stem)) return true
            const targets = [depend.fmri as string | readonly string[]].flat()
            return facts.some(
              ({ kind, subject, object }) =>
                kind === depend.type && subject[0] === stem && object?.[0] === targets[0]![0],
            )
          })
          return { ...entry, depends }
        })
        const alone = runScenario(file, { ...scenario, catalog }, newBackend)
        expect(outcomeOf(file, scenario, alone)).toMatchObject({ error: 'unsatisfiable' })
      }),
      { numRuns: sampled(130, 400) },
    )
    expect(seen.explained).toBeGreaterThan(sampled(6, 20))
  })
})

describe('explanations', () => {
  test('as printed, the facts of each reason clash and each is needed; every way out works', () => {
    const seen = { explained: 0, several: 0, fixes: 0 }
    fc.assert(
      fc.property(smallScenario, (scenario) => {
        const result = runScenario(file, scenario, newBackend)
        if (result.ok || !('facts' in result.error)) return
        const { catalog, snapshot, request } = scenarioInput(file, scenario)
        const world = readWorld(catalog, snapshot, request)
        const more = 'more' in result.error ? result.error.more : []
        const fixes = 'fixes' in result.error ? result.error.fixes : []
        expect(findReasonFaults(world, [result.error.facts, ...more], newBackend)).toEqual([])
        for (const fix of fixes) {
          const frozen = snapshot.frozen.filter(({ stem }) => fix.kind === 'request' || stem !== fix.stem)
          const again = resolveInstall({
            catalog,
            newBackend,
            budget: {},
            snapshot: { ...snapshot, frozen },
            request: fix.kind === 'request' ? fix : request,
          })
          expect(again.ok, JSON.stringify(fix)).toBe(true)
        }
        seen.explained += 1
        seen.several += more.length > 0 ? 1 : 0
        seen.fixes += fixes.length
      }),
      { numRuns: sampled(170, 500), seed: 20261122 },
    )
    expect(seen.explained).toBeGreaterThan(sampled(13, 40))
    expect(Math.min(seen.several, seen.fixes)).toBeGreaterThan(0)
  })
})

describe('kept cases', () => {
  test('a freeze that leaves only an obsolete version of what is required is among the facts', () => {
    const scenario: Scenario = {
      id: 'kept',
      title: 'freeze at an obsolete version',
      catalog: packages('a@1 require f', 'a@2 require a@3', 'f@1 obsolete', 'f@2'),
      image: { installed: ['a@1'], frozen: [{ fmri: 'f@1' }] },
      request: { op: 'install', patterns: ['a'] },
      expect: { add: [], remove: [], update: [] },
    }
    const { facts } = explanationOf(runScenario(file, scenario, newBackend))
    expect(facts.map(({ kind }) => kind)).toContain('freeze')
    const { catalog, snapshot, request } = scenarioInput(file, scenario)
    expect(findFactFaults(readWorld(catalog, snapshot, request), facts, newBackend)).toEqual([])
  })

  test('that an obsolete member of a group-any would do where the others have no candidate is known to an explanation', () => {
    const scenario: Scenario = {
      id: 'kept',
      title: 'obsolete member of a group-any beside one without candidates',
      catalog: packages('p@1 group-any a b, exclude b', 'a@1', 'b@1 obsolete'),
      image: { installed: [], frozen: [{ fmri: 'a@5' }] },
      request: { op: 'install', patterns: ['p'] },
      expect: { add: [], remove: [], update: [] },
    }
    const { facts } = explanationOf(runScenario(file, scenario, newBackend))
    expect(facts.map(({ kind }) => kind).sort()).toEqual(['exclude', 'freeze', 'group-any', 'named'])
    const { catalog, snapshot, request } = scenarioInput(file, scenario)
    expect(findFactFaults(readWorld(catalog, snapshot, request), facts, newBackend)).toEqual([])
  })

  test('a group-any member that is selected as obsolete does not hide that the group is given up', () => {
    const scenario: Scenario = {
      id: 'kept',
      title: 'obsolete member of a group-any',
      catalog: packages('a@1', 'b@1', 'b@2 obsolete', 'c@1 group-any b a'),
      image: { installed: ['c@1'] },
      request: { op: 'install', patterns: ['b'] },
      expect: { add: [], remove: [], update: [] },
    }
    const result = runScenario(file, scenario, newBackend)
    expect(outcomeOf(file, scenario, result)).toMatchObject({ add: ['a@1'] })
  })
})
