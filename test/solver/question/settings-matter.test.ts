import { describe, expect, test } from 'vitest'
import { settingsMatter, unneededPackages } from '#solver'
import { type Scenario, scenarioInput, scenarioOf } from '../../support/scenario.ts'

type Depends = NonNullable<Scenario['catalog'][number]['depends']>
type Image = Scenario['image']

const file = { default_publisher: 't' }

function inputOf(catalog: Scenario['catalog'], image: Image) {
  return scenarioInput(file, scenarioOf({ catalog, image, request: { op: 'install' } }))
}

/** Whether going from one setting to another needs a search, in an image with one package. */
function matters(
  entry: Partial<Scenario['catalog'][number]>,
  before: Partial<Image>,
  after: Partial<Image>,
): boolean {
  const packages = [{ fmri: 'a@1', ...entry }, { fmri: 'b@1' }]
  const { catalog, snapshot } = inputOf(packages, { installed: ['a@1'], ...before })
  return settingsMatter(catalog, snapshot, inputOf(packages, { installed: ['a@1'], ...after }).snapshot)
}

describe('a change of facets', () => {
  test.each<[string, Depends, boolean]>([
    ['a dependency without tags', [{ type: 'require', fmri: 'b' }], false],
    ['a dependency of the facet', [{ type: 'require', fmri: 'b', 'facet.doc': 'true' }], true],
    ['a dependency of a facet that stays', [{ type: 'require', fmri: 'b', 'facet.man': 'true' }], false],
    [
      'a dependency of two facets, one of which stays true',
      [{ type: 'require', fmri: 'b', 'facet.doc': 'true', 'facet.man': 'true' }],
      false,
    ],
    ['an incorporation of the facet', [{ type: 'incorporate', fmri: 'b@1', 'facet.doc': 'true' }], true],
  ])('%s', (_, depends, expected) => {
    expect(matters({ depends }, {}, { facets: { 'facet.doc': false } })).toBe(expected)
  })
})

describe('a change of variants', () => {
  test.each<[string, Partial<Scenario['catalog'][number]>, boolean]>([
    [
      'a dependency of the variant',
      { depends: [{ type: 'require', fmri: 'b', 'variant.arch': 'sparc' }] },
      true,
    ],
    ['a package for the old value only', { variants: { 'variant.arch': ['i386'] } }, true],
    ['a package for both values', { variants: { 'variant.arch': ['i386', 'sparc'] } }, false],
    ['a package that never fitted', { variants: { 'variant.arch': ['arm'] } }, false],
  ])('%s', (_, entry, expected) => {
    const arch = (value: string): Partial<Image> => ({ variants: { 'variant.arch': value } })
    expect(matters(entry, arch('i386'), arch('sparc'))).toBe(expected)
  })
})

test('facets and variants that change together need a search, as does a child that is behind its parent', () => {
  const both = { facets: { 'facet.doc': false }, variants: { 'variant.arch': 'sparc' } }
  expect(matters({}, {}, both)).toBe(true)
  const link = { depends: [{ type: 'parent', fmri: 'feature/package/dependency/self' }] }
  const image = (parent: string): Partial<Image> => ({ facets: { 'facet.doc': false }, parent: [parent] })
  expect(matters(link, { parent: ['a@2'] }, image('a@2'))).toBe(true)
  expect(matters(link, { parent: ['a@1'] }, image('a@1'))).toBe(false)
})

test('what nobody needs: not named, and no dependency that counts names it', () => {
  const depends: Depends = [
    { type: 'require', fmri: 'by-require' },
    { type: 'require-any', fmri: ['by-any', 'by-any-2'] },
    { type: 'group', fmri: 'by-group' },
    { type: 'optional', fmri: 'by-optional' },
    { type: 'conditional', fmri: 'by-conditional', predicate: 'leaf' },
    { type: 'conditional', fmri: 'no-predicate', predicate: 'absent' },
    { type: 'incorporate', fmri: 'by-incorporate@1' },
    { type: 'require', fmri: 'by-facet', 'facet.doc': 'true' },
  ]
  const names = ['any', 'any-2', 'conditional', 'facet', 'group', 'incorporate', 'optional', 'require']
  const leaves = ['leaf', 'no-predicate', ...names.map((name) => `by-${name}`)].sort()
  const catalog = [
    { fmri: 'app@1', depends },
    { fmri: 'self@1', depends: [{ type: 'require', fmri: 'self' }] },
    ...leaves.map((name) => ({ fmri: `${name}@1` })),
  ]
  const input = inputOf(catalog, {
    installed: ['app@1', ...leaves.map((name) => `${name}@1`), 'self@1'],
    facets: { 'facet.doc': false },
  })
  const installed = input.snapshot.installed.map((entry) => ({ ...entry, manual: entry.fmri.stem === 'app' }))
  const found = unneededPackages(input.catalog, { ...input.snapshot, installed })
  expect(found.map(({ stem }) => stem)).toEqual([
    'by-facet',
    'by-incorporate',
    'leaf',
    'no-predicate',
    'self',
  ])
})
