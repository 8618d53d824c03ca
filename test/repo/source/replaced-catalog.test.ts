import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSource, startDepot } from '#repo'
import { readPublisherCatalog } from '../../../repo/publish/repository-catalog-files.ts'
import { publishSmall } from '../../support/small-publication.ts'
import { publisherOf, type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

/* A reader without lock beside a publication that replaces the catalog, at every moment of its disk calls. */

const calls = vi.hoisted(() => ({ before: (_path: string): void => {} }))
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>()
  const open: typeof real.open = (path, ...rest) => {
    calls.before(String(path))
    return real.open(path, ...rest)
  }
  return { ...real, open }
})
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>()
  const openSync: typeof real.openSync = (path, ...rest) => {
    calls.before(String(path))
    return real.openSync(path, ...rest)
  }
  return { ...real, openSync }
})

const small = publisherOf('small.example')
let folder: TemporaryFolder
let publisher: string
let next: string
beforeEach(() => {
  folder = temporaryFolder()
  publishSmall(join(folder.path, 'repository'))
  publisher = join(folder.path, 'repository', 'publisher', small)
  next = join(folder.path, 'next')
  cpSync(join(publisher, 'catalog'), next, { recursive: true })
})
afterEach(() => {
  calls.before = () => {}
  folder.remove()
})

const setAside = () => renameSync(join(publisher, 'catalog'), join(publisher, 'old.catalog'))
const replace = () => renameSync(next, join(publisher, 'catalog'))
const removeOld = () => rmSync(join(publisher, 'old.catalog'), { recursive: true })

/** Runs one step before each of the next disk calls that look for a file of the catalog. */
function between(steps: readonly (() => void)[]): { readonly count: number } {
  const state = { count: 0 }
  calls.before = (path) => {
    if (!/catalog[^/]*\/catalog\.[^/]*$/.test(path)) return
    const step = steps[state.count++]
    step?.()
  }
  return state
}

const moments: readonly (readonly [string, readonly (() => void)[]])[] = [
  ['is set aside', [setAside]],
  ['is set aside and comes back at once', [setAside, () => [replace(), removeOld()]]],
]

describe('a catalog that a publication replaces', () => {
  it.each(moments)('is read as a file where it %s', async (_, steps) => {
    const expected = readFileSync(join(next, 'catalog.attrs'))
    const source = createSource(`file://${join(folder.path, 'repository')}`)
    if (!source.ok) throw new Error('no source')
    // After each name comes the same one with .gz.
    const looks = between(steps.flatMap((step) => [step, () => {}]))
    const read = await source.value.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
    expect(read.ok && Buffer.from(read.value).equals(expected)).toBe(true)
    expect(looks.count).toBe(2 * steps.length + 1)
    await source.value.close()
  })

  it.each(moments)('is read as a whole where it %s', async (_, steps) => {
    between(steps)
    const stated = JSON.parse(readFileSync(join(next, 'catalog.attrs'), 'utf8'))
    const read = await readPublisherCatalog(publisher)
    expect(read.ok && read.value?.attributes.created).toBe(stated.created)
  })

  it('is read again where another one took its place between two files', async () => {
    rmSync(next, { recursive: true })
    const other = join(folder.path, 'other')
    publishSmall(other, 1)
    cpSync(join(other, 'publisher', small, 'catalog'), next, { recursive: true })
    between([() => {}, () => [setAside(), replace(), removeOld()]])
    const read = await readPublisherCatalog(publisher)
    const stated = JSON.parse(readFileSync(join(publisher, 'catalog', 'catalog.attrs'), 'utf8'))
    expect(read.ok && read.value?.attributes.lastModified).toBe(stated['last-modified'])
  })

  it('is served by a depot while it is set aside', async () => {
    const options = { software: 'pkg6/test', now: Date.now, address: '127.0.0.1', port: 0 }
    const onBug = (thrown: unknown) => expect.fail(String(thrown))
    const depot = await startDepot({ ...options, root: join(folder.path, 'repository'), onBug })
    if (!depot.ok) throw new Error('no depot')
    setAside()
    const got = await fetch(`http://127.0.0.1:${depot.value.port}/${small}/catalog/1/catalog.attrs`)
    expect([got.status, await got.text()]).toEqual([200, readFileSync(join(next, 'catalog.attrs'), 'utf8')])
    await depot.value.close()
  })

  it('is missing where it lies in neither place', async () => {
    setAside()
    removeOld()
    expect(await readPublisherCatalog(publisher)).toEqual({ ok: true, value: undefined })
  })
})
