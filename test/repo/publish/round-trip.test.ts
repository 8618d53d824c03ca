import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseManifest } from '#model'
import type { DepotServer, Repository, RepositorySource } from '#repo'
import {
  addPublisher,
  createRepository,
  createSource,
  fetchRepositoryCatalog,
  listCatalog,
  originChain,
  publishPackage,
  rebuildRepositoryCatalog,
  refreshPublisher,
  removePackages,
  startDepot,
} from '#repo'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { sharedData } from '../../support/shared-data.ts'
import type { TemporaryFolder } from '../../support/small-repository.ts'
import { publisherOf, temporaryFolder } from '../../support/small-repository.ts'

const example = publisherOf('round.example')
const start = Date.UTC(2026, 5, 1, 12)
let folder: TemporaryFolder
let repository: Repository
let depot: DepotServer
let source: RepositorySource
let asked: string[]

beforeEach(async () => {
  folder = temporaryFolder()
  const root = join(folder.path, 'repo')
  const created = await createRepository(root)
  const added = created.ok ? await addPublisher(created.value, example, start) : created
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  repository = added.value
  const onBug = (thrown: unknown) => {
    throw thrown
  }
  const served = await startDepot({ root, software: 'x', now: () => 0, address: '127.0.0.1', port: 0, onBug })
  if (!served.ok) throw new Error(JSON.stringify(served.error))
  depot = served.value
  const made = createSource(depot.uri)
  if (!made.ok) throw new Error('uri')
  const inner = made.value
  asked = []
  source = {
    ...inner,
    fetchCatalogFile: (publisher, name, options) => {
      asked.push(name)
      return inner.fetchCatalogFile(publisher, name, options)
    },
  }
})
afterEach(async () => {
  await source.close()
  await depot.close(0)
  folder.remove()
})

async function publish(name: string, content: string, now: number): Promise<void> {
  const file = join(folder.path, 'content')
  writeFileSync(file, content)
  const manifest =
    `set name=pkg.fmri value=pkg://round.example/${name}\nset name=pkg.summary value="${content}"\n` +
    'file content path=x owner=root group=bin mode=0644\n'
  const published = await publishPackage({ repository, manifest, findPayload: () => file, now })
  if (!published.ok) throw new Error(JSON.stringify(published.error))
}

async function refresh(): Promise<unknown> {
  asked.length = 0
  const directory = join(folder.path, 'image')
  mkdirSync(directory, { recursive: true })
  const filesystem = createNodeFilesystem()
  const input = {
    publisher: example,
    sources: [source],
    directory,
    filesystem,
    full: false,
    onEvent: () => {},
  }
  const refreshed = await refreshPublisher(input)
  return refreshed.origins[0]
}

describe('publish, refresh, fetch', () => {
  it('follows additions and removals by update logs, and a rebuild by starting anew', async () => {
    await publish('a@1', 'one', start)
    expect(await refresh()).toMatchObject({ outcome: 'changed' })
    expect([...asked].sort()).toEqual(['catalog.attrs', 'catalog.base.C', 'catalog.summary.C'])
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' })
    expect(asked).toEqual(['catalog.attrs'])

    await publish('a@2', 'two', start + 1000)
    await publish('b@1', 'three', start + 2000)
    expect(await refresh()).toMatchObject({ outcome: 'changed' })
    expect(asked).toEqual(['catalog.attrs', 'update.20260601T12Z.C'])

    const catalog = await fetchRepositoryCatalog(source, example)
    const listed = catalog.ok ? listCatalog(catalog.value, example) : []
    expect(listed.map((one) => [one.fmri.stem, one.fmri.version?.release, one.summary])).toEqual([
      ['a', '2', 'two'],
      ['a', '1', 'one'],
      ['b', '1', 'three'],
    ])
    const oldest = listed[1]
    if (oldest === undefined) throw new Error('nothing listed')
    expect(await removePackages(repository, example, [oldest.fmri], start + 3000)).toEqual({
      ok: true,
      value: undefined,
    })
    expect(await refresh()).toMatchObject({ outcome: 'changed' })
    expect(asked).toEqual(['catalog.attrs', 'update.20260601T12Z.C'])

    expect(await rebuildRepositoryCatalog(repository, example, start + 7_200_000)).toMatchObject({ ok: true })
    expect(await refresh()).toMatchObject({ outcome: 'changed' })
    expect([...asked].sort()).toContain('catalog.base.C')
  })

  it('fetches all payloads of all manifests through a chain', async () => {
    for (const index of [1, 2, 3, 4, 5]) await publish(`p@${index}`, `content ${index}`, start + index * 1000)
    const dead = createSource('http://127.0.0.1:1/', { rounds: 1 })
    if (!dead.ok) throw new Error('uri')
    const chain = originChain([dead.value, source])
    const catalog = await fetchRepositoryCatalog(source, example)
    const requests = []
    for (const { fmri, manifestSha1 } of catalog.ok ? listCatalog(catalog.value, example) : []) {
      const text = await chain.fetchManifest(example, fmri, manifestSha1)
      const manifest = text.ok ? parseManifest(text.value) : text
      for (const action of manifest.ok ? manifest.value.actions : []) {
        if (action.payload === undefined) continue
        requests.push({ publisher: example, action, destination: join(folder.path, action.payload) })
      }
    }
    expect(requests).toHaveLength(5)
    expect(await chain.fetchPayloads(requests)).toEqual([])
    const contents = requests.map((request) => gunzipSync(readFileSync(request.destination)).toString())
    expect(contents.sort()).toEqual([1, 2, 3, 4, 5].map((index) => `content ${index}`))
    await chain.close()
  })
})

const omnios = sharedData('data', 'catalogs', 'omnios')
describe.skipIf(omnios === undefined)('a folder of packed catalog files', () => {
  it('is an origin to refresh from', async () => {
    const made = createSource(`file://${omnios}`)
    if (!made.ok) throw new Error('uri')
    const publishers = await made.value.fetchPublishers()
    expect(publishers).toMatchObject({ ok: true, value: [{ name: 'omnios', origins: [] }] })
    const directory = join(folder.path, 'image')
    mkdirSync(directory)
    const publisher = publisherOf('omnios')
    const filesystem = createNodeFilesystem()
    const sources = [made.value]
    const input = { publisher, sources, directory, filesystem, full: false, onEvent: () => {} }
    expect((await refreshPublisher(input)).origins).toMatchObject([{ outcome: 'changed' }])
    expect((await refreshPublisher(input)).origins).toMatchObject([{ outcome: 'unchanged' }])
  })
})
