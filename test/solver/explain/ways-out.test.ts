import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SolveRequest } from '#model'
import { contractBackend, type Fix, fixCommand, loadBackend, resolveInstall } from '#solver'
import { readWorld } from '../../support/checked-world.ts'
import { findReasonFaults } from '../../support/fact-check.ts'
import { sampled } from '../../support/sampling.ts'
import {
  explanationOf,
  runScenario,
  type Scenario,
  scenarioInput,
  scenarioOf,
} from '../../support/scenario.ts'
import { packages } from '../../support/short-scenario.ts'
import { smallScenario } from '../../support/small-worlds.ts'

const file = { default_publisher: 't' }
const newBackend = contractBackend(await loadBackend('minisat-wasm'))

type RequestFix = Extract<Fix, { readonly kind: 'request' }>

/** One difference between two requests. */
interface Change {
  readonly text: string
  apply(request: SolveRequest): SolveRequest
}

const stemOf = (pattern: string) => pattern.replace(/^pkg:\//, '').split('@')[0]!

/** The differences of a suggestion, each by itself; a name for a stem in place of another is one. */
function changesOf(request: SolveRequest, fix: RequestFix): readonly Change[] {
  const patterns = (text: string, change: (all: readonly string[]) => readonly string[]): Change => ({
    text,
    apply: (from) => ({ ...from, patterns: change(from.patterns) }),
  })
  const rejects = (text: string, change: (all: readonly string[]) => readonly string[]): Change => ({
    text,
    apply: (from) => ({ ...from, reject: change(from.reject) }),
  })
  const gone = request.patterns.filter((pattern) => !fix.patterns.includes(pattern))
  const come = fix.patterns.filter((pattern) => !request.patterns.includes(pattern))
  const newFor = (pattern: string) => come.find((other) => stemOf(other) === stemOf(pattern))
  const replaced = gone.flatMap((pattern) => newFor(pattern) ?? [])
  return [
    ...gone.map((pattern) =>
      patterns(`-${pattern} +${newFor(pattern) ?? ''}`, (all) =>
        all.flatMap((each) => (each === pattern ? (newFor(pattern) ?? []) : [each])),
      ),
    ),
    ...come
      .filter((pattern) => !replaced.includes(pattern))
      .map((pattern) => patterns(`+${pattern}`, (all) => [...all, pattern])),
    ...request.reject
      .filter((pattern) => !fix.reject.includes(pattern))
      .map((pattern) => rejects(`-reject ${pattern}`, (all) => all.filter((each) => each !== pattern))),
    ...fix.reject
      .filter((pattern) => !request.reject.includes(pattern))
      .map((pattern) => rejects(`+reject ${pattern}`, (all) => [...all, pattern])),
  ]
}

/** All sets with some of the elements, but neither none nor all of them. */
function parts<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** all.length }, (_, mask) =>
    all.filter((_, place) => (mask >> place) & 1),
  ).filter(({ length }) => length > 0 && length < all.length)
}

/** Requests with more names and more that is rejected than those of small scenarios: more often there are several reasons. */
const demanding: fc.Arbitrary<Scenario> = fc
  .record({
    scenario: smallScenario,
    more: fc.array(fc.record({ stem: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.nat(3) }), {
      maxLength: 2,
    }),
    reject: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 }),
  })
  .map(({ scenario, more, reject }) => {
    const { catalog, request } = scenario
    const knows = (fmri: string) => catalog.some((entry) => entry.fmri === fmri)
    const has = (stem: string) => catalog.some(({ fmri }) => fmri.startsWith(`${stem}@`))
    const named = new Set((request.patterns ?? []).map(stemOf))
    const names = [...(request.patterns ?? [])]
    for (const { stem, version } of more) {
      if (request.op !== 'install' || named.has(stem) || !has(stem)) continue
      named.add(stem)
      names.push(knows(`${stem}@${version}`) ? `${stem}@${version}` : stem)
    }
    const rejects = new Set([...(request.reject ?? []), ...reject.filter(has)])
    return {
      ...scenario,
      request: { ...request, patterns: names, reject: [...rejects].filter((stem) => !named.has(stem)) },
    }
  })

type Depends = NonNullable<Scenario['catalog'][number]['depends']>

/** Why a named package does not come, each with things of its own or that it shares with others of the same number. */
const troubles: Readonly<Record<string, (shared: number) => Depends>> = {
  gone: () => [{ type: 'require', fmri: 'gone' }],
  rejected: (shared) => [{ type: 'require', fmri: `reject${shared}` }],
  heldBack: (shared) => [{ type: 'require', fmri: `lib${shared}@2` }],
  excludes: (shared) => [{ type: 'exclude', fmri: `tool${shared}` }],
  groups: (shared) => [{ type: 'group', fmri: `bad${shared}` }],
  tooNew: (shared) => [{ type: 'incorporate', fmri: `tool${shared}@1` }],
}
const SHARED = [0, 1]

/** Several packages are named, and each has one or two troubles. */
const troubled: fc.Arbitrary<Scenario> = fc
  .record({
    names: fc.array(
      fc.record({
        troubles: fc.uniqueArray(fc.constantFrom(...Object.keys(troubles)), { minLength: 1, maxLength: 2 }),
        shared: fc.constantFrom(...SHARED),
        /** An older version has no trouble. */
        older: fc.boolean(),
        present: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    /** Named besides, and without trouble. */
    free: fc.boolean(),
    /** What an installed package needs is rejected. */
    needy: fc.boolean(),
    /** The same for one that is held. */
    needyHeld: fc.boolean(),
  })
  .map(({ names, free, needy, needyHeld }) => {
    const catalog = [
      ...names.flatMap(({ troubles: own, shared, older }, index) => [
        ...(older ? [{ fmri: `name${index}@1` }] : []),
        { fmri: `name${index}@2`, depends: own.flatMap((each) => troubles[each]!(shared)) },
      ]),
      ...packages(
        'free@1',
        'needy@1 require reject0',
        'held@1 require reject1, incorporate free@1',
        'held@2 incorporate free@1',
      ),
      ...SHARED.flatMap((shared) => [
        { fmri: `reject${shared}@1` },
        { fmri: `inc${shared}@1`, depends: [{ type: 'incorporate', fmri: `lib${shared}@1` }] },
        { fmri: `inc${shared}@2`, depends: [{ type: 'incorporate', fmri: `lib${shared}@2` }] },
        { fmri: `lib${shared}@1` },
        { fmri: `lib${shared}@2` },
        { fmri: `tool${shared}@1` },
        { fmri: `tool${shared}@2` },
        { fmri: `bad${shared}@1`, depends: [{ type: 'require', fmri: 'gone' }] },
      ]),
    ]
    const shared = SHARED.flatMap((each) => [`inc${each}@1`, `lib${each}@1`, `tool${each}@2`])
    const present = names.flatMap(({ older, present: is }, index) => (older && is ? [`name${index}@1`] : []))
    return scenarioOf({
      catalog,
      image: {
        installed: [
          ...shared,
          ...present,
          ...(needy ? ['needy@1', 'reject0@1'] : []),
          ...(needyHeld ? ['held@1', 'reject1@1'] : []),
        ],
      },
      request: {
        op: 'install',
        patterns: [
          ...names.map(({ older }, index) => (older ? `name${index}@2` : `name${index}`)),
          ...(free ? ['free'] : []),
        ],
        reject: SHARED.map((each) => `reject${each}`),
      },
    })
  })

/** An incorporation that pins another one, which is held with it. */
const pinned = [1, 2].flatMap((version) => [
  {
    fmri: `os@${version}`,
    'install-hold': 'os',
    depends: ['net', 'lib'].map((stem) => ({ type: 'incorporate', fmri: `${stem}@${version}` })),
  },
  { fmri: `net@${version}`, depends: [{ type: 'incorporate', fmri: `tool@${version}` }] },
  { fmri: `lib@${version}` },
  { fmri: `tool@${version}` },
])
const needing = (name: string, fmri: string) => ({ fmri: name, depends: [{ type: 'require', fmri }] })

describe('ways out', () => {
  const cases: readonly (readonly [string, Partial<Scenario>, readonly string[]])[] = [
    [
      'one change is enough for two reasons of which only one speaks of it',
      {
        catalog: [...pinned, needing('a@1', 'lib@2'), needing('b@1', 'tool@2')],
        image: { installed: ['os@1', 'net@1', 'lib@1', 'tool@1'] },
        request: { op: 'install', patterns: ['a', 'b'] },
      },
      ['pkg6 install pkg:/os a b'],
    ],
    [
      'any version of two packages',
      {
        catalog: [...packages('a@1'), needing('a@2', 'gone'), ...packages('b@1'), needing('b@2', 'lost')],
        request: { op: 'install', patterns: ['a@2', 'b@2'] },
      },
      ['pkg6 install a b'],
    ],
    [
      'any version of one package, and another one not at all',
      {
        catalog: [{ fmri: 'a@1' }, needing('a@2', 'gone'), needing('b@1', 'lost'), needing('b@2', 'lost')],
        request: { op: 'install', patterns: ['a@2', 'b@2'] },
      },
      ['pkg6 install a'],
    ],
    [
      'a name that is not left out where any version of it will do',
      {
        catalog: [...packages('a@1'), needing('a@2', 'gone'), ...packages('b@1')],
        request: { op: 'install', patterns: ['a@2', 'b'] },
      },
      ['pkg6 install a b'],
    ],
    [
      'nothing that would do nothing',
      {
        catalog: [...packages('a@1'), needing('a@2', 'gone'), ...packages('b@1')],
        image: { installed: ['a@1', 'b@1'] },
        request: { op: 'install', patterns: ['a@2', 'b'] },
      },
      [],
    ],
    [
      'no newer version where an older one was asked for',
      {
        catalog: [needing('a@1', 'gone'), ...packages('a@2', 'a@3', 'b@1')],
        image: { installed: ['a@2'] },
        request: { op: 'install', patterns: ['a@1', 'b'] },
      },
      ['pkg6 install b'],
    ],
    [
      'a pattern with a wildcard stays, because it asks for others too',
      {
        catalog: packages('lynx@1', 'lynx@2 exclude c', 'lyra@1', 'c@1'),
        image: { installed: ['lynx@2'] },
        request: { op: 'install', patterns: ['ly*', 'c'] },
      },
      ["pkg6 install 'ly*' c pkg:/lynx@1", "pkg6 install 'ly*'"],
    ],
  ]
  test.each(cases)('%s', (_, some, commands) => {
    const { fixes } = explanationOf(runScenario(file, scenarioOf(some), newBackend))
    expect(fixes.map(fixCommand)).toEqual(commands)
  })
})

describe.each([
  [
    'small requests',
    demanding,
    sampled(160, 3000),
    sampled({ explained: 16, fixes: 10, together: 0 }, { explained: 300, fixes: 200, together: 3 }),
  ],
  [
    'requests with several reasons',
    troubled,
    sampled(40, 400),
    sampled({ explained: 30, fixes: 30, together: 10 }, { explained: 300, fixes: 300, together: 100 }),
  ],
])('ways out of random requests: %s', (_, scenarios, numRuns, least) => {
  test('each does something, and none works with fewer of its changes or holds another', () => {
    const seen = { explained: 0, fixes: 0, together: 0 }
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const result = runScenario(file, scenario, newBackend)
        if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') return
        const { catalog, snapshot, request } = scenarioInput(file, scenario)
        /** The request has an answer that changes something, and what was asked for at another version moves. */
        const works = (changed: SolveRequest) => {
          const answer = resolveInstall({ catalog, snapshot, request: changed, newBackend, budget: {} })
          if (!answer.ok) return false
          const { add, remove, update } = answer.value.plan
          if (add.length + remove.length + update.length === 0) return false
          const moved = new Set<string>([
            ...remove.map(({ stem }) => stem),
            ...update.map(({ to }) => to.fmri.stem),
          ])
          const isInstalled = (stem: string) => snapshot.installed.some(({ fmri }) => fmri.stem === stem)
          return changed.patterns.every((pattern) => {
            const isLoosened = request.patterns.some((other) => other.startsWith(`${pattern}@`))
            return (
              !isLoosened ||
              request.operation === 'exact-install' ||
              !isInstalled(pattern) ||
              moved.has(pattern)
            )
          })
        }
        const world = readWorld(catalog, snapshot, request)
        const reasons = [result.error.facts, ...result.error.more]
        expect(findReasonFaults(world, reasons, newBackend)).toEqual([])
        const fixes = result.error.fixes.filter((fix): fix is RequestFix => fix.kind === 'request')
        const changes = fixes.map((fix) => changesOf(request, fix))
        for (const [place, fix] of fixes.entries()) {
          const command = fixCommand(fix)
          const own = changes[place]!
          expect(works(fix), command).toBe(true)
          for (const part of parts(own)) {
            const less = part.reduce((from, change) => change.apply(from), request)
            const isIdle = less.patterns.length === 0 && request.patterns.length > 0
            expect(!isIdle && works(less), `${command} needs only ${part.map(({ text }) => text)}`).toBe(
              false,
            )
          }
          const texts = own.map(({ text }) => text)
          const held = changes.filter(
            (other) => other !== own && other.every(({ text }) => texts.includes(text)),
          )
          expect(held, command).toEqual([])
          seen.fixes += 1
          seen.together += own.length > 1 ? 1 : 0
        }
        seen.explained += 1
      }),
      { numRuns, seed: 20261123 },
    )
    for (const key of ['explained', 'fixes', 'together'] as const)
      expect(seen[key], key).toBeGreaterThan(least[key])
  })
})
