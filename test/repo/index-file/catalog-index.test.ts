import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Catalog, PackageFlag, parseFmri } from '#model'
import { type CatalogEntry, extendCatalog, openCatalogIndex } from '#repo'
import { buildCatalog, encodeCatalogIndex } from '../../support/build-catalog.ts'
import { catalogEntries, checkAgainstEntries, publisher } from '../../support/catalog-check.ts'
import { sampled } from '../../support/sampling.ts'

const someEntries: readonly CatalogEntry[] = [
  {
    publisher: publisher('one'),
    stem: 'app',
    version: '1.0,5.11-2:20230501T120000Z',
    manifestSha1: 'ab'.repeat(20),
    actions: [
      'depend facet.doc=true fmri=lib@1.2 type=incorporate',
      'set name=variant.arch value=i386 value=sparc',
    ],
  },
  {
    publisher: publisher('one'),
    stem: 'lib',
    version: '1.2.5',
    actions: ['set name=pkg.depend.install-hold value=core.lib'],
  },
  {
    publisher: publisher('one'),
    stem: 'lib',
    version: '1.20',
    actions: ['set name=pkg.obsolete value=true'],
  },
]

function find(catalog: Catalog, text: string): number {
  const fmri = parseFmri(text)
  if (!fmri.ok) throw new Error(text)
  return catalog.findFmri(fmri.value)
}

function packagesOf(catalog: Catalog, stem: number): readonly number[] {
  const first = catalog.stemStart[stem]!
  return Array.from({ length: catalog.stemStart[stem + 1]! - first }, (_, index) => first + index)
}

describe('the index file', () => {
  test('gives back what went in, with every version test carried out', () => {
    fc.assert(
      fc.property(catalogEntries, (all) => {
        const bytes = encodeCatalogIndex({ publishers: [publisher('zero')], entries: all, stamp: 's' })
        const catalog = openCatalogIndex(bytes, 's')
        if (typeof catalog === 'string') throw new Error(catalog)
        expect(catalog.publishers).toContain('zero')
        checkAgainstEntries(catalog, all)
        expect(encodeCatalogIndex({ publishers: [publisher('zero')], entries: all, stamp: 's' })).toEqual(
          bytes,
        )
      }),
      { numRuns: sampled(100, 300) },
    )
  })

  test('holds the settings of a package', () => {
    const catalog = buildCatalog(
      [],
      [
        ...someEntries,
        {
          publisher: publisher('one'),
          stem: 'old',
          version: '1',
          installedOnly: true,
          actions: [
            'set name=pkg.renamed value=true',
            'set name=pkg.legacy value=TRUE',
            'set name=pkg.depend.explicit-install value=true',
            'set name=pkg.obsolete value=false',
            'depend fmri=lib type=require',
          ],
        },
      ],
    )
    const flags = (stem: string) => catalog.packageFlags[catalog.stemStart[catalog.findStem(stem)]!]
    expect(flags('old')).toBe(
      PackageFlag.renamed | PackageFlag.legacy | PackageFlag.explicitInstall | PackageFlag.installedOnly,
    )
    const lib = catalog.stemStart[catalog.findStem('lib')]!
    expect(catalog.packageFlags[lib + 1]).toBe(PackageFlag.obsolete)
    expect(catalog.text(catalog.packageHold[lib]!)).toBe('core.lib')
    expect(catalog.packageHold[lib + 1]).toBe(-1)
    const app = catalog.stemStart[catalog.findStem('app')]!
    expect(catalog.condition(catalog.packageVariants[app]!)).toEqual([
      { name: 'variant.arch', values: ['i386', 'sparc'] },
    ])
    expect(catalog.packageVariants[lib]).toBe(-1)
    expect(catalog.condition(catalog.dependencyCondition[0]!)).toEqual([
      { name: 'facet.doc', values: ['true'] },
    ])
  })

  test.each([
    ['an unknown dependency type', 'depend fmri=lib type=bogus'],
    ['a bad FMRI', 'depend fmri=_lib@1 type=require'],
    ['a conditional without predicate', 'depend fmri=lib type=conditional'],
    ['an action that does not parse', 'set name='],
    ['a type that no action has', 'bogus fmri=lib'],
  ])('flags a package with %s', (_, action) => {
    const all = [
      ...someEntries,
      { publisher: publisher('one'), stem: 'bad', version: '1', actions: [action] },
    ]
    const catalog = buildCatalog([], all)
    expect(catalog.packageCount).toBe(4)
    expect(catalog.packageFlags[catalog.stemStart[catalog.findStem('bad')]!]).toBe(PackageFlag.unsupported)
  })

  test('leaves out entries whose name or version is none', () => {
    const names = ['__proto__', 'a//b', '', '-x']
    const all = [
      ...names.map((stem) => ({ publisher: publisher('one'), stem, version: '1', actions: [] })),
      { publisher: publisher('one'), stem: 'app', version: '1.x', actions: [] },
      ...someEntries,
    ]
    expect(buildCatalog([], all).packageCount).toBe(3)
  })

  test('gives up on packages whose targets cost too much, and on no others', () => {
    const lib = Array.from({ length: 8000 }, (_, n) => ({
      publisher: publisher('one'),
      stem: 'lib',
      version: `1.${n}`,
      actions: [],
    }))
    const greedy = Array.from({ length: 8000 }, (_, n) => ({
      publisher: publisher('one'),
      stem: 'greedy',
      version: `${n}`,
      actions: [`depend fmri=lib@1-${n} type=incorporate`],
    }))
    const catalog = buildCatalog([], [...someEntries, ...lib, ...greedy])
    const count = (stem: string) => {
      const id = catalog.findStem(stem)
      const flags = catalog.packageFlags.subarray(catalog.stemStart[id], catalog.stemStart[id + 1])
      return flags.filter((bits) => (bits & PackageFlag.unsupported) !== 0).length
    }
    expect(count('greedy')).toBeGreaterThan(1000)
    expect(count('greedy')).toBeLessThan(8000)
    expect(count('lib') + count('app')).toBe(0)
  })

  test('finds a package by the text of its version', () => {
    fc.assert(
      fc.property(catalogEntries, catalogEntries, (all, more) => {
        const built = buildCatalog([], all)
        for (const catalog of [built, extendCatalog(built, more)]) {
          for (let id = 0; id < catalog.packageCount; id += 1) {
            const stem = catalog.packageStem[id]!
            const name = `${catalog.stemName(stem)}@${catalog.packageVersion(id)}`
            const of = catalog.publishers[catalog.packagePublisher[id]!]
            const isWritten = (one: number) => catalog.packageVersion(one) === catalog.packageVersion(id)
            const same = packagesOf(catalog, stem).filter(isWritten)
            // The parser fills in a build, and then it is another text.
            const unspelt = !name.includes(',')
            expect(find(catalog, `pkg://${of}/${name}`)).toBe(unspelt ? -1 : id)
            expect(find(catalog, `pkg:/${name}`)).toBe(unspelt ? -1 : same.at(-1))
            expect(find(catalog, `pkg://nobody/${name}`)).toBe(-1)
            expect(find(catalog, `pkg://${of}/${name.replace(/@/, '@9.')}`)).toBe(-1)
          }
        }
      }),
    )
  })

  test('finds stems by the end of their names', () => {
    fc.assert(
      fc.property(catalogEntries, catalogEntries, (all, more) => {
        const built = buildCatalog([], all)
        for (const catalog of [built, extendCatalog(built, more)]) {
          const stems = Array.from({ length: catalog.stemCount }, (_, stem) => stem)
          for (const name of ['z', 'b', 'lib/z', 'ib/z', 'constructor', '/z', 'ü', '']) {
            const called = stems.filter((stem) => `/${catalog.stemName(stem)}`.endsWith(`/${name}`))
            expect(catalog.stemsEnding(name)).toEqual(called)
          }
        }
      }),
    )
  })

  test('shares equal dependencies and targets', () => {
    const one = (stem: string, action: string) => ({
      publisher: publisher('one'),
      stem,
      version: '1',
      actions: [action],
    })
    const catalog = buildCatalog(
      [],
      [
        one('a', 'depend fmri=pkg:/lib@1 type=require'),
        one('b', 'depend type=require fmri=lib@1'),
        one('c', 'depend type=incorporate fmri=lib@1'),
      ],
    )
    expect(catalog.dependencyCount).toBe(2)
    expect(catalog.targetCount).toBe(1)
  })
})

describe('a damaged index file', () => {
  const bytes = encodeCatalogIndex({ publishers: [], entries: someEntries, stamp: 'now' })

  test('is stale with another stamp or format version', () => {
    expect(openCatalogIndex(bytes, 'then')).toBe('stale')
    const other = bytes.slice()
    other[8] = 99
    expect(openCatalogIndex(other, 'now')).toBe('stale')
  })

  test('is never opened when a byte differs or the end is missing', () => {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at]! ^= 1 << (at % 8)
      expect(['stale', 'damaged']).toContain(openCatalogIndex(flipped, 'now'))
      expect(openCatalogIndex(bytes.slice(0, at), 'now')).toBe('damaged')
    }
    expect(openCatalogIndex(new Uint8Array([...bytes, 0, 0, 0, 0]), 'now')).toBe('damaged')
  })

  test('never throws on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(bytes.length), (noise, at) => {
        const mixed = bytes.slice()
        mixed.set(noise.subarray(0, mixed.length - at), at)
        const opened = openCatalogIndex(mixed, 'now')
        return typeof opened === 'string' || Buffer.compare(mixed, bytes) === 0
      }),
    )
  })

  test('opens from any alignment', () => {
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(typeof openCatalogIndex(shifted.subarray(1), 'now')).toBe('object')
  })
})

describe('an extended catalog', () => {
  test('is as if its packages had been there from the start', () => {
    fc.assert(
      fc.property(catalogEntries, catalogEntries, catalogEntries, (offered, installed, more) => {
        const catalog = buildCatalog([publisher('two')], offered)
        const once = extendCatalog(catalog, installed)
        checkAgainstEntries(once, [...offered, ...installed])
        checkAgainstEntries(extendCatalog(once, more), [...offered, ...installed, ...more])
        checkAgainstEntries(catalog, offered)
      }),
      { numRuns: sampled(100, 300) },
    )
  })

  test('is the same one when nothing is new', () => {
    const catalog = buildCatalog([], someEntries)
    expect(
      extendCatalog(
        catalog,
        someEntries.map((entry) => ({ ...entry, installedOnly: true })),
      ),
    ).toBe(catalog)
    expect(extendCatalog(catalog, [])).toBe(catalog)
  })

  test('keeps settings and flags what is only installed', () => {
    const gone = {
      publisher: publisher('gone.example'),
      stem: 'a/gone',
      version: '0.5',
      actions: [
        'depend facet.x=all fmri=lib@1 type=require',
        'set name=variant.arch value=sparc',
        'set name=pkg.depend.install-hold value=gone',
      ],
      installedOnly: true,
    }
    const catalog = extendCatalog(buildCatalog([], someEntries), [gone])
    const id = catalog.stemStart[catalog.findStem('a/gone')]!
    expect(catalog.packageFlags[id]).toBe(PackageFlag.installedOnly)
    expect(catalog.publishers[catalog.packagePublisher[id]!]).toBe('gone.example')
    expect(catalog.text(catalog.packageHold[id]!)).toBe('gone')
    expect(catalog.condition(catalog.packageVariants[id]!)).toEqual([
      { name: 'variant.arch', values: ['sparc'] },
    ])
    const dependency = catalog.dependencyList[catalog.dependencyStart[id]!]!
    expect(catalog.condition(catalog.dependencyCondition[dependency]!)).toEqual([
      { name: 'facet.x', values: ['all'] },
    ])
    const lib = catalog.stemStart[catalog.findStem('lib')]!
    expect(catalog.text(catalog.packageHold[lib]!)).toBe('core.lib')
    expect(catalog.packageFlags[lib + 1]).toBe(PackageFlag.obsolete)
  })
})
