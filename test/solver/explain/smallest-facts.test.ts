import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fact } from '#solver'
import { loadBackend } from '#solver'
import { dependencyFact, exclusionFact } from '../../../solver/explain/fact.ts'
import { createUniverse } from '../../../solver/lookup/universe.ts'
import { resolvePatterns } from '../../../solver/question/patterns.ts'
import { createQuestion, Role } from '../../../solver/question/question.ts'
import { createTrim, Exclusion } from '../../../solver/rules/trim.ts'
import { readWorld } from '../../support/checked-world.ts'
import { createFactJudge } from '../../support/fact-check.ts'
import { sampled } from '../../support/sampling.ts'
import { runScenario, type Scenario, type ScenarioInput, scenarioInput } from '../../support/scenario.ts'
import { smallScenario } from '../../support/small-worlds.ts'

const file = { default_publisher: 't' }
const newBackend = await loadBackend('minisat-wasm')

/** Rules that are stated otherwise than by the packages that they exclusion. */
const stated: readonly number[] = [
  Exclusion.named,
  Exclusion.incorporated,
  Exclusion.held,
  Exclusion.downgrade,
]

/** Every fact that an explanation of the request could state, each about as many versions as it holds for. */
function allFacts({ catalog, snapshot, request }: ScenarioInput): readonly Fact[] {
  const universe = createUniverse(catalog, snapshot)
  const resolved = resolvePatterns(universe, request)
  if (!resolved.ok) throw new Error(resolved.error.code)
  const question = createQuestion(universe, resolved.value, { exact: request.operation === 'exact-install' })
  const trim = createTrim(question)
  const facts: Fact[] = []
  for (let stem = 0; stem < catalog.stemCount; stem += 1) {
    const first = catalog.stemStart[stem]!
    const dependents = new Map<number, number[]>()
    for (let id = first; id < catalog.stemStart[stem + 1]!; id += 1)
      universe.eachOfTypes(id, ~0, (dependency) => {
        dependents.set(dependency, [...(dependents.get(dependency) ?? []), id])
      })
    for (const [dependency, ids] of dependents)
      facts.push(dependencyFact(question, stem, ids, dependency).fact)
    const masks = trim.exclusions(stem)
    for (const exclusion of Object.values(Exclusion)) {
      const ids = [...masks.keys()]
        .filter((index) => (masks[index]! & exclusion) !== 0)
        .map((index) => first + index)
      if (ids.length === 0 || stated.includes(exclusion)) continue
      facts.push(exclusionFact(question, stem, ids, exclusion).fact)
    }
    const name = catalog.stemName(stem)
    const present = universe.installed[stem]!
    if (trim.holds.held.has(stem)) facts.push(exclusionFact(question, stem, [present], Exclusion.held).fact)
    // Also where an incorporation may push the package down: that takes the incorporation.
    if (question.base[stem]! >= 0 && !trim.isDowngradeAsked(stem))
      facts.push(exclusionFact(question, stem, [present], Exclusion.downgrade).fact)
    const role = question.role(stem)
    if (role === Role.named) facts.push({ kind: 'named', subject: resolved.value.patternOf.get(stem)! })
    if (role === Role.keep) facts.push({ kind: 'stays', subject: name })
  }
  return facts
}

/** Whether `size` of the places from `from` on can be added so that all clash. */
function someClash(
  clash: (places: readonly number[]) => boolean,
  count: number,
  size: number,
  chosen: readonly number[] = [],
): boolean {
  if (size === 0) return clash(chosen)
  const from = chosen.length === 0 ? 0 : chosen.at(-1)! + 1
  for (let place = from; place <= count - size; place += 1) {
    if (someClash(clash, count, size - 1, [...chosen, place])) return true
  }
  return false
}

/** Facts of an explanation, and the least number with which one would do; undefined where there is none, or too many to try. */
function measure(scenario: Scenario): { readonly stated: number; readonly least: number } | undefined {
  const result = runScenario(file, scenario, newBackend)
  if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') return undefined
  const input = scenarioInput(file, scenario)
  const world = readWorld(input.catalog, input.snapshot, input.request)
  const own = createFactJudge(world, result.error.facts, newBackend)
  const spoken = result.error.facts.filter((_, place) => own.saysSomething(place)).length
  own.dispose()
  const pool = createFactJudge(world, allFacts(input), newBackend)
  const places = allFacts(input).map((_, place) => place)
  try {
    if (spoken > 6) return undefined
    // Without this the pool would lack a fact that the explanation has.
    expect(pool.clash(places)).toBe(true)
    for (let size = 1; size < spoken; size += 1) {
      if (someClash(pool.clash, places.length, size)) return { stated: spoken, least: size }
    }
    return { stated: spoken, least: spoken }
  } finally {
    pool.dispose()
  }
}

test('no fact can be left out, and how often fewer would do', () => {
  const found = { explained: 0, long: 0, smaller: 0, most: 0 }
  fc.assert(
    fc.property(smallScenario, (scenario) => {
      const measured = measure(scenario)
      if (measured === undefined) return
      found.explained += 1
      found.long += measured.stated > 3 ? 1 : 0
      found.smaller += measured.least < measured.stated ? 1 : 0
      found.most = Math.max(found.most, measured.stated - measured.least)
    }),
    { numRuns: sampled(400, 1200), seed: 20261123 },
  )
  expect(found.explained).toBeGreaterThan(sampled(13, 40))
  expect(found.long).toBeGreaterThan(sampled(1, 5))
  // One in a hundred of 20,000 requests; see docs/decisions/003-explanations-in-two-passes.md.
  expect(found.smaller / found.explained).toBeLessThan(0.05)
})
