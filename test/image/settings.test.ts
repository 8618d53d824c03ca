import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImage, type Image, type ImageHost, openImage } from '#image'
import type { AbsolutePath } from '#model'
import type { RepositorySource } from '#repo'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { type TestHost, testHost } from '../support/image-host.ts'
import { imageOptions } from '../support/image-options.ts'
import { failingFilesystem, unflushedFilesystem } from '../support/intercepted-filesystem.ts'
import { startServer } from '../support/local-server.ts'
import { publishSmall } from '../support/small-publication.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/small-repository.ts'
import { staticDepot } from '../support/static-depot.ts'
import { wholeTree } from '../support/whole-tree.ts'

const disk = unflushedFilesystem(createNodeFilesystem())
const metadataName = '.org.opensolaris,pkg'

let folder: TemporaryFolder
let root: string
let one: string
let two: string
beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'image')
  one = join(folder.path, 'one')
  two = join(folder.path, 'two')
  publishSmall(one, 1)
  publishSmall(two, 2)
})
afterEach(() => folder.remove())

async function newImage(host: ImageHost, publisher?: string): Promise<Image> {
  const made = await createImage(
    host,
    imageOptions(root, { publisher: publisher === undefined ? undefined : { uri: `file://${publisher}` } }),
  )
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value.image
}

async function opened(host: ImageHost): Promise<Image> {
  const image = await openImage(
    host,
    { root: root as AbsolutePath, metadata: join(root, metadataName) as AbsolutePath, kind: 'user' },
    'settings',
  )
  if (!image.ok) throw new Error(JSON.stringify(image.error))
  return image.value
}

/** A host that counts what its repositories are asked. */
function countingHost(): TestHost & { requests: string[] } {
  const requests: string[] = []
  const plain = testHost(disk)
  const host = testHost(disk, {
    openSource: (uri, trust) => {
      const source = plain.openSource(uri, trust)
      if (!source.ok) return source
      const counted: RepositorySource = {
        ...source.value,
        fetchPublishers: () => {
          requests.push('publishers')
          return source.value.fetchPublishers()
        },
        fetchCatalogFile: (publisher, name, options) => {
          requests.push(`${publisher} ${name}`)
          return source.value.fetchCatalogFile(publisher, name, options)
        },
      }
      return { ok: true, value: counted }
    },
  })
  return Object.assign(host, { requests })
}

function state(): readonly string[] {
  return wholeTree(root, (path) => /\/(cache|history|modified|reserve)/.test(path))
}

async function versions(image: Image): Promise<number> {
  const listing = await image.listPackages({ patterns: ['greet'], scope: 'all', refresh: false })
  return listing.ok ? listing.value.packages.length : -1
}

describe('set-publisher', () => {
  it('fetches the catalog of what it adds, and knows its packages then', async () => {
    const image = await newImage(testHost(disk))
    const added = await image.setPublisher({ name: 'small.example', addOrigins: [one], refresh: true })
    expect(added).toEqual({ ok: true, value: { added: true } })
    expect(await versions(image)).toBe(1)
    const changed = await image.setPublisher({ name: 'small.example', addOrigins: [two], refresh: true })
    expect(changed).toEqual({ ok: true, value: { added: false } })
    expect(await versions(image)).toBe(2)
    const removed = await image.setPublisher({ name: 'small.example', removeOrigins: [two], refresh: true })
    expect(removed.ok).toBe(true)
    expect(await versions(image)).toBe(1)
    expect(await versions(await opened(testHost(disk)))).toBe(1)
    expect(image.history().map(({ operation }) => operation)).toEqual([
      'image-create',
      'add-publisher',
      'update-publisher',
      'update-publisher',
    ])
  })

  it('asks nobody without refresh, and for changes that touch no origin', async () => {
    const host = countingHost()
    const image = await newImage(host, one)
    host.requests.length = 0
    for (const change of [
      { sticky: false },
      { enabled: false },
      { place: { kind: 'first' } as const },
      { setProperties: new Map([['a', 'b']]) },
    ])
      expect((await image.setPublisher({ name: 'small.example', refresh: true, ...change })).ok).toBe(true)
    expect(
      (await image.setPublisher({ name: 'new.example', addOrigins: ['http://127.0.0.1:1'], refresh: false }))
        .ok,
    ).toBe(true)
    expect(host.requests).toEqual([])
    expect(image.config().publishers.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['small.example', false],
      ['other.example', true],
      ['new.example', true],
    ])
    await image.setPublisher({ name: 'small.example', enabled: true, refresh: true })
    expect(host.requests.some((request) => request === 'small.example catalog.attrs')).toBe(true)
  })

  it.each<[string, () => Parameters<Image['setPublisher']>[0], string]>([
    [
      'a folder that is no repository',
      () => ({ name: 'x.example', addOrigins: [join(folder.path, 'none')], refresh: true }),
      'repository_error::not_a_repository',
    ],
    [
      'a depot that is not there',
      () => ({ name: 'x.example', addOrigins: ['http://127.0.0.1:1'], refresh: true }),
      'repository_error::unreachable',
    ],
    [
      'a repository of others',
      () => ({ name: 'x.example', addOrigins: [two], refresh: true }),
      'image_error::publisher_not_served',
    ],
    [
      'an origin that is there',
      () => ({ name: 'small.example', addOrigins: [one], refresh: true }),
      'image_error::duplicate_origin',
    ],
    ['a bad name', () => ({ name: '8^bad', refresh: true }), 'validation_error::bad_publisher'],
    [
      'a damaged catalog',
      () => {
        truncateSync(join(two, 'publisher/small.example/catalog/catalog.base.C'), 30)
        return { name: 'small.example', addOrigins: [two], refresh: true }
      },
      'repository_error::bad_catalog',
    ],
  ])('changes nothing after %s', async (_, change, code) => {
    const image = await newImage(testHost(disk), one)
    const before = state()
    const done = await image.setPublisher(change())
    expect(done.ok ? 'ok' : done.error.code.slice(5)).toBe(code)
    // A catalog that was fetched before the problem showed is a cache.
    const catalogs = /\/origins\//
    expect(state().filter((line) => !catalogs.test(line))).toEqual(
      before.filter((line) => !catalogs.test(line)),
    )
    expect(image.history().at(-1)).toMatchObject({ outcome: 'Failed' })
  })

  it('changes nothing where the configuration cannot be written', async () => {
    const made = await newImage(testHost(disk), one)
    await made.close()
    const before = state()
    const filesystem = failingFilesystem(
      disk,
      'EROFS',
      ({ writes, path }) => writes && path.includes('image.json'),
    )
    const image = await opened(testHost(filesystem))
    const done = await image.setPublisher({ name: 'small.example', sticky: false, refresh: true })
    expect(done).toMatchObject({ error: { code: 'ips::image_error::read_only' } })
    expect(state()).toEqual(before)
    expect(image.config().publishers.every(({ sticky }) => sticky)).toBe(true)
  })

  it('sees what another process wrote in between', async () => {
    const first = await newImage(testHost(disk), one)
    const second = await opened(testHost(disk))
    await first.setPublisher({ name: 'a.example', refresh: false })
    await second.setPublisher({ name: 'b.example', refresh: false })
    expect(second.config().publishers.map(({ name }) => name)).toEqual([
      'other.example',
      'small.example',
      'a.example',
      'b.example',
    ])
  })
})

describe('auto-configuration', () => {
  it('adds what is new in name order and completes what is there', async () => {
    const image = await newImage(testHost(disk))
    await image.setPublisher({ name: 'own.example', refresh: false })
    await image.setPublisher({ name: 'small.example', addOrigins: [one], refresh: true })
    const done = await image.autoConfigure({ uri: two, place: { kind: 'first' } })
    expect(done).toEqual({
      ok: true,
      value: { added: ['other.example'], updated: ['small.example'], failed: [] },
    })
    expect(image.config().publishers.map(({ name, origins }) => [name, origins.length])).toEqual([
      ['other.example', 1],
      ['own.example', 0],
      ['small.example', 2],
    ])
    const again = await image.autoConfigure({ uri: two })
    expect(again).toMatchObject({ value: { added: [], updated: ['other.example', 'small.example'] } })
  })

  it('takes two spellings of an origin for one', async () => {
    const image = await newImage(testHost(disk))
    const origins = [`file://${two}/`, `FILE://${two}`, `file://${two}/./`]
    const info = { version: 1, publishers: [{ name: 'small.example', repositories: [{ origins }] }] }
    writeFileSync(join(two, 'publisher/small.example/pub.p5i'), JSON.stringify(info))
    for (const round of ['added', 'updated']) {
      const done = await image.autoConfigure({ uri: two, only: 'small.example' })
      expect(done).toMatchObject({ ok: true, value: { [round]: ['small.example'] } })
    }
    expect(image.config().publishers[0]?.origins).toEqual([{ uri: `file://${two}/`, enabled: true }])
  })

  it('follows a repository elsewhere to no folder of this machine', async () => {
    const host = testHost(disk)
    const image = await newImage(host)
    const locations = [`file://${one}`, `FILE://${one}/`]
    const info = {
      version: 1,
      publishers: [{ name: 'small.example', repositories: [{ origins: locations, mirrors: locations }] }],
    }
    const depot = await startServer((request, response) => {
      if (/^\/publisher\//.test(request.url ?? '')) response.end(JSON.stringify(info))
      else staticDepot(two, { prefixed: true, publisher: 'small.example' })(request, response)
    })
    try {
      const done = await image.autoConfigure({ uri: depot.uri })
      expect(done).toMatchObject({ ok: true, value: { added: ['small.example'] } })
      expect(image.config().publishers).toMatchObject([
        { name: 'small.example', origins: [{ uri: depot.uri }], mirrors: [] },
      ])
    } finally {
      await depot.close()
    }
    const warning = { kind: 'warning', code: 'ips::image_warning::foreign_location' }
    expect(host.collected.filter(({ kind }) => kind === 'warning')).toMatchObject(Array(4).fill(warning))
  })

  it('configures those whose catalog can be had, and fails when none can', async () => {
    const image = await newImage(testHost(disk))
    truncateSync(join(two, 'publisher/other.example/catalog/catalog.attrs'), 10)
    const some = await image.autoConfigure({ uri: two })
    expect(some).toEqual({
      ok: true,
      value: { added: ['small.example'], updated: [], failed: ['other.example'] },
    })
    const before = state()
    truncateSync(join(one, 'publisher/other.example/catalog/catalog.attrs'), 10)
    truncateSync(join(one, 'publisher/small.example/catalog/catalog.attrs'), 10)
    const none = await image.autoConfigure({ uri: one, only: 'other.example' })
    expect(none).toMatchObject({ error: { code: 'ips::repository_error::bad_catalog' } })
    expect(state().filter((line) => !line.includes('origins'))).toEqual(
      before.filter((line) => !line.includes('origins')),
    )
    expect(await image.autoConfigure({ uri: one, only: 'x.example' })).toMatchObject({
      error: { code: 'ips::image_error::publisher_not_served', served: ['other.example', 'small.example'] },
    })
  })
})

describe('unset-publisher', () => {
  it('forgets catalogs, each name for itself', async () => {
    const image = await newImage(testHost(disk), one)
    const removed = await image.removePublishers(['absent.example', 'small.example'])
    expect(removed).toMatchObject({
      ok: true,
      value: [{ problem: { code: 'ips::image_error::unknown_publisher' } }, { problem: undefined }],
    })
    expect(readdirSync(join(root, metadataName, 'publisher'))).toEqual(['other.example'])
    expect(await versions(image)).toBe(0)
  })
})

describe('refresh', () => {
  it('asks when it is due: after four hours, or when it is told', async () => {
    const host = countingHost()
    const image = await newImage(host, one)
    const refresh = (onlyIfDue: boolean) => image.refresh({ publishers: [], full: false, onlyIfDue })
    host.requests.length = 0
    host.time += 14_399_000
    expect(await refresh(true)).toMatchObject({
      value: { publishers: [{ outcome: 'not-due' }, { outcome: 'not-due' }] },
    })
    expect(host.requests).toEqual([])
    host.time += 1000
    expect(await refresh(true)).toMatchObject({
      value: { publishers: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }] },
    })
    expect(host.requests).toEqual(['other.example catalog.attrs', 'small.example catalog.attrs'])
    expect(image.lastRefreshed('small.example')).toBe(host.time)
    await refresh(false)
    expect(host.requests).toHaveLength(4)
    await image.refresh({ publishers: ['small.example'], full: true, onlyIfDue: false })
    expect(host.requests.filter((request) => request.startsWith('small.example')).length).toBeGreaterThan(4)
    host.time -= 10 ** 10
    host.requests.length = 0
    await refresh(true)
    expect(host.requests).toHaveLength(2)
  })

  it('is implied by listings only when it is due, and its failure does not matter', async () => {
    const host = countingHost()
    const image = await newImage(host, one)
    host.requests.length = 0
    const list = () => image.listPackages({ patterns: [], scope: 'all', refresh: true })
    expect((await list()).ok).toBe(true)
    expect(host.requests).toEqual([])
    publishSmall(one, 2)
    host.time += 15_000_000
    const listing = await list()
    expect(
      listing.ok && listing.value.packages.filter(({ fmri }) => fmri.stem === 'tools/greet'),
    ).toHaveLength(2)
    host.time += 15_000_000
    truncateSync(join(one, 'publisher/small.example/catalog/catalog.attrs'), 10)
    expect((await list()).ok).toBe(true)
  })

  it('reports each publisher', async () => {
    const image = await newImage(testHost(disk), one)
    await image.setPublisher({ name: 'small.example', addOrigins: ['http://127.0.0.1:1'], refresh: false })
    publishSmall(one, 2)
    truncateSync(join(one, 'publisher/other.example/catalog/catalog.attrs'), 10)
    const done = await image.refresh({ publishers: [], full: false, onlyIfDue: false })
    expect(done).toMatchObject({
      value: {
        publishers: [
          {
            publisher: 'other.example',
            outcome: 'failed',
            problems: [{ code: 'ips::repository_error::bad_catalog' }],
          },
          {
            publisher: 'small.example',
            outcome: 'partial',
            problems: [{ code: 'ips::repository_error::unreachable' }],
          },
        ],
      },
    })
    expect(await versions(image)).toBe(2)
  })

  it('refuses unknown and disabled publishers', async () => {
    const image = await newImage(testHost(disk), one)
    await image.setPublisher({ name: 'small.example', enabled: false, refresh: true })
    const refresh = (name: string) => image.refresh({ publishers: [name], full: false, onlyIfDue: false })
    expect(await refresh('x.example')).toMatchObject({
      error: { code: 'ips::image_error::unknown_publisher' },
    })
    expect(await refresh('small.example')).toMatchObject({
      error: { code: 'ips::image_error::publisher_disabled' },
    })
  })
})

describe('history', () => {
  it('numbers records of one second, skips what is no record, and can be purged', async () => {
    const host = testHost(disk)
    const image = await newImage(host, one)
    for (const name of ['a.example', 'b.example']) await image.setPublisher({ name, refresh: false })
    const directory = join(root, metadataName, 'history')
    expect(readdirSync(directory)).toEqual([
      '20261122T100000Z-01.json',
      '20261122T100000Z-02.json',
      '20261122T100000Z-03.json',
    ])
    writeFileSync(join(directory, '20261122T100000Z-02.json'), 'damaged')
    writeFileSync(join(directory, '20261122T100000Z-04.json'), '{"operation":"x"}')
    writeFileSync(join(directory, 'notes'), 'of somebody')
    expect(image.history().map(({ id }) => id)).toEqual(['20261122T100000Z-01', '20261122T100000Z-03'])
    host.time += 5000
    expect(await image.purgeHistory()).toEqual({ ok: true, value: undefined })
    expect(image.history().map(({ id, operation }) => [id, operation])).toEqual([
      ['20261122T100005Z-01', 'purge-history'],
    ])
    expect(existsSync(join(directory, 'notes'))).toBe(true)
  })
})

describe('opening', () => {
  it('refuses a configuration that is damaged or newer', async () => {
    await newImage(testHost(disk))
    const path = join(root, metadataName, 'pkg6.image.json')
    const text = readFileSync(path, 'utf8')
    for (const [content, code] of [
      ['{', 'ips::image_error::corrupt_config'],
      [text.replace('"format": 1', '"format": 9'), 'ips::image_error::unsupported_format'],
    ] as const) {
      writeFileSync(path, content)
      const location = {
        root: root as AbsolutePath,
        metadata: join(root, metadataName) as AbsolutePath,
        kind: 'user',
      } as const
      expect(await openImage(testHost(disk), location, 'settings')).toMatchObject({ error: { code } })
    }
  })
})
