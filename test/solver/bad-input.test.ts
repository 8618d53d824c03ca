import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ImageSnapshot, PublisherName, Result, SolveRequest, Stem } from '#model'
import { formatFmri, parseFmri } from '#model'
import type { CatalogEntry } from '#repo'
import { loadBackend, type NewSatBackend, type Resolution, resolveInstall, type SolverProblem } from '#solver'
import { buildCatalog } from '../support/build-catalog.ts'
import { sampled } from '../support/sampling.ts'

const publisher = 't' as PublisherName
/** More conflicts than any case here needs, so that a search that goes astray ends. */
const CONFLICTS = 20_000
let newBackend: NewSatBackend

beforeAll(async () => {
  newBackend = await loadBackend('minisat-wasm')
})

function entry(stem: string, version: string, ...actions: readonly string[]): CatalogEntry {
  return { publisher, stem: stem as Stem, version, actions }
}

function solve(
  entries: readonly CatalogEntry[],
  request: Partial<SolveRequest>,
  installed: readonly string[] = [],
): Result<Resolution, SolverProblem> {
  const snapshot: ImageSnapshot = {
    generation: 1,
    installed: installed.map((text) => {
      const fmri = parseFmri(`pkg://t/${text}`)
      if (!fmri.ok) throw new Error(text)
      return { fmri: fmri.value, manual: false }
    }),
    publishers: [{ name: publisher, sticky: true, enabled: true }],
    variants: new Map([['variant.arch', 'i386']]),
    facets: [],
    frozen: [],
    avoided: [],
    parent: undefined,
  }
  return resolveInstall({
    catalog: buildCatalog([publisher], entries),
    snapshot,
    request: { operation: 'install', patterns: [], reject: [], ignoreMissing: false, ...request },
    newBackend,
    budget: { conflicts: CONFLICTS },
  })
}

/** Short names of what a plan adds, or the code of the problem. */
function added(answer: Result<Resolution, SolverProblem>): readonly string[] | string {
  if (!answer.ok) return answer.error.code
  return answer.value.plan.add.map(({ fmri }) => formatFmri(fmri, 'short').replace('pkg://t/', ''))
}

const unsatisfiable = 'ips::solver_error::unsatisfiable'
const many = (count: number, make: (index: number) => CatalogEntry) =>
  Array.from({ length: count }, (_, index) => make(index))

describe('catalogs that nobody should have published', () => {
  const require = (fmri: string) => `depend type=require fmri=${fmri}`
  const cases: readonly [string, readonly CatalogEntry[], readonly string[], readonly string[] | string][] = [
    ['unparsable action', [entry('a', '1', 'depend type="require')], ['a'], unsatisfiable],
    ['unparsable newest version', [entry('a', '1'), entry('a', '2', 'depend fmri')], ['a'], ['a@1']],
    ['unknown type', [entry('a', '1', 'depend type=desire fmri=b'), entry('b', '1')], ['a'], unsatisfiable],
    ['no such action', [entry('a', '1', 'sing name=x')], ['a'], unsatisfiable],
    ['target without name', [entry('a', '1', 'depend type=require fmri=@1')], ['a'], unsatisfiable],
    [
      'target without version number',
      [entry('a', '1', require('b@x')), entry('b', '1')],
      ['a'],
      unsatisfiable,
    ],
    ['requires itself', [entry('a', '1', require('a'))], ['a'], ['a@1']],
    ['requires a newer self', [entry('a', '1', require('a@2'))], ['a'], unsatisfiable],
    ['excludes itself', [entry('a', '1', 'depend type=exclude fmri=a')], ['a'], unsatisfiable],
    [
      'excludes what it requires',
      [entry('a', '1', require('b'), 'depend type=exclude fmri=b'), entry('b', '1')],
      ['a'],
      unsatisfiable,
    ],
    [
      'incorporates itself elsewhere',
      [
        entry('a', '1', 'depend type=incorporate fmri=a@2'),
        entry('a', '2', 'depend type=incorporate fmri=a@1'),
      ],
      ['a'],
      unsatisfiable,
    ],
    [
      'a cycle',
      [entry('a', '1', require('b')), entry('b', '1', require('c')), entry('c', '1', require('a'))],
      ['a'],
      ['a@1', 'b@1', 'c@1'],
    ],
    [
      'a cycle that asks for more each time round',
      [entry('a', '1', require('b@2')), entry('b', '1', require('a')), entry('b', '2', require('a@2'))],
      ['a'],
      unsatisfiable,
    ],
    [
      'a condition on itself',
      [entry('a', '1', 'depend type=conditional predicate=a fmri=b')],
      ['a'],
      unsatisfiable,
    ],
    ['a version listed twice', [entry('a', '1'), entry('a', '1')], ['a'], ['a@1']],
    [
      'a version listed twice with other dependencies',
      [entry('a', '1'), entry('a', '1', require('b')), entry('c', '1', require('a'))],
      ['c'],
      ['a@1', 'c@1'],
    ],
    [
      'names of prototypes',
      [entry('constructor', '1', require('toString')), entry('toString', '1')],
      ['constructor'],
      ['constructor@1', 'toString@1'],
    ],
  ]
  test.each(cases)('%s', (_name, entries, patterns, expected) => {
    const found = added(solve(entries, { patterns }))
    if (Array.isArray(expected) && !Array.isArray(found)) throw new Error(String(found))
    expect(found).toEqual(expected)
  })
})

describe('large and lopsided catalogs', () => {
  test('one of tens of thousands, known or not', () => {
    const names = Array.from({ length: sampled(30_000, 100_000) }, (_, index) => `x${index}`)
    const action = `depend type=require-any ${names.map((name) => `fmri=${name}`).join(' ')}`
    expect(added(solve([entry('a', '1', action)], { patterns: ['a'] }))).toBe(unsatisfiable)
    const answer = solve(
      [entry('a', '1', action), ...many(3_000, (index) => entry(`x${7 * index + 4}`, '1'))],
      {
        patterns: ['a'],
      },
    )
    expect(added(answer)).toEqual(['a@1', 'x4@1'])
    expect(answer.ok && answer.value.statistics.solves).toBeLessThan(50)
  })

  test('a stem with 5,000 versions, each bound to its own library', () => {
    const entries = many(5_000, (index) =>
      entry(
        'a',
        String(index + 1),
        `depend type=require fmri=b@${index + 1}`,
        `depend type=incorporate fmri=b@${index + 1}`,
      ),
    )
    const libraries = many(5_000, (index) => entry('b', String(index + 1)))
    const answer = solve([...entries, ...libraries], { patterns: ['a'] })
    expect(added(answer)).toEqual(['a@5000', 'b@5000'])
    expect(answer.ok && answer.value.statistics.clauses).toBeLessThan(20_000)
    const old = solve([...entries, ...libraries], { patterns: ['a', 'b@17'] })
    expect(added(old)).toEqual(['a@17', 'b@17'])
    expect(old.ok && old.value.statistics.solves).toBeLessThan(100)
    expect(added(solve([...entries, ...libraries.slice(0, 3)], { patterns: ['b@2', 'a@4'] }))).toBe(
      unsatisfiable,
    )
  })

  test('a chain of 4,000', () => {
    const chain = many(4_000, (index) => entry(`s${index}`, '1', `depend type=require fmri=s${index + 1}`))
    expect(added(solve(chain, { patterns: ['s0'] }))).toBe(unsatisfiable)
    const ends = solve([...chain, entry('s4000', '1')], { patterns: ['s0'] })
    expect(ends.ok && ends.value.plan.add.length).toBe(4_001)
    expect(ends.ok && ends.value.statistics.solves).toBeLessThan(10)
  })
})

describe('anything at all', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'web/a', '__proto__', 'toString', 'é', '', '@', 'a b', '*')
  const version = fc.constantFrom(
    '1',
    '2',
    '1.0',
    '1-1',
    '2,5.11-1:20240101T000000Z',
    '',
    'x',
    '01',
    '1..2',
    '-1',
    '99999999999999999999',
  )
  const fmri = fc
    .tuple(name, fc.option(version))
    .map(([stem, text]) => (text === null ? stem : `${stem}@${text}`))
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'require',
            'require-any',
            'optional',
            'exclude',
            'incorporate',
            'conditional',
            'group',
            'group-any',
            'origin',
            'parent',
            'desire',
            '',
          ),
          fc.array(fmri, { maxLength: 3 }),
          fc.constantFrom(
            '',
            ' predicate=a',
            ' predicate=b@2',
            ' root-image=true',
            ' facet.x=true',
            ' variant.arch=sparc',
            ' facet.x=all facet.x=false',
          ),
        )
        .map(
          ([type, fmris, rest]) =>
            `depend type=${type} ${fmris.map((text) => `fmri=${text}`).join(' ')}${rest}`,
        ),
    },
    fc.constantFrom(
      'set name=pkg.obsolete value=true',
      'set name=pkg.renamed value=true',
      'set name=pkg.depend.install-hold value=os',
      'set name=pkg.depend.explicit-install value=true',
      'set name=variant.arch value=i386 value=sparc',
      'set name=variant.arch',
      'set',
    ),
    fc.string({ maxLength: 30 }),
  )
  const entries = fc.array(
    fc.record({
      stem: fc.constantFrom('a', 'b', 'c', 'web/a', 'constructor', 'toString'),
      version: fc.constantFrom('1', '2', '3', '1.0', '1-1', '2,5.11-1:20240101T000000Z'),
      actions: fc.array(action, { maxLength: 4 }),
    }),
    { maxLength: 8 },
  )
  const request = fc.record({
    operation: fc.constantFrom<SolveRequest['operation']>(
      'install',
      'update',
      'uninstall',
      'exact-install',
      'change-facet',
    ),
    patterns: fc.array(fc.oneof(fmri, fc.string({ maxLength: 8 })), { maxLength: 3 }),
    reject: fc.array(fmri, { maxLength: 1 }),
    ignoreMissing: fc.boolean(),
  })

  test('gives a plan or a coded problem, and never throws or hangs', () => {
    const seen = { plan: 0, problem: 0 }
    fc.assert(
      fc.property(entries, request, fc.boolean(), (list, asked, withImage) => {
        const catalog = list.map(({ stem, version: text, actions }) => entry(stem, text, ...actions))
        const first = catalog[0]
        const installed = withImage && first !== undefined ? [`${first.stem}@${first.version}`] : []
        const answer = solve(catalog, asked, installed)
        if (answer.ok) seen.plan += 1
        else {
          seen.problem += 1
          expect(answer.error.code).toMatch(/^ips::solver_error::[a-z_]+$/)
        }
      }),
      { numRuns: 1500 },
    )
    expect(seen.plan).toBeGreaterThan(100)
    expect(seen.problem).toBeGreaterThan(100)
  })
})
