import { describe, expect, it } from 'vitest'
import type { Image } from '#image'
import { failingFilesystem } from '../../support/intercepted-filesystem.ts'
import {
  disk,
  essence,
  installedNames,
  newHost,
  newImage,
  opened,
  run,
  succeed,
  usePublishedImages,
} from '../../support/published-image.ts'

usePublishedImages()

async function withGreet(): Promise<Image> {
  const image = await newImage()
  await succeed(image, 'install', 'greet@1.0')
  return image
}

async function frozen(image: Image): Promise<string[]> {
  const snapshot = await image.snapshot()
  if (!snapshot.ok) throw new Error(snapshot.error.code)
  return snapshot.value.frozen.map(({ stem, version, reason }) => `${stem} ${version} ${reason ?? ''}`.trim())
}

describe('freezes', () => {
  it.each<[string, readonly string[], readonly string[] | Record<string, unknown>]>([
    ['the installed version', ['greet'], ['tools/greet 1.0-1:20260101T000000Z why']],
    ['a part of the installed version', ['greet@1'], ['tools/greet 1 why']],
    ['without the build, which never counts', ['greet@1.0,5.11-1'], ['tools/greet 1.0-1 why']],
    [
      'by pattern',
      ['*'],
      ['library/words 2.0-1:20260102T000000Z why', 'tools/greet 1.0-1:20260101T000000Z why'],
    ],
    ['something absent at a version', ['absent@3.0'], ['absent 3.0 why']],
    ['something absent', ['absent', 'greet'], { uninstalled: ['absent'] }],
    ['something absent at any version', ['absent@*'], { uninstalled: ['absent@*'] }],
    ['another version than the installed one', ['greet@2.0', 'words'], { mismatched: ['greet@2.0'] }],
    [
      'of another publisher',
      ['pkg://other.example/tools/greet'],
      { uninstalled: ['pkg://other.example/tools/greet'] },
    ],
    ['a pattern without match', ['x*', 'y*'], { unmatched: ['x*', 'y*'] }],
    [
      'at two versions',
      ['greet@1', 'tools/greet'],
      { severalVersions: [{ stem: 'tools/greet', versions: ['1', '1.0-1:20260101T000000Z'] }] },
    ],
  ])('%s', async (_, patterns, expected) => {
    const image = await withGreet()
    const before = essence()
    const dry = await image.freeze({ patterns, reason: 'why', dryRun: true })
    expect(essence()).toEqual(before)
    const done = await image.freeze({ patterns, reason: 'why', dryRun: false })
    expect(dry).toEqual(done)
    if (Array.isArray(expected)) {
      expect(done.ok).toBe(true)
      expect(await frozen(await opened(newHost()))).toEqual(expected)
    } else {
      expect(done).toMatchObject({ error: { code: 'ips::image_error::bad_freeze', ...expected } })
      expect(essence()).toEqual(before)
      expect(image.history().at(-1)).toMatchObject({ operation: 'freeze', outcome: 'Failed' })
    }
  })

  it('hold a package until they are lifted', async () => {
    const image = await withGreet()
    await image.freeze({ patterns: ['greet'], reason: undefined, dryRun: false })
    expect(await run(image, 'install', 'greet@2.0')).toMatchObject({
      error: { code: 'ips::solver_error::unsatisfiable' },
    })
    const other = await image.unfreeze({ patterns: ['words'], dryRun: false })
    expect(other).toEqual({ ok: true, value: [] })
    const records = image.history().length
    expect(await image.unfreeze({ patterns: ['*/gr*@9'], dryRun: true })).toEqual({
      ok: true,
      value: ['tools/greet'],
    })
    expect(await frozen(image)).toHaveLength(1)
    expect(image.history()).toHaveLength(records)
    expect(await image.unfreeze({ patterns: ['greet'], dryRun: false })).toEqual({
      ok: true,
      value: ['tools/greet'],
    })
    await succeed(image, 'install', 'greet@2.0')
  })

  it('that cannot be written change nothing', async () => {
    await (await withGreet()).close()
    const before = essence()
    const filesystem = failingFilesystem(
      disk,
      'ENOSPC',
      ({ writes, path }) => writes && path.includes('installed.db'),
    )
    const image = await opened(newHost({ filesystem }))
    const done = await image.freeze({ patterns: ['greet'], reason: undefined, dryRun: false })
    expect(done).toMatchObject({ error: { code: 'ips::image_error::storage' } })
    expect(essence()).toEqual(before)
    expect(await frozen(await opened(newHost()))).toEqual([])
  })
})

describe('the avoid list', () => {
  it('takes and gives back names, and keeps what is installed out', async () => {
    const image = await withGreet()
    expect(await image.avoid(['tools/*'])).toMatchObject({
      error: { code: 'ips::image_error::avoid_installed', stems: ['tools/greet'] },
    })
    expect(await image.avoid(['clash', 'agree@7', 'absent'])).toMatchObject({
      error: { code: 'ips::solver_error::no_candidates', patterns: [{ text: 'absent', why: 'no-match' }] },
    })
    expect(await image.avoid(['clash', 'agree@7'])).toEqual({ ok: true, value: undefined })
    const list = await (await opened(newHost())).avoided()
    expect(list.ok && list.value.map(({ stem }) => stem)).toEqual(['tools/agree', 'tools/clash'])
    const records = image.history().length
    expect(await image.avoid(['clash'])).toEqual({ ok: true, value: undefined })
    expect(image.history()).toHaveLength(records)
    expect(await image.unavoid(['tools/*'])).toMatchObject({
      error: { code: 'ips::image_error::not_avoided' },
    })
    expect(await image.unavoid(['agree'])).toEqual({ ok: true, value: undefined })
    const rest = await image.avoided()
    expect(rest.ok && rest.value.map(({ stem }) => stem)).toEqual(['tools/clash'])
  })

  it('outlasts an install, and is empty after an exact one', async () => {
    const image = await withGreet()
    await image.avoid(['clash', 'extra'])
    await succeed(image, 'install', 'loudness', 'extra')
    const rest = await image.avoided()
    expect(rest.ok && rest.value.map(({ stem }) => stem)).toEqual(['tools/clash'])
    await image.freeze({ patterns: ['greet'], reason: undefined, dryRun: false })
    await succeed(image, 'exact-install', 'greet@2.0')
    expect(await image.avoided()).toEqual({ ok: true, value: [] })
    expect(await frozen(image)).toHaveLength(1)
    expect(await installedNames(image)).toEqual([
      'small.example/library/words@2.0-1',
      'small.example/tools/greet@2.0-1 manual',
    ])
  })

  it('is a matter of publishers too', async () => {
    const image = await withGreet()
    expect((await image.avoid(['pkg://other.example/tools/agree'])).ok).toBe(false)
    expect((await image.avoid(['pkg://small.example/tools/agree'])).ok).toBe(true)
  })
})

describe('flags', () => {
  it('are counted where they change', async () => {
    const image = await withGreet()
    expect(await image.flag(['*'], true)).toEqual({ ok: true, value: 1 })
    expect(await installedNames(await opened(newHost()))).toEqual([
      'small.example/library/words@2.0-1 manual',
      'small.example/tools/greet@1.0-1 manual',
    ])
    expect(await image.flag(['words'], true)).toEqual({ ok: true, value: 0 })
    expect(await image.flag(['words', 'absent'], false)).toMatchObject({
      error: {
        code: 'ips::solver_error::no_candidates',
        patterns: [{ text: 'absent', why: 'not-installed' }],
      },
    })
    expect(await image.flag(['*'], false)).toEqual({ ok: true, value: 2 })
    expect(image.history().at(-1)).toMatchObject({ operation: 'state', outcome: 'Succeeded' })
  })
})
