import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DepotServer } from '#repo'
import { startDepot } from '#repo'
import { sharedData } from '../../support/shared-data.ts'
import type { TemporaryFolder } from '../../support/small-repository.ts'
import {
  smallManifest,
  smallPayload,
  temporaryFolder,
  writeSmallRepository,
} from '../../support/small-repository.ts'

const payload = smallPayload('hello\n')
const version = '1.0%2C5.11-1%3A20260101T000000Z'
let folder: TemporaryFolder
let depot: DepotServer
let bugs: unknown[]

async function start(root: string): Promise<void> {
  const started = await startDepot({
    root,
    software: 'pkg6/test',
    now: () => Date.UTC(2026, 0, 1),
    address: '127.0.0.1',
    port: 0,
    onBug: (thrown) => bugs.push(thrown),
  })
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  depot = started.value
}

beforeEach(async () => {
  bugs = []
  folder = temporaryFolder()
  writeSmallRepository(folder.path, [payload])
  writeFileSync(join(folder.path, 'publisher', 'small.example', 'catalog', 'secret'), 'secret')
  await start(folder.path)
})
afterEach(async () => {
  await depot.close(0)
  folder.remove()
  expect(bugs).toEqual([])
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Sends the path exactly as given: no client tidies it up. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: depot.port, path, agent: false, ...options },
      (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

describe('a depot', () => {
  it('names its operations', async () => {
    const answer = await ask('/versions/0/')
    expect(answer.body.toString()).toBe(
      'pkg-server pkg6/test\ncatalog 1\nfile 0 1\ninfo 0\nmanifest 0 1\np5i 0\npublisher 0 1\nstatus 0\nversions 0\n',
    )
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'must-revalidate, no-transform, max-age=300',
      expires: 'Thu, 01 Jan 2026 00:05:00 GMT',
    })
  })

  it.each<[string, number]>([
    ['/versions/0', 200],
    ['/small.example/versions/0/', 200],
    ['/publisher/0/', 200],
    ['/small.example/publisher/1/', 200],
    ['/catalog/1/catalog.attrs', 200],
    ['/other.example/catalog/1/catalog.attrs', 200],
    [`/manifest/0/tools%2Fgreeter@${version}`, 200],
    [`/manifest/1/tools/greeter@${version}`, 200],
    [`/small.example/manifest/0/tools%2Fgreeter%40${version}`, 200],
    [`/manifest/0/pkg://small.example/tools/greeter@${version}`, 200],
    [`/file/0/${payload.sha1}`, 200],
    [`/small.example/file/1/${payload.sha1}`, 200],
    [`/info/0/tools%2Fgreeter@${version}`, 200],
    ['/status/0', 200],
    [`/other.example/file/1/${payload.sha1}`, 404],
    [`/other.example/manifest/0/tools%2Fgreeter@${version}`, 404],
    [`/manifest/0/pkg://other.example/tools/greeter@${version}`, 404],
    ['/manifest/0/tools%2Fgreeter@9.9%2C5.11%3A20260101T000000Z', 404],
    ['/manifest/0/', 403],
    ['/manifest/0/tools%2Fgreeter', 400],
    ['/manifest/0/not a name@1', 400],
    ['/manifest/0/%E0%A4%A', 400],
    ['/catalog/1/', 403],
    ['/catalog/1/catalog.base.C', 404],
    ['/catalog/0/', 404],
    ['/file/2/x', 404],
    ['/file/1/', 403],
    ['/file/1/NOHASH', 404],
    ['/file/x/y', 400],
    ['/file', 400],
    ['/unknown.example/catalog/1/catalog.attrs', 400],
    ['/search/1/x', 404],
    ['/', 404],
    ['//', 400],
    ['/__proto__/0/', 400],
    ['/constructor', 404],
  ])('%s is answered with %i', async (path, status) => {
    expect((await ask(path.replaceAll(' ', '%20'))).status).toBe(status)
  })

  it.each([
    '/catalog/1/secret',
    '/catalog/1/../pub.p5i',
    '/catalog/1/..%2F..%2F..%2Fpkg5.repository',
    '/catalog/1/catalog.%2e%2e%2f%2e%2e%2fpkg5.repository',
    '/catalog/1/catalog.attrs%00',
    '/../../etc/passwd',
    '/..%2F..%2Fetc/catalog/1/catalog.attrs',
    '/%2e%2e/publisher/small.example/catalog/1/catalog.attrs',
    '/manifest/0/..%2F..%2F..%2Fpkg5.repository@1.0',
    '/manifest/0/..@1.0',
    '/file/1/..%2F..%2F..%2F..%2Fpkg5.repository',
    `/file/1/${payload.sha1}%2F..%2F..`,
    `/file/1/${'0'.repeat(9000)}`,
  ])('%s leads nowhere', async (path) => {
    const answer = await ask(path)
    expect([400, 403, 404, 414]).toContain(answer.status)
    expect(answer.body.toString()).not.toMatch(/secret|prefix|root:/)
  })

  it('escapes nothing of the request into its pages', async () => {
    const answer = await ask('/%3Cscript%3E/catalog/1/x')
    expect(answer.body.toString()).not.toContain('script')
  })

  it('sends payloads as they are stored, never as an encoding', async () => {
    const answer = await ask(`/file/1/${payload.sha1}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(answer.body.equals(payload.stored)).toBe(true)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/data',
      'content-length': String(payload.stored.length),
      'cache-control': 'must-revalidate, no-transform, max-age=31536000',
    })
    expect(answer.headers['content-encoding']).toBeUndefined()
  })

  it.each([1, 65_536, 65_537, 300_000])('sends a payload of %i bytes whole', async (size) => {
    const name = 'ab'.padEnd(40, '0')
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251))
    mkdirSync(join(folder.path, 'publisher', 'small.example', 'file', 'ab'), { recursive: true })
    writeFileSync(join(folder.path, 'publisher', 'small.example', 'file', 'ab', name), bytes)
    const answer = await ask(`/file/1/${name}`)
    expect(answer.headers['content-length']).toBe(String(size))
    expect(answer.body.equals(bytes)).toBe(true)
  })

  it('answers HEAD like GET, without body, and nothing else', async () => {
    for (const path of [
      `/file/1/${payload.sha1}`,
      '/versions/0/',
      `/manifest/1/tools%2Fgreeter@${version}`,
    ]) {
      const head = await ask(path, { method: 'HEAD' })
      const get = await ask(path)
      expect(head.body).toHaveLength(0)
      expect(head.headers['content-length']).toBe(get.headers['content-length'])
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await ask('/versions/0/', { method })).status).toBe(405)
    }
  })

  it('tells clients what they have already', async () => {
    const attrs = join(folder.path, 'publisher', 'small.example', 'catalog', 'catalog.attrs')
    utimesSync(attrs, 1_700_000_000, 1_700_000_000.5)
    const first = await ask('/catalog/1/catalog.attrs')
    expect(first.headers['cache-control']).toBe('no-cache, no-transform, must-revalidate')
    const since = String(first.headers['last-modified'])
    const again = await ask('/catalog/1/catalog.attrs', { headers: { 'if-modified-since': since } })
    expect(again.status).toBe(304)
    expect(again.body).toHaveLength(0)
    utimesSync(attrs, 1_700_000_002, 1_700_000_002)
    expect((await ask('/catalog/1/catalog.attrs', { headers: { 'if-modified-since': since } })).status).toBe(
      200,
    )
    expect(
      (await ask('/catalog/1/catalog.attrs', { headers: { 'if-modified-since': 'never' } })).status,
    ).toBe(200)
  })

  it('describes a package', async () => {
    expect((await ask(`/info/0/tools%2Fgreeter@${version}`)).body.toString()).toBe(
      [
        '           Name: tools/greeter',
        '        Summary: Grüße, world',
        '      Publisher: small.example',
        '        Version: 1.0',
        '  Build Release: 5.11',
        '         Branch: 1',
        ' Packaging Date: Thu Jan  1 00:00:00 2026',
        '           Size: 0.00 B',
        'Compressed Size: 0.00 B',
        '           FMRI: pkg://small.example/tools/greeter@1.0,5.11-1:20260101T000000Z',
        '',
        'License:',
        '',
        '',
      ].join('\n'),
    )
    expect((await ask(`/manifest/0/tools%2Fgreeter@${version}`)).body.toString()).toBe(smallManifest)
  })

  it('reports its state', async () => {
    const status = JSON.parse((await ask('/status/0')).body.toString())
    expect(status.repository.publishers['small.example']).toMatchObject({ status: 'online' })
    expect(status.repository.configuration.publisher).toEqual({ prefix: 'small.example' })
  })

  it('refuses a folder that is no repository, and a port that is taken', async () => {
    const options = { software: 'x', now: () => 0, address: '127.0.0.1', onBug: () => {} }
    expect(await startDepot({ ...options, root: join(folder.path, 'publisher'), port: 0 })).toMatchObject({
      error: { code: 'ips::repository_error::not_a_repository' },
    })
    expect(await startDepot({ ...options, root: folder.path, port: depot.port })).toMatchObject({
      error: { code: 'ips::repository_error::unreachable', reason: expect.stringContaining('EADDRINUSE') },
    })
  })
})

const basic = sharedData('data', 'repos', 'basic')
describe.skipIf(basic === undefined)('a depot of the sample repository', () => {
  it('finds packages by pattern and shows licences', async () => {
    await depot.close(0)
    await start(basic ?? '')
    const found = JSON.parse((await ask('/p5i/0/libfoo')).body.toString())
    expect(
      found.publishers.map((one: { name: string; packages: string[] }) => [one.name, one.packages]),
    ).toEqual([
      ['example.org', ['library/libfoo']],
      ['extra.example.net', ['library/libfoo']],
    ])
    const versions = JSON.parse((await ask('/example.org/p5i/0/library%2Flibfoo@1.2.p5i')).body.toString())
    expect(versions.publishers[0].packages).toEqual([
      expect.stringMatching(/^library\/libfoo@1\.2,5\.11-1:2026/),
    ])
    expect((await ask('/p5i/0/no-such-package')).status).toBe(404)
    const info = (await ask('/info/0/app%2Fhello@1.0%2C5.11-1%3A20260101T130000Z')).body.toString()
    expect(info).toMatch(/License:\n.*licen/is)
    expect(info).toMatch(/Size: \d+\.\d\d B\n/)
  })
})
