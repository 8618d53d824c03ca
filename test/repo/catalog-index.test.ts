import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Catalog,
  compareVersions,
  dependencyTypes,
  isAtLeast,
  isInside,
  PackageFlag,
  type PublisherName,
  parseVersion,
  type Version,
} from '#model'
import { buildCatalog, type CatalogEntry, encodeCatalogIndex, openCatalogIndex } from '#repo'

function version(text: string): Version {
  const parsed = parseVersion(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
const publisher = (name: string) => name as PublisherName

const dotted = fc.array(fc.constantFrom('0', '1', '2', '10', '12345678901234567890'), {
  minLength: 1,
  maxLength: 3,
})
const timestamps = fc.constantFrom(
  '20200101T000000Z',
  '20230501T120000Z',
  '19691231T235959Z',
  '19700101T000000Z',
  '22000101T000000Z',
)
const versionTexts = fc
  .tuple(dotted, fc.option(fc.constantFrom('5.11', '5.10')), fc.option(dotted), fc.option(timestamps))
  .map(
    ([release, build, branch, timestamp]) =>
      release.join('.') +
      (build === null ? '' : `,${build}`) +
      (branch === null ? '' : `-${branch.join('.')}`) +
      (timestamp === null ? '' : `:${timestamp}`),
  )
const stems = fc.constantFrom('a', 'b', 'lib/z', 'B', 'a+b', 'constructor')
const fmris = fc
  .tuple(fc.constantFrom('', 'pkg:/', 'pkg://two/'), stems, fc.option(versionTexts))
  .map(([prefix, stem, text]) => `${prefix}${stem}${text === null ? '' : `@${text}`}`)
const tags = fc.constantFrom('', 'facet.doc=true ', 'facet.doc=all facet.x=true ', 'variant.arch=i386 ')
const depends = fc.oneof(
  fc
    .tuple(
      tags,
      fc.constantFrom(...dependencyTypes.filter((type) => !type.endsWith('any') && type !== 'conditional')),
      fmris,
    )
    .map(([tag, type, fmri]) => `depend ${tag}fmri=${fmri} type=${type}`),
  fc
    .tuple(fc.constantFrom('require-any', 'group-any'), fc.array(fmris, { minLength: 1, maxLength: 3 }))
    .map(([type, list]) => `depend ${list.map((fmri) => `fmri=${fmri}`).join(' ')} type=${type}`),
  fc
    .tuple(fmris, fmris)
    .map(([fmri, predicate]) => `depend fmri=${fmri} predicate=${predicate} type=conditional`),
)
const entries = fc.array(
  fc.record({
    publisher: fc.constantFrom('two', 'one').map(publisher),
    stem: stems,
    version: versionTexts,
    manifestSha1: fc.constantFrom(undefined, '0123456789abcdef0123456789abcdef01234567', 'odd'),
    actions: fc.array(depends, { maxLength: 4 }),
  }),
  { maxLength: 14 },
)

/** Entries of a stem as the catalog must hold them. */
function expectedPackages(all: readonly CatalogEntry[], stem: string): CatalogEntry[] {
  const kept: CatalogEntry[] = []
  for (const entry of all) {
    const same = (one: CatalogEntry) =>
      one.publisher === entry.publisher && compareVersions(version(one.version), version(entry.version)) === 0
    if (entry.stem === stem && !kept.some(same)) kept.push(entry)
  }
  return kept.sort(
    (x, y) => compareVersions(version(x.version), version(y.version)) || (x.publisher < y.publisher ? -1 : 1),
  )
}

function targetText(catalog: Catalog, target: number): string {
  const text = catalog.targetVersion[target]!
  const owner = catalog.targetPublisher[target]!
  return `${owner < 0 ? '' : `pkg://${catalog.publishers[owner]}/`}${catalog.stemName(catalog.targetStem[target]!)}${text < 0 ? '' : `@${catalog.text(text)}`}`
}

function dependText(catalog: Catalog, id: number): string {
  const targets = Array.from(
    catalog.targetList.subarray(catalog.dependencyTargetStart[id], catalog.dependencyTargetStart[id + 1]),
    (target) => `fmri=${targetText(catalog, target)}`,
  )
  const condition = catalog.dependencyCondition[id]!
  const tagText =
    condition < 0
      ? []
      : catalog.condition(condition).flatMap((tag) => tag.values.map((value) => `${tag.name}=${value}`))
  const predicate = catalog.dependencyPredicate[id]!
  return [
    'depend',
    ...tagText,
    ...targets,
    ...(predicate < 0 ? [] : [`predicate=${targetText(catalog, predicate)}`]),
    `type=${dependencyTypes[catalog.dependencyType[id]!]}`,
  ].join(' ')
}

function checkAgainstEntries(catalog: Catalog, all: readonly CatalogEntry[]): void {
  const names = Array.from({ length: catalog.stemCount }, (_, stem) => catalog.stemName(stem) as string)
  expect(names).toEqual([...names].sort())
  expect(catalog.findStem('nowhere')).toBe(-1)
  names.forEach((name, stem) => {
    expect(catalog.findStem(name)).toBe(stem)
    const expected = expectedPackages(all, name)
    const first = catalog.stemStart[stem]!
    expect(catalog.stemStart[stem + 1]! - first).toBe(expected.length)
    expected.forEach((entry, index) => {
      const id = first + index
      expect(catalog.packageStem[id]).toBe(stem)
      expect(catalog.packageVersion(id)).toBe(entry.version)
      expect(catalog.publishers[catalog.packagePublisher[id]!]).toBe(entry.publisher)
      expect(catalog.manifestSha1(id)).toBe(entry.manifestSha1)
      if (index > 0) {
        const grows = compareVersions(version(expected[index - 1]!.version), version(entry.version)) < 0
        expect(catalog.packageVersionClass[id]! - catalog.packageVersionClass[id - 1]!).toBe(grows ? 1 : 0)
      }
      const depends = Array.from(
        catalog.dependencyList.subarray(catalog.dependencyStart[id], catalog.dependencyStart[id + 1]),
        (dependency) => dependText(catalog, dependency),
      )
      expect(depends).toEqual(
        entry.actions.map((action) => action.replaceAll('pkg:/a', 'a').replaceAll(/pkg:\/(?!\/)/g, '')),
      )
    })
  })
  expect(new Set(names)).toEqual(new Set([...names, ...all.map((entry) => entry.stem)]))
  checkTargets(catalog)
}

/** GE and AUTO by trying every version of the stem. */
function checkTargets(catalog: Catalog): void {
  for (let target = 0; target < catalog.targetCount; target++) {
    const stem = catalog.targetStem[target]!
    const text = catalog.targetVersion[target]!
    const inside: number[] = []
    for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run++) {
      const last = catalog.targetRuns[2 * run + 1]!
      for (let id = catalog.targetRuns[2 * run]!; id <= last; id++) inside.push(id)
    }
    const expected: number[] = []
    for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id++) {
      const one = version(catalog.packageVersion(id))
      const atLeast = text < 0 || isAtLeast(one, version(catalog.text(text)))
      expect(id >= catalog.targetLow[target]!).toBe(atLeast)
      if (text < 0 || isInside(one, version(catalog.text(text)))) expected.push(id)
    }
    expect(inside).toEqual(expected)
    expect(catalog.targetLow[target]).toBeLessThanOrEqual(catalog.stemStart[stem + 1]!)
  }
}

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

describe('the index file', () => {
  test('gives back what went in, with every version test carried out', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const bytes = encodeCatalogIndex({ publishers: [publisher('zero')], entries: all, stamp: 's' })
        const catalog = openCatalogIndex(bytes, 's')
        if (typeof catalog === 'string') throw new Error(catalog)
        expect(catalog.publishers).toContain('zero')
        checkAgainstEntries(catalog, all)
        expect(encodeCatalogIndex({ publishers: [publisher('zero')], entries: all, stamp: 's' })).toEqual(
          bytes,
        )
      }),
      { numRuns: 300 },
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
    ['an unknown dependency type', 'depend fmri=lib type=wish'],
    ['a bad FMRI', 'depend fmri=_lib@1 type=require'],
    ['a conditional without predicate', 'depend fmri=lib type=conditional'],
    ['an action that does not parse', 'set name='],
    ['a type that no action has', 'wish fmri=lib'],
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
