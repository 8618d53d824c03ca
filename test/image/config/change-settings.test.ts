import { describe, expect, it } from 'vitest'
import type { SettingsChange } from '#image'
import type { Result, SolveRequest } from '#model'
import { changedConfig, checkSettings, settingsDifference } from '../../../image/config/change-settings.ts'
import type { ImageConfig } from '../../../image/config/image-config.ts'
import { mayHaveTags } from '../../../image/manifests/replan.ts'
import {
  essence,
  installedNames,
  newHost,
  newImage,
  opened,
  succeed,
  usePublishedImages,
  verifiesClean,
} from '../../support/published-image.ts'

const base: ImageConfig = {
  kind: 'full',
  publishers: [],
  variants: new Map([['variant.arch', 'i386']]),
  facets: new Map([
    ['facet.devel', false],
    ['facet.doc.*', false],
  ]),
  mediators: [],
  properties: new Map(),
}

describe('settings that change', () => {
  it.each([
    ['nothing', {}, undefined],
    ['what is so already', { facets: new Map([['facet.devel', false]]) }, undefined],
    ['taking back what is not set', { facets: new Map([['facet.man', undefined]]) }, undefined],
    [
      'a facet to another value',
      { facets: new Map([['facet.devel', true]]) },
      { facets: [{ name: 'facet.devel', old: false, new: true }], variants: [] },
    ],
    [
      'facets, one new and one taken back, by name',
      {
        facets: new Map([
          ['facet.doc.*', undefined],
          ['facet.__proto__', true],
        ]),
      },
      {
        facets: [
          { name: 'facet.__proto__', old: undefined, new: true },
          { name: 'facet.doc.*', old: false, new: undefined },
        ],
        variants: [],
      },
    ],
    [
      'variants',
      {
        variants: new Map([
          ['variant.made.up', 'yes'],
          ['variant.arch', 'sparc'],
        ]),
      },
      {
        facets: [],
        variants: [
          { name: 'variant.arch', old: 'i386', new: 'sparc' },
          { name: 'variant.made.up', old: undefined, new: 'yes' },
        ],
      },
    ],
  ])('%s', (_, change, expected) => {
    const after = changedConfig(base, change)
    expect(after === undefined ? undefined : settingsDifference(base, after)).toEqual(expected)
    if (after !== undefined)
      expect(settingsDifference(after, base).facets.length).toBe(expected?.facets.length)
  })

  it.each([
    ['a blank in a facet', { facets: new Map([['facet.a b', true]]) }, 'blank'],
    ['a blank in a variant', { variants: new Map([['variant.a\tb', 'x']]) }, 'blank'],
    ['a facet without name', { facets: new Map([['facet.', true]]) }, 'empty'],
    ['a variant without name', { variants: new Map([['variant.', 'x']]) }, 'empty'],
    ['a pattern of variants', { variants: new Map([['variant.ar?h', 'x']]) }, 'glob'],
    ['all version locks off', { facets: new Map([['facet.version-lock.*', false]]) }, 'every-lock-false'],
    ['all version locks on', { facets: new Map([['facet.version-lock.*', true]]) }, 'every-lock-true'],
    ['all version locks taken back', { facets: new Map([['facet.version-lock.*', undefined]]) }, undefined],
    ['a pattern of facets', { facets: new Map([['facet.locale.[a-d]*', false]]) }, undefined],
  ])('%s: refused or not', (_, change, why) => {
    const checked = checkSettings(change)
    expect(checked.ok ? undefined : 'why' in checked.error && checked.error.why).toBe(why)
  })
})

describe('a manifest that other settings may matter to', () => {
  it.each([
    ['file path=a facet.doc=true\n', true],
    ['file path=a variant.arch=i386\n', true],
    ['file path=a opensolaris.zone=global\n', true],
    ['file path=a face\\\nt.doc=true\n', true],
    ['file path=a face\\\r\n  t.doc=true\n', true],
    ['file path=a mode=0644\n', false],
  ])('%j: %j', (text, wanted) => {
    expect(mayHaveTags(text)).toBe(wanted)
  })
})

describe('an operation with other settings', () => {
  usePublishedImages()
  const noise = { facets: new Map([['facet.optional.noise', true]]) }
  const options = (settings: SettingsChange, acceptLicenses: boolean) => ({
    refresh: false,
    dryRun: false,
    acceptLicenses,
    settings,
    decide: (): Result<'apply', never> => ({ ok: true, value: 'apply' }),
  })
  const request: SolveRequest = { operation: 'change-facet', patterns: [], reject: [], ignoreMissing: false }

  it('asks for licences and brings packages that it makes count, or changes nothing', async () => {
    const image = await newImage()
    await succeed(image, 'install', 'loudness')
    expect(await installedNames(image)).toEqual(['small.example/tools/loudness@1.0-1 manual'])
    const before = essence()
    const planned = await image.planInstall(request, { refresh: false, settings: noise })
    if (!planned.ok) throw new Error(JSON.stringify(planned.error))
    expect(planned.value.affected.map(({ stem }) => stem)).toEqual(['tools/loudness'])
    expect(planned.value.installPlan.add.map(({ fmri }) => fmri.stem)).toEqual(['library/words'])
    expect(await image.install(request, options(noise, false))).toMatchObject({
      error: { code: 'ips::installer_error::licenses', licenses: [{ name: 'noise', mustAccept: true }] },
    })
    expect(essence()).toEqual(before)
    const done = await image.install(request, options(noise, true))
    expect(done.ok && done.value.applied).toBeTruthy()
    expect(await installedNames(await opened(newHost()))).toEqual([
      'small.example/library/words@2.0-1',
      'small.example/tools/loudness@1.0-1 manual',
    ])
    await verifiesClean(image)
    expect(image.history().at(-1)).toMatchObject({
      operation: 'change-facet',
      startState: 'facet.optional.noise=unset',
      endState: expect.stringMatching(/library\/words@2\.0.*\nfacet\.optional\.noise=true$/s),
    })
  })

  it('that asks for what is so already is no operation', async () => {
    const image = await newImage()
    await succeed(image, 'install', 'loudness')
    const before = essence()
    const records = image.history().length
    const again = {
      facets: new Map([['facet.optional.noise', undefined]]),
      variants: new Map([['variant.arch', 'i386']]),
    }
    const done = await image.install(request, options(again, false))
    expect(done).toMatchObject({ value: { prepared: { nothingToDo: true }, applied: undefined } })
    expect(essence()).toEqual(before)
    expect(image.history()).toHaveLength(records)
  })

  it('that was planned before another one is stale', async () => {
    const image = await newImage()
    await succeed(image, 'install', 'loudness')
    const planned = await image.planInstall(request, { refresh: false, settings: noise })
    if (!planned.ok) throw new Error(JSON.stringify(planned.error))
    await image.flag(['loudness'], false)
    expect(await image.applyPlan(planned.value, { acceptLicenses: true })).toMatchObject({
      error: { code: 'ips::installer_error::stale_plan' },
    })
    expect(image.config().facets.size).toBe(0)
  })
})
