import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseManifest } from '#model'
import type { DepotServer, RepositorySource } from '#repo'
import { createSource, originChain, startDepot } from '#repo'
import type { LocalServer } from '../../support/local-server.ts'
import { isWhole } from '../../support/sampling.ts'
import { sharedData } from '../../support/shared-data.ts'
import type { SmallPayload, TemporaryFolder } from '../../support/small-repository.ts'
import {
  fmriOf,
  publisherOf,
  smallFmri,
  smallManifest,
  smallManifestSha1,
  smallPayload,
  temporaryFolder,
  writeSmallRepository,
} from '../../support/small-repository.ts'
import { startStaticDepot } from '../../support/static-depot.ts'

const small = publisherOf('small.example')
let folder: TemporaryFolder
let opened: { close(): Promise<void> }[]

beforeEach(() => {
  folder = temporaryFolder()
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()))
  folder.remove()
})

function source(uri: string): RepositorySource {
  const made = createSource(uri)
  if (!made.ok) throw new Error(uri)
  opened.push(made.value)
  return made.value
}

/** As a user who is not root, whoever runs the tests. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0
  if (root) process.seteuid?.(65534)
  try {
    return await work()
  } finally {
    if (root) process.seteuid?.(0)
  }
}

async function depot(root: string, prefixed: boolean, publisher: string): Promise<LocalServer> {
  const server = await startStaticDepot(root, { prefixed, publisher })
  opened.push(server)
  return server
}

async function ownDepot(root: string): Promise<DepotServer> {
  const depot = await startDepot({
    root,
    software: 'pkg6/test',
    now: () => 0,
    address: '127.0.0.1',
    port: 0,
    onBug: (thrown) => {
      throw thrown
    },
  })
  if (!depot.ok) throw new Error(JSON.stringify(depot.error))
  opened.push({ close: () => depot.value.close(0) })
  return depot.value
}

/** The ways a repository is reached here. */
async function ways(
  root: string,
  publisher: string,
): Promise<readonly (readonly [string, RepositorySource])[]> {
  return [
    ['folder', source(pathToFileURL(root).href)],
    ['depot with publisher prefixes', source((await depot(root, true, publisher)).uri)],
    ['own depot', source((await ownDepot(root)).uri)],
    ['depot without prefixes', source((await depot(root, false, publisher)).uri)],
  ]
}

describe('createSource', () => {
  it.each([
    ['file:///srv/repo', 'file:///srv/repo/'],
    ['FILE:///srv/repo/', 'file:///srv/repo/'],
    ['http://pkg.example.org', 'http://pkg.example.org/'],
    ['https://[::1]:8443/omnios', 'https://[::1]:8443/omnios/'],
  ])('%s becomes %s', (given, uri) => {
    expect(createSource(given)).toMatchObject({ ok: true, value: { uri } })
  })
  it.each([
    'pkg.example.org',
    'ftp://pkg.example.org/',
    'file://host/srv/repo',
    'file:///srv%2Frepo',
    'http://user:secret@pkg.example.org/',
    'http://pkg.example.org/?q',
    'http:///',
    'http://',
    '',
  ])('%j is refused', (given) => {
    expect(createSource(given)).toMatchObject({
      ok: false,
      error: { code: 'ips::validation_error::bad_uri' },
    })
  })
})

describe('a small repository', () => {
  let payload: SmallPayload
  beforeEach(() => {
    payload = smallPayload('hello\n')
    writeSmallRepository(join(folder.path, 'repo'), [payload])
  })

  it('is the same through a folder and through depots', async () => {
    for (const [way, repository] of await ways(join(folder.path, 'repo'), 'small.example')) {
      const publishers = await repository.fetchPublishers()
      expect(publishers.ok && publishers.value.map((one) => one.name).sort(), way).toEqual([
        'other.example',
        'small.example',
      ])
      const attrs = await repository.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
      expect(attrs.ok && Buffer.from(attrs.value).toString(), way).toBe('{"version":1}\n')
      const manifest = await repository.fetchManifest(small, fmriOf(smallFmri), smallManifestSha1)
      expect(manifest, way).toEqual({ ok: true, value: smallManifest })
      const destination = join(folder.path, `payload-${way}`)
      expect(await repository.fetchPayload(small, payload.action, destination), way).toEqual({
        ok: true,
        value: undefined,
      })
      expect(readFileSync(destination).equals(payload.stored), way).toBe(true)
    }
  })

  it('reports what is missing, and a manifest that is not the one of the catalog', async () => {
    for (const [way, repository] of await ways(join(folder.path, 'repo'), 'small.example')) {
      const absent = smallPayload('never published')
      const destination = join(folder.path, 'absent')
      const code = 'ips::repository_error::not_found'
      const { uri } = repository
      expect(await repository.fetchPayload(small, absent.action, destination), way).toEqual({
        ok: false,
        error: { code, uri, object: `payload ${absent.sha1}` },
      })
      const other = fmriOf('pkg://small.example/tools/greeter@2.0,5.11-1:20260101T000000Z')
      expect(await repository.fetchManifest(small, other, undefined), way).toMatchObject({
        error: { code, uri },
      })
      expect(
        await repository.fetchCatalogFile(small, 'catalog.base.C', { revalidate: true }),
        way,
      ).toMatchObject({ error: { code, uri } })
      const wrong = await repository.fetchManifest(small, fmriOf(smallFmri), 'ab'.repeat(20))
      expect(wrong, way).toMatchObject({
        error: {
          code: 'ips::repository_error::bad_digest',
          algorithm: 'sha1',
          expected: 'ab'.repeat(20),
          found: smallManifestSha1,
        },
      })
      expect(readdirSync(folder.path), way).toEqual(['repo'])
    }
  })

  it.each([
    '../../pkg5.repository',
    'catalog.',
    'catalog..attrs',
    'catalog/x',
    'catalog.a/../../x',
    'lock',
    '.',
  ])('never asks for a catalog file called %j', async (name) => {
    const server = await depot(join(folder.path, 'repo'), true, 'small.example')
    for (const repository of [source(pathToFileURL(join(folder.path, 'repo')).href), source(server.uri)]) {
      expect(await repository.fetchCatalogFile(small, name, { revalidate: false })).toMatchObject({
        error: { code: 'ips::repository_error::not_found' },
      })
    }
    expect(server.requests).toEqual([])
  })

  it('says so when the whole folder goes away, and works again when it comes back', async () => {
    const root = join(folder.path, 'repo')
    const repository = source(pathToFileURL(root).href)
    expect((await repository.fetchManifest(small, fmriOf(smallFmri), undefined)).ok).toBe(true)
    renameSync(root, `${root}-away`)
    const reason = `The path '${root}' does not contain a valid package repository.`
    expect(await repository.fetchManifest(small, fmriOf(smallFmri), undefined)).toEqual({
      ok: false,
      error: { code: 'ips::repository_error::not_a_repository', uri: `file://${root}/`, reason },
    })
    renameSync(`${root}-away`, root)
    expect((await repository.fetchManifest(small, fmriOf(smallFmri), undefined)).ok).toBe(true)
  })

  it('says what may not be read, and that it may not', async () => {
    const root = join(folder.path, 'repo')
    const reading = async () => {
      const repository = source(pathToFileURL(root).href)
      return [
        await repository.fetchPublishers(),
        await repository.fetchCatalogFile(small, 'catalog.attrs', { revalidate: true }),
        await repository.fetchManifest(small, fmriOf(smallFmri), undefined),
      ].map((found) => (found.ok ? 'read' : JSON.stringify(found.error)))
    }
    const forbidden = (path: string) =>
      expect.stringMatching(
        new RegExp(`unreachable.*'${root}/${path}' cannot be read: permission is denied \\(EACCES\\)`),
      )
    chmodSync(folder.path, 0o711)
    expect(await asNobody(reading)).toEqual(['read', 'read', 'read'])
    for (const [path, mode, outcome] of [
      ['', 0o000, ['pkg5.repository', 'pkg5.repository', 'pkg5.repository']],
      ['publisher', 0o311, ['publisher', '', '']],
      [
        'publisher/small.example/catalog/catalog.attrs',
        0o000,
        ['', 'publisher/small.example/catalog/catalog.attrs', ''],
      ],
    ] as const) {
      chmodSync(join(root, path), mode)
      const texts = outcome.map((place) => (place === '' ? 'read' : forbidden(place)))
      expect(await asNobody(reading), path).toEqual(texts)
      chmodSync(join(root, path), 0o755)
    }
  })

  it('finds payloads in the shared store of the repository', async () => {
    const root = join(folder.path, 'repo')
    const shared = smallPayload('shared by all publishers')
    mkdirSync(join(root, 'file', shared.sha1.slice(0, 2)), { recursive: true })
    writeFileSync(join(root, 'file', shared.sha1.slice(0, 2), shared.sha1), shared.stored)
    const repository = source(pathToFileURL(root).href)
    expect((await repository.fetchPayload(small, shared.action, join(folder.path, 'x'))).ok).toBe(true)
  })

  it('asks versions/0 once, offers encodings for catalog and manifest only, and revalidates when told', async () => {
    const server = await depot(join(folder.path, 'repo'), true, 'small.example')
    const made = createSource(server.uri, { userAgent: 'pkg6/9 (test)' })
    if (!made.ok) throw new Error('uri')
    opened.push(made.value)
    await made.value.fetchCatalogFile(small, 'catalog.attrs', { revalidate: true })
    await made.value.fetchManifest(small, fmriOf(smallFmri), undefined)
    await made.value.fetchPayload(small, payload.action, join(folder.path, 'x'))
    expect(server.requests).toEqual([
      'GET /versions/0/',
      'GET /small.example/catalog/1/catalog.attrs',
      'GET /small.example/manifest/0/tools%2Fgreeter@1.0%2C5.11-1%3A20260101T000000Z',
      `GET /small.example/file/1/${payload.sha1}`,
    ])
    expect(server.headers.map((headers) => headers['accept-encoding'])).toEqual([
      'identity',
      'gzip, deflate',
      'gzip, deflate',
      'identity',
    ])
    expect(server.headers.map((headers) => headers['cache-control'])).toEqual([
      undefined,
      'no-cache',
      undefined,
      undefined,
    ])
    expect(server.headers[1]?.['user-agent']).toBe('pkg6/9 (test)')
  })
})

it('says where payloads lie on this machine, mirrors first', async () => {
  const root = join(folder.path, 'repo')
  const mirror = join(folder.path, 'mirror')
  for (const place of [root, mirror]) writeSmallRepository(place, [])
  for (const [way, repository] of await ways(root, 'small.example')) {
    const own = way === 'folder' ? [join(root, 'publisher', small, 'file'), join(root, 'file')] : []
    expect(await repository.payloadFolders(small), way).toEqual(own)
    const chain = originChain([repository], { mirrors: [source(pathToFileURL(mirror).href)] })
    const first = [join(mirror, 'publisher', small, 'file'), join(mirror, 'file')]
    expect(await chain.payloadFolders(small), way).toEqual([...first, ...own])
  }
  expect(await source(pathToFileURL(join(folder.path, 'none')).href).payloadFolders(small)).toEqual([])
})

it('brings many payloads of all sizes over few connections', async () => {
  const root = join(folder.path, 'repo')
  const payloads = Array.from({ length: 200 }, (_, index) =>
    // Some are larger than what is kept in memory until it is checked.
    smallPayload(index % 50 === 0 ? randomBytes(300_000) : `payload ${index}\n`),
  )
  writeSmallRepository(root, payloads)
  const server = await depot(root, true, 'small.example')
  const requests = payloads.map(({ action }, index) => ({
    publisher: small,
    action,
    destination: join(folder.path, `${index}`),
  }))
  expect(await originChain([source(server.uri)]).fetchPayloads(requests)).toEqual([])
  for (const [index, { stored }] of payloads.entries())
    expect(readFileSync(join(folder.path, `${index}`)).equals(stored)).toBe(true)
  expect(readdirSync(folder.path)).toHaveLength(payloads.length + 1)
  expect(server.requests).toHaveLength(payloads.length + 1)
  expect(server.connections()).toBeLessThanOrEqual(20)
})

describe('a folder of catalog files', () => {
  it('serves them, plain or packed, and names the publishers of the base part', async () => {
    const root = folder.path
    const base = '{"b.example":{},"a.example":{},"_SIGNATURE":{},"__proto__":{}}\n'
    writeFileSync(join(root, 'catalog.attrs.gz'), gzipSync('{"parts":{}}\n'))
    writeFileSync(join(root, 'catalog.base.C'), base)
    const repository = source(pathToFileURL(root).href)
    const publishers = await repository.fetchPublishers()
    expect(publishers.ok && publishers.value.map((one) => one.name)).toEqual(['a.example', 'b.example'])
    const attrs = await repository.fetchCatalogFile(publisherOf('a.example'), 'catalog.attrs', {
      revalidate: true,
    })
    expect(attrs.ok && Buffer.from(attrs.value).toString()).toBe('{"parts":{}}\n')
    expect(await repository.fetchManifest(small, fmriOf(smallFmri), undefined)).toMatchObject({
      error: { code: 'ips::repository_error::not_found' },
    })
  })
  it.each(['not gzip at all', gzipSync('{}').subarray(0, 12)])('reports a damaged gzip', async (bytes) => {
    writeFileSync(join(folder.path, 'catalog.attrs.gz'), bytes)
    const repository = source(pathToFileURL(folder.path).href)
    expect(await repository.fetchCatalogFile(small, 'catalog.attrs', { revalidate: true })).toMatchObject({
      error: { code: 'ips::repository_error::bad_catalog' },
    })
  })
  it('refuses a catalog that unpacks to more than the limit', async () => {
    writeFileSync(join(folder.path, 'catalog.attrs.gz'), gzipSync(Buffer.alloc(2_000_000)))
    const sizes = { catalogFile: 1_000_000, manifest: 1, payload: 1, statement: 1 }
    const made = createSource(pathToFileURL(folder.path).href, { sizes })
    if (!made.ok) throw new Error('uri')
    expect(await made.value.fetchCatalogFile(small, 'catalog.attrs', { revalidate: true })).toMatchObject({
      error: { code: 'ips::repository_error::bad_size', expected: 1_000_000 },
    })
  })
})

describe('what is no repository', () => {
  it.each([
    ['a pipe', (path: string) => void spawnSync('mkfifo', [path]), 'EFTYPE'],
    [
      'larger than memory',
      (path: string) => {
        writeFileSync(path, '')
        truncateSync(path, 2 ** 42)
      },
      'EFBIG',
    ],
  ])('is a folder whose configuration is %s', async (_, make, errno) => {
    make(join(folder.path, 'pkg5.repository'))
    const of = source(pathToFileURL(folder.path).href)
    expect(await of.fetchPublishers()).toMatchObject({
      error: { code: 'ips::repository_error::unreachable', reason: expect.stringContaining(errno) },
    })
  })
  it.each([
    ['an empty folder', '', 'does not contain a valid package repository'],
    ['version 3', '[repository]\nversion = 3\n', 'version 3 are not supported'],
    ['version 5', '[repository]\nversion = 5\n', 'version 5 are not supported'],
    ['an invalid configuration', 'version = 4\n', 'line 1: an option before the first section'],
    ['a repeated section', '[a]\n[a]\n', 'line 2: section [a] is repeated'],
  ])('%s', async (_name, text, reason) => {
    if (text !== '') writeFileSync(join(folder.path, 'pkg5.repository'), text)
    const publishers = await source(pathToFileURL(folder.path).href).fetchPublishers()
    expect(publishers).toMatchObject({ error: { code: 'ips::repository_error::not_a_repository' } })
    expect(JSON.stringify(publishers)).toContain(reason)
  })
})

const basic = sharedData('data', 'repos', 'basic')
describe.skipIf(basic === undefined)('the sample repository', () => {
  const example = publisherOf('example.org')
  it('gives every catalog file, manifest and payload, alike through a folder and through depots', async () => {
    const root = basic ?? ''
    const packages = join(root, 'publisher', 'example.org', 'pkg')
    const payloads = new Set<string>()
    const all = await ways(root, 'example.org')
    for (const [place, [way, repository]] of all.entries()) {
      let met = 0
      for (const name of readdirSync(join(root, 'publisher', 'example.org', 'catalog'))) {
        const file = await repository.fetchCatalogFile(example, name, { revalidate: false })
        const stored = readFileSync(join(root, 'publisher', 'example.org', 'catalog', name))
        expect(file.ok && stored.equals(Buffer.from(file.value)), `${way} ${name}`).toBe(true)
      }
      for (const stem of readdirSync(packages)) {
        for (const version of readdirSync(join(packages, stem))) {
          const fmri = fmriOf(`pkg://example.org/${decodeURIComponent(stem)}@${decodeURIComponent(version)}`)
          const manifest = await repository.fetchManifest(example, fmri, undefined)
          expect(manifest, way).toEqual({
            ok: true,
            value: readFileSync(join(packages, stem, version), 'utf8'),
          })
          const parsed = manifest.ok ? parseManifest(manifest.value) : manifest
          for (const action of parsed.ok ? parsed.value.actions : []) {
            // In a sample each payload comes by one of the ways.
            if (action.payload === undefined || (!isWhole && met++ % all.length !== place)) continue
            const destination = join(folder.path, action.payload)
            const fetched = await repository.fetchPayload(example, action, destination)
            expect(fetched, `${way} ${stem} ${action.payload}`).toEqual({ ok: true, value: undefined })
            payloads.add(action.payload)
          }
        }
      }
    }
    expect(payloads.size).toBeGreaterThan(30)
    for (const name of payloads) {
      expect(existsSync(join(folder.path, name))).toBe(true)
      gunzipSync(readFileSync(join(folder.path, name)))
    }
  })
})
