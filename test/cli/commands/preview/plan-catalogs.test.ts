import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { smallFmri, writeCatalogFolder } from '../../../support/catalog-folder.ts'
import { ask, image, line, packages, planCommand, read, words } from '../../../support/plan-command.ts'

planCommand()

describe('catalogs of pkg6 plan', () => {
  it('reads gzipped parts and several folders, and packages that no folder offers', async () => {
    writeCatalogFolder(
      line.path('zipped'),
      'other.org',
      { 'extra@1': ['depend type=require fmri=lib@1'] },
      true,
    )
    const state = { ...image, publishers: ['example.org', 'other.org'] }
    const local = smallFmri('gone.org', 'local@3')
    writeFileSync(
      line.path('state/image.json'),
      JSON.stringify({ ...state, installed: [...image.installed, local] }),
    )
    ask('install', ['pkg:/extra'])
    const answer = read(await line.pkg6(...words('--catalog', 'zipped', '--json')))
    expect(answer.plan).toEqual({ add: [smallFmri('other.org', 'extra@1')], remove: [], update: [] })
  })

  it('keeps an index where it is told to, and makes it anew when the catalog changes', async () => {
    const before = readdirSync(line.folder)
    await line.pkg6(...words())
    expect(readdirSync(line.folder)).toEqual(before)
    const first = await line.pkg6(...words('--index', 'kept'))
    const bytes = readFileSync(line.path('kept'))
    const second = await line.pkg6(...words('--index', 'kept'))
    expect(second.stdout).toBe(first.stdout)
    expect(readFileSync(line.path('kept')).equals(bytes)).toBe(true)
    const { 'app@2': _, ...fewer } = packages
    writeCatalogFolder(line.path('catalog'), 'example.org', fewer)
    utimesSync(line.path('catalog/catalog.base.C'), 1, 1)
    const third = await line.pkg6(...words('--index', 'kept'))
    expect(third.stdout).not.toContain('  app\n')
    writeFileSync(line.path('kept'), 'somebody else wrote this')
    const fourth = await line.pkg6(...words('--index', 'kept'))
    expect(fourth).toMatchObject({ exit: 1, stdout: '' })
    expect(fourth.stderr).toContain('is damaged or not a catalog index')
    expect(readFileSync(line.path('kept'), 'utf8')).toBe('somebody else wrote this')
  })
})
