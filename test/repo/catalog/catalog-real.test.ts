import { describe, expect, test } from 'vitest'
import { PackageFlag } from '#model'
import { openCatalogIndex, readCatalogFolders } from '#repo'
import { checkTargets } from '../../support/catalog-check.ts'
import { sampled } from '../../support/sampling.ts'
import { sharedData } from '../../support/shared-data.ts'

const catalogs = sharedData('data', 'catalogs')

describe.skipIf(catalogs === undefined)('the large catalogs', () => {
  test.each<[name: string, stems: number, versions: number]>([
    ['oi-hipster-encumbered', 47, 331],
    ['omnios', 1055, 9764],
    ['omnios-extra', 399, 3183],
    ...sampled<[string, number, number][]>(
      [],
      [
        ['oi-hipster', 9662, 77769],
        ['debian-bookworm', 63667, 65505],
      ],
    ),
  ])('%s verifies and fits an index of less than 13 MB', async (name, stems, versions) => {
    const folder = await readCatalogFolders([`${catalogs}/${name}`])
    if (!folder.ok) throw new Error(folder.error.code)
    expect(folder.value.versions).toBe(versions)
    const bytes = folder.value.index(name)
    expect(bytes.length).toBeLessThan(13_000_000)
    const catalog = openCatalogIndex(bytes, name)
    if (typeof catalog === 'string') throw new Error(catalog)
    expect(catalog.packageCount).toBe(versions)
    const populated = Array.from({ length: catalog.stemCount }, (_, stem) => stem).filter(
      (stem) => catalog.stemStart[stem + 1]! > catalog.stemStart[stem]!,
    )
    expect(populated).toHaveLength(stems)
    expect(catalog.packageFlags.some((flags) => (flags & PackageFlag.unsupported) !== 0)).toBe(false)
    if (name === 'omnios-extra') checkTargets(catalog)
  })
})

test('two publishers share stems, and every target is resolved against both', async () => {
  if (catalogs === undefined) return
  const folders = await readCatalogFolders(['omnios', 'omnios-extra'].map((name) => `${catalogs}/${name}`))
  if (!folders.ok) throw new Error(folders.error.code)
  const catalog = folders.value.catalog()
  expect(catalog.publishers).toEqual(['extra.omnios', 'omnios'])
  expect(catalog.packageCount).toBe(9764 + 3183)
})
