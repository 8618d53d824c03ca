import { chmodSync, readdirSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Action } from '#model'
import type { RepositoryProblem, RepositorySource, TransportSettings } from '#repo'
import { createSource } from '#repo'
import type { LocalServer } from '../../support/local-server.ts'
import { startServer } from '../../support/local-server.ts'
import type { TemporaryFolder } from '../../support/small-repository.ts'
import {
  actionOf,
  fmriOf,
  publisherOf,
  smallFmri,
  smallPayload,
  temporaryFolder,
} from '../../support/small-repository.ts'
import { versionsText } from '../../support/static-depot.ts'

const small = publisherOf('small.example')
const payload = smallPayload(`${'hello '.repeat(50)}\n`)
const code = (name: string) => `ips::repository_error::${name}`

let folder: TemporaryFolder
let server: LocalServer | undefined
let repository: RepositorySource | undefined

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  await repository?.close()
  await server?.close()
  repository = undefined
  server = undefined
  folder.remove()
})

/** A depot whose `versions` are right and that answers everything else in its own way. */
async function hostile(
  answer: RequestListener,
  settings: Partial<TransportSettings> = {},
): Promise<RepositorySource> {
  server = await startServer((request, response) => {
    if (request.url === '/versions/0/') response.end(versionsText(false))
    else answer(request, response)
  })
  const made = createSource(server.uri, { rounds: 2, ...settings })
  if (!made.ok) throw new Error('uri')
  repository = made.value
  return repository
}

/** The problem of fetching a payload; whatever happens, no file may be left behind. */
function manyLocations(kind: 'origins' | 'mirrors', count: number): string {
  const uris = Array.from({ length: count }, (_, n) => `http://example.org/${n}`)
  return JSON.stringify({ version: 1, publishers: [{ name: 'a.b', repositories: [{ [kind]: uris }] }] })
}

async function payloadProblem(
  answer: RequestListener,
  settings: Partial<TransportSettings> = {},
  action: Action = payload.action,
): Promise<RepositoryProblem | undefined> {
  const depot = await hostile(answer, settings)
  const outcome = await depot.fetchPayload(small, action, join(folder.path, 'payload'))
  expect(readdirSync(folder.path)).toEqual(outcome.ok ? ['payload'] : [])
  return outcome.ok ? undefined : outcome.error
}

/** Requests after `versions/0`. */
const tries = () => (server?.requests.length ?? 0) - 1

function status(number: number): RequestListener {
  return (_request, response) => {
    response.writeHead(number, { 'content-type': 'text/html' })
    response.end('<html><body><p>No.</p></body></html>')
  }
}

describe('a depot that refuses', () => {
  it.each([
    [404, 'not_found', 2],
    [400, 'not_found', 2],
    [408, 'unreachable', 2],
    [502, 'unreachable', 2],
    [504, 'unreachable', 2],
    [401, 'unreachable', 1],
    [403, 'unreachable', 1],
    [500, 'unreachable', 1],
    [206, 'unreachable', 1],
  ])('status %i is %s after %i tries', async (number, name, count) => {
    const problem = await payloadProblem(status(number))
    expect(problem?.code).toBe(code(name))
    if (problem?.code === 'ips::repository_error::unreachable') expect(problem.status).toBe(number)
    expect(tries()).toBe(count)
  })

  it('gives the reason the depot gives', async () => {
    const problem = await payloadProblem((_request, response) => {
      response.writeHead(401, { 'X-IPkg-Error': 'ENT,MNT' })
      response.end()
    })
    expect(problem).toMatchObject({ reason: expect.stringMatching(/no entitlement.*maintenance/) })
  })

  it('recovers when a later try succeeds, and goes past caches after bad content', async () => {
    const bodies = [Buffer.from('garbage that is no gzip'), payload.stored]
    const outcome = await payloadProblem((_request, response) => {
      response.end(bodies.shift())
    })
    expect(outcome).toBeUndefined()
    expect(server?.headers.map((headers) => headers.pragma)).toEqual([undefined, undefined, 'no-cache'])
  })
})

describe('a depot that lies about a payload', () => {
  const send = (bytes: Uint8Array | string) => (_request: unknown, response: ServerResponse) => {
    response.end(bytes)
  }
  const other = smallPayload(`${'jello '.repeat(50)}\n`)
  const withoutSizes = { 'pkg.size': undefined, 'pkg.csize': undefined }
  const withoutStored = { chash: undefined, 'pkg.content-hash': undefined, 'pkg.csize': undefined }
  const unpacked = (lies: Readonly<Record<string, string | undefined>>) =>
    smallPayload(payload.content, { ...withoutStored, ...lies }).action

  it.each<[string, Uint8Array | string, Action, string]>([
    ['another payload', other.stored, payload.action, 'bad_digest'],
    ['another payload, only the name to tell', other.stored, unpacked({}), 'bad_digest'],
    ['garbage', 'garbage, not gzip', unpacked({}), 'bad_digest'],
    ['nothing', '', unpacked({ 'pkg.size': undefined }), 'bad_digest'],
    ['a cut file', payload.stored.subarray(0, 20), unpacked({}), 'bad_digest'],
    ['a cut file of known size', payload.stored.subarray(0, 20), payload.action, 'bad_size'],
    ['too long a file', Buffer.concat([payload.stored, Buffer.alloc(9)]), payload.action, 'bad_size'],
    [
      'a lying pkg.size, too small',
      payload.stored,
      smallPayload(payload.content, { 'pkg.size': '3' }).action,
      'bad_size',
    ],
    [
      'a lying pkg.size, too large',
      payload.stored,
      smallPayload(payload.content, { 'pkg.size': '999' }).action,
      'bad_size',
    ],
    [
      'a lying pkg.csize',
      payload.stored,
      smallPayload(payload.content, { 'pkg.csize': '999' }).action,
      'bad_size',
    ],
    [
      'a wrong chash',
      payload.stored,
      smallPayload(payload.content, { chash: 'ab'.repeat(20) }).action,
      'bad_digest',
    ],
    [
      'a wrong content hash beside a right name',
      payload.stored,
      smallPayload(payload.content, { 'pkg.content-hash': `file:sha512t_256:${'ab'.repeat(32)}` }).action,
      'bad_digest',
    ],
    [
      'a name that is not the content',
      other.stored,
      actionOf(`file ${payload.sha1} path=x owner=root group=bin mode=0644`),
      'bad_digest',
    ],
  ])('%s', async (_name, bytes, action, name) => {
    const problem = await payloadProblem(send(bytes), {}, action)
    expect(problem?.code).toBe(code(name))
    expect(tries()).toBe(2)
  })

  it('takes what agrees with whatever the action states', async () => {
    for (const lies of [{}, withoutSizes, withoutStored, { 'pkg.content-hash': undefined }]) {
      const { action } = smallPayload(payload.content, lies)
      expect(await payloadProblem(send(payload.stored), {}, action)).toBeUndefined()
      await repository?.close()
      await server?.close()
    }
  })

  it.each(['NOHASH', '..', 'ABCDEF', '../../../../etc/passwd'])(
    'never asks for a payload called %s',
    async (name) => {
      const action = actionOf(`file ${name} path=x owner=root group=bin mode=0644`)
      expect((await payloadProblem(status(500), {}, action))?.code).toBe(code('not_found'))
      expect(server?.requests).toEqual([])
    },
  )

  it('stops a decompression bomb long before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const action = smallPayload('x', { ...withoutStored, 'pkg.size': '1000' }).action
    const problem = await payloadProblem(send(bomb), { rounds: 1 }, action)
    expect(problem).toMatchObject({ code: code('bad_size'), expected: 1000 })
    if (problem?.code !== 'ips::repository_error::bad_size') throw new Error('no size')
    expect(problem.found).toBeLessThan(1_000_000)
  })

  it('stops an endless body at pkg.csize, or at the limit where none is stated', async () => {
    const endless = (_request: unknown, response: ServerResponse) => {
      response.on('close', hungUp)
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 1)));
      }
      response.on('drain', more)
      more()
    }
    let hungUp = (): void => {}
    const end = new Promise<void>((resolve) => {
      hungUp = resolve
    })
    expect((await payloadProblem(endless, { rounds: 1 }))?.code).toBe(code('bad_size'))
    // It is the reader who hangs up.
    await end
    await server?.close()
    const sizes = { catalogFile: 1000, manifest: 1000, payload: 1000, statement: 1000 }
    const action = smallPayload(payload.content, withoutSizes).action
    expect((await payloadProblem(endless, { rounds: 1, sizes }, action))?.code).toBe(code('bad_size'))
    const attrs = await repository?.fetchCatalogFile(small, 'catalog.attrs', { revalidate: true })
    expect(attrs).toMatchObject({ error: { code: code('bad_size'), expected: 1000 } })
    const manifest = await repository?.fetchManifest(small, fmriOf(smallFmri), undefined)
    expect(manifest).toMatchObject({ error: { code: code('bad_size'), expected: 1000 } })
  })
})

describe('a depot with a bad connection', () => {
  it('reports a connection that is reset', async () => {
    const problem = await payloadProblem((request) => {
      request.socket.resetAndDestroy()
    })
    expect(problem?.code).toBe(code('unreachable'))
    expect(tries()).toBe(2)
  })

  it('reports a body that ends before its length', async () => {
    const problem = await payloadProblem((_request, response) => {
      response.writeHead(200, { 'content-length': payload.stored.length })
      response.write(payload.stored.subarray(0, 10), () => response.socket?.end())
    })
    expect(problem?.code).toBe(code('unreachable'))
    expect(tries()).toBe(2)
  })

  it.each([
    ['before the answer', () => {}],
    ['within the body', (_request: unknown, response: ServerResponse) => response.write('x')],
  ])('gives up on a server that falls silent %s', async (_when, answer) => {
    const problem = await payloadProblem(answer, { lowSpeedTimeout: 30, rounds: 1 })
    expect(problem).toMatchObject({ code: code('unreachable'), status: undefined })
  })

  it('gives up on a server that sends a byte at a time', async () => {
    const problem = await payloadProblem(
      (_request, response) => {
        // Fewer bytes than the payload has, however late the timers are.
        let bytes = 0
        const timer = setInterval(() => ++bytes < 20 && response.write('x'), 5)
        response.on('close', () => clearInterval(timer))
      },
      { lowSpeedTimeout: 60, lowSpeedLimit: 1_000_000, rounds: 1 },
    )
    expect(problem).toMatchObject({ reason: expect.stringContaining('too slow') })
  })

  it('reports a port where nobody listens', async () => {
    server = await startServer(() => {})
    const { uri } = server
    await server.close()
    const made = createSource(uri)
    if (!made.ok) throw new Error('uri')
    const publishers = await made.value.fetchPublishers()
    expect(publishers).toMatchObject({
      error: { code: code('unreachable'), uri, reason: expect.stringContaining('ECONNREFUSED') },
    })
    await made.value.close()
  })

  it.each([
    [
      'in a circle',
      (request: { readonly url?: string | undefined }) => request.url ?? '/',
      'too many redirects',
    ],
    ['to a file', () => 'file:///etc/passwd', 'redirected to "file:///etc/passwd"'],
  ])('does not follow redirects %s', async (_name, target, reason) => {
    const problem = await payloadProblem(
      (request, response) => {
        response.writeHead(302, { location: target(request) })
        response.end()
      },
      { rounds: 1 },
    )
    expect(problem).toMatchObject({ code: code('unreachable'), reason: expect.stringContaining(reason) })
    expect(tries()).toBeLessThanOrEqual(6)
  })

  it('follows five redirects', async () => {
    const problem = await payloadProblem((request, response) => {
      const hops = Number(/hop=(\d)/.exec(request.url ?? '')?.[1] ?? 0)
      if (hops === 5) response.end(payload.stored)
      else response.writeHead(307, { location: `/elsewhere?hop=${hops + 1}` }).end()
    })
    expect(problem).toBeUndefined()
  })
})

describe('a server that is no depot', () => {
  const html = '<!DOCTYPE html><html><body>Welcome!</body></html>'
  it.each([
    ['HTML instead of versions', html, 'not_a_repository'],
    ['words instead of version numbers', 'pkg-server x\ncatalog one\n', 'not_a_repository'],
    ['a list without the mark of a depot', 'catalog 1\nfile 1\n', 'not_a_repository'],
    ['a depot without catalog', 'pkg-server x\nfile 1\n', 'not_a_repository'],
    ['an endless statement', 'x'.repeat(5 * 1024 * 1024), 'bad_size'],
  ])('%s', async (_name, text, name) => {
    server = await startServer((_request, response) => {
      response.end(text)
    })
    const made = createSource(server.uri, { rounds: 1 })
    if (!made.ok) throw new Error('uri')
    repository = made.value
    const attrs = await repository.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
    expect(attrs).toMatchObject({ error: { code: code(name) } })
  })

  it('hands on a catalog that is HTML, as bytes for the reader to refuse, and refuses HTML as publisher information', async () => {
    const depot = await hostile((_request, response) => {
      response.end(html)
    })
    const attrs = await depot.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
    expect(attrs.ok && Buffer.from(attrs.value).toString()).toBe(html)
    expect(await depot.fetchPublishers()).toMatchObject({ error: { code: code('not_a_repository') } })
  })

  it.each(
    [
      ['{"publishers":[]}', 'no version'],
      ['{"version":2,"publishers":[]}', 'version 2'],
      ['{"version":1,"publishers":[{"name":"../../etc"}]}', 'publisher name'],
      ['{"version":1,"publishers":[{"name":"a.b","repositories":[{"origins":["javascript:1"]}]}]}', 'URI'],
      ['[]', 'not an object'],
      [manyLocations('origins', 101), 'a.b has 101 origins or mirrors, more than 100'],
      [manyLocations('mirrors', 101), 'a.b has 101 origins or mirrors, more than 100'],
      [
        JSON.stringify({
          version: 1,
          publishers: Array.from({ length: 1001 }, (_, n) => ({ name: `p${n}` })),
        }),
        'it names 1001 publishers, more than 1000',
      ],
    ].map(([text = '', reason = '']) => [reason, text] as const),
  )('refuses publisher information for %s', async (reason, text) => {
    const depot = await hostile((_request, response) => {
      response.end(text)
    })
    expect(await depot.fetchPublishers()).toMatchObject({
      error: { code: code('not_a_repository'), reason: expect.stringContaining(reason) },
    })
  })
})

it('a publisher may have a hundred origins', async () => {
  const depot = await hostile((_request, response) => {
    response.end(manyLocations('origins', 100))
  })
  const [only] = (await depot.fetchPublishers().then((found) => (found.ok ? found.value : []))) ?? []
  expect(only?.origins).toHaveLength(100)
})

describe('encoded answers', () => {
  const text = 'catalog '.repeat(1000)
  it('are decoded, also for a payload that a proxy packed again', async () => {
    const depot = await hostile((request, response) => {
      const body = request.url?.startsWith('/file/') ? payload.stored : Buffer.from(text)
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body))
    })
    const attrs = await depot.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
    expect(attrs.ok && Buffer.from(attrs.value).toString()).toBe(text)
    const unsized = smallPayload(payload.content, { 'pkg.csize': undefined }).action
    expect((await depot.fetchPayload(small, unsized, join(folder.path, 'x'))).ok).toBe(true)
  })
  it.each<[string, string, Uint8Array | string, string]>([
    ['garbage', 'gzip', 'no gzip', 'unreachable'],
    ['a cut stream', 'gzip', gzipSync(text).subarray(0, 20), 'unreachable'],
    ['an unknown encoding', 'zippy', text, 'unreachable'],
    ['a bomb', 'gzip', gzipSync(Buffer.alloc(32 * 1024 * 1024)), 'bad_size'],
  ])('%s is refused', async (_name, encoding, body, name) => {
    const sizes = { catalogFile: 100_000, manifest: 1, payload: 1, statement: 10_000 }
    const depot = await hostile(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).end(body)
      },
      { sizes, rounds: 1 },
    )
    const attrs = await depot.fetchCatalogFile(small, 'catalog.attrs', { revalidate: false })
    expect(attrs).toMatchObject({ error: { code: code(name) } })
  })
})

describe('a disk that does not take the payload', () => {
  it('is a storage problem', async () => {
    const depot = await hostile((_request, response) => {
      response.end(payload.stored)
    })
    const absent = join(folder.path, 'no-such-folder', 'payload')
    expect(await depot.fetchPayload(small, payload.action, absent)).toMatchObject({
      error: { code: code('storage'), errno: 'ENOENT' },
    })
    expect(tries()).toBe(1)
  })
  it.skipIf(process.getuid?.() === 0)('is a storage problem without permission, too', async () => {
    chmodSync(folder.path, 0o500)
    const depot = await hostile((_request, response) => {
      response.end(payload.stored)
    })
    expect(await depot.fetchPayload(small, payload.action, join(folder.path, 'x'))).toMatchObject({
      error: { code: code('storage'), errno: 'EACCES' },
    })
    chmodSync(folder.path, 0o700)
  })
})
