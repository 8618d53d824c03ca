import fc from 'fast-check'
import { expect } from 'vitest'
import {
  type Catalog,
  compareVersions,
  dependencyTypes,
  isAtLeast,
  isInside,
  type PublisherName,
  parseVersion,
  type Version,
} from '#model'
import type { CatalogEntry } from '#repo'

function version(text: string): Version {
  const parsed = parseVersion(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
export const publisher = (name: string) => name as PublisherName

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
/** Entries of small catalogs in which many things coincide. */
export const catalogEntries = fc.array(
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
function expectedPackages(
  all: readonly CatalogEntry[],
  stem: string,
  publishers: readonly string[],
): CatalogEntry[] {
  const kept: CatalogEntry[] = []
  for (const entry of all) {
    const same = (one: CatalogEntry) =>
      one.publisher === entry.publisher && compareVersions(version(one.version), version(entry.version)) === 0
    if (entry.stem === stem && !kept.some(same)) kept.push(entry)
  }
  return kept.sort(
    (x, y) =>
      compareVersions(version(x.version), version(y.version)) ||
      publishers.indexOf(x.publisher) - publishers.indexOf(y.publisher),
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

/** Compares a catalog with the entries it was made of, trying every version test on every version. */
export function checkAgainstEntries(catalog: Catalog, all: readonly CatalogEntry[]): void {
  const names = Array.from({ length: catalog.stemCount }, (_, stem) => catalog.stemName(stem) as string)
  expect(names).toEqual([...names].sort())
  expect(catalog.findStem('nowhere')).toBe(-1)
  names.forEach((name, stem) => {
    expect(catalog.findStem(name)).toBe(stem)
    const expected = expectedPackages(all, name, catalog.publishers)
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
export function checkTargets(catalog: Catalog): void {
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
