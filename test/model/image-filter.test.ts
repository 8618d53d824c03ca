import { describe, expect, test } from 'vitest'
import {
  type Action,
  actionTags,
  createImageFilter,
  type FacetSetting,
  type ImageFilter,
  parseAction,
} from '#model'

function action(text: string): Action {
  const parsed = parseAction(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

/** `doc=false` is a local setting of `facet.doc`; `^doc=false` one of the parent image. */
function filter(facets: readonly string[], variants: Record<string, string> = {}): ImageFilter {
  const settings = facets.map((text): FacetSetting => {
    const [name, value] = text.replace('^', '').split('=')
    return {
      name: `facet.${name}`,
      value: value === 'true',
      source: text.startsWith('^') ? 'parent' : 'local',
    }
  })
  return createImageFilter(new Map(Object.entries(variants).map(([n, v]) => [`variant.${n}`, v])), settings)
}

describe('facets (manifest-and-actions §5.2)', () => {
  test.each<[readonly string[], string, boolean]>([
    [['doc=false'], 'facet.doc=true', false],
    [['doc=false'], 'facet.doc=all', false],
    [['doc=false'], 'facet.doc=false', false],
    [[], 'facet.doc=false', true],
    [['doc=false'], 'facet.doc=true facet.devel=true', true],
    [['doc=false'], 'facet.doc=all facet.devel=true', false],
    [['*=false', 'doc=true'], 'facet.doc=true', true],
    [['locale.*=false', 'locale.en_US=true'], 'facet.locale.en_US=true facet.locale.fr=true', true],
    [['locale.*=false'], 'facet.locale=true', true],
    [['l*=true', 'locale.*=false'], 'facet.locale.fr=true', false],
    [[], 'facet.debug.x=true', false],
    [[], 'facet.optional.x=true', false],
    [[], 'facet.debug=true', true],
    [[], 'facet.debug.x=true facet.doc=true', true],
    [[], 'facet.debug.x=all facet.doc=true', false],
    [[], 'mode=0755', true],
    [['doc=false'], 'facet.doc=all facet.doc=true facet.devel=true', true],
    [['doc=false'], 'facet.Doc=true', true],
  ])('image %j, action %s: %s', (facets, tags, expected) => {
    const parsed = action(`dir path=a ${tags}`)
    expect(filter(facets).actionApplies(parsed)).toBe(expected)
    expect(filter(facets).tagsApply(actionTags(parsed))).toBe(expected)
  })

  test.each<[readonly string[], string, boolean]>([
    [['^l*=false', 'locale.*=true'], 'facet.locale.fr', false],
    [['^locale.fr=false', 'locale.fr=true'], 'facet.locale.fr', false],
    [['^*=false', 'locale.fr=true'], 'facet.locale.fr', true],
    [['a*=false', '*a=true'], 'facet.a', true],
    [['?=false'], 'facet.a', false],
    [['[!b]=false'], 'facet.a', false],
    [['[!b]=false'], 'facet.b', true],
    [['debug.*=true'], 'facet.debug.x', true],
    [['__proto__=false'], 'facet.__proto__', false],
    [[], 'facet.constructor', true],
  ])('image %j: %s is %s', (facets, name, expected) => {
    const made = filter(facets)
    expect(made.facetValue(name)).toBe(expected)
    expect(made.facetValue(name)).toBe(expected)
  })

  test('many facet names from packages are answered alike before and after the memory is full', () => {
    const made = filter(['a*=false'])
    for (let index = 0; index < 10_000; index++) made.facetValue(`facet.b${index}`)
    expect(made.facetValue('facet.a1')).toBe(false)
    expect(made.facetValue('facet.b9999')).toBe(true)
  })
})

describe('variants (manifest-and-actions §5.1)', () => {
  const image = { arch: 'i386' }
  test.each([
    ['variant.arch=i386', true],
    ['variant.arch=I386', false],
    ['variant.arch=sparc', false],
    ['variant.arch=i386 variant.arch=sparc', false],
    ['variant.debug.osnet=false', true],
    ['variant.debug.osnet=falsehood', false],
    ['variant.debug.osnet=true', false],
    ['variant.arch=i386 facet.debug.x=true', false],
  ])('%s: %s', (tags, expected) => {
    expect(filter([], image).actionApplies(action(`dir path=a ${tags}`))).toBe(expected)
  })

  test('a package needs a listed value of each variant the image sets', () => {
    const made = filter([], image)
    const supported = (name: string, ...values: string[]): boolean =>
      made.packageVariantsSupported([{ name, values }])
    expect(supported('variant.arch', 'i386', 'sparc')).toBe(true)
    expect(supported('variant.arch', 'sparc')).toBe(false)
    expect(supported('variant.other', 'x')).toBe(true)
    expect(made.packageVariantsSupported([])).toBe(true)
  })

  test('the actions that declare variants are never filtered', () => {
    expect(
      filter([], image).actionApplies(action('set name=variant.arch value=sparc variant.arch=sparc')),
    ).toBe(true)
    expect(filter([], image).actionApplies(action('set name=other value=x variant.arch=sparc'))).toBe(false)
  })
})
