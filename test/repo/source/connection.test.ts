import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeProblem, helpForProblem } from '#model'
import type { TransportSettings } from '#repo'
import { createSource, repositoryMessages, transportSettingsFromEnvironment } from '#repo'
import { connectionProblem } from '../../../repo/source/http-failure.ts'
import { proxyFromEnvironment } from '../../../repo/source/transport-settings.ts'
import { startServer } from '../../support/local-server.ts'
import { versionsText } from '../../support/static-depot.ts'

const tls = join(fileURLToPath(import.meta.url), '..', '..', '..', 'fixtures', 'tls')
const certificate = readFileSync(join(tls, 'certificate.pem'), 'utf8')
const key = readFileSync(join(tls, 'key.pem'), 'utf8')

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const info = '{"publishers":[{"name":"tls.example","repositories":[]}],"version":1}'

/** A depot over https that knows one publisher; `peers` notes whether clients proved who they are. */
async function secureDepot(peers: boolean[]): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = []
  const options = { cert: certificate, key, ca: [certificate], requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    asked.push(request.url ?? '')
    peers.push('authorized' in request.socket && request.socket.authorized === true)
    response.end(request.url === '/versions/0/' ? versionsText(false) : info)
  })
  server.on('tlsClientError', () => asked.push('refused'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

function publishers(uri: string, settings: Partial<TransportSettings>) {
  const source = createSource(uri, settings)
  if (!source.ok) throw new Error(uri)
  closing.push(() => source.value.close())
  return source.value.fetchPublishers()
}

describe('https', () => {
  it('accepts a server whose certificate a given authority signed', async () => {
    const peers: boolean[] = []
    const { port } = await secureDepot(peers)
    const settings = { certificateAuthorities: () => [certificate] }
    expect(await publishers(`https://127.0.0.1:${port}/`, settings)).toMatchObject({
      ok: true,
      value: [{ name: 'tls.example' }],
    })
    expect(peers[0]).toBe(false)
  })

  it('shows a client certificate when there is one', async () => {
    const peers: boolean[] = []
    const { port } = await secureDepot(peers)
    const settings = { certificateAuthorities: () => [certificate], clientCertificate: { certificate, key } }
    expect((await publishers(`https://127.0.0.1:${port}/`, settings)).ok).toBe(true)
    expect(peers[0]).toBe(true)
  })

  it.each([undefined, '0'])(
    'refuses any other server, at once (NODE_TLS_REJECT_UNAUTHORIZED: %s)',
    async (value) => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value)
      closing.push(() => void vi.unstubAllEnvs())
      const { port, asked } = await secureDepot([])
      expect(await publishers(`https://127.0.0.1:${port}/`, {})).toMatchObject({
        error: { code: 'ips::repository_error::unreachable', fatal: true, certificate: 'untrusted' },
      })
      expect(asked.filter((url) => url !== 'refused')).toEqual([])
    },
  )

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted', 'is self-signed and not trusted', 'set-property ca-path'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'untrusted',
      'an authority that is not trusted',
      'set-property ca-path',
    ],
    ['CERT_HAS_EXPIRED', 'time', 'has expired', 'clock'],
    ['CERT_NOT_YET_VALID', 'time', 'is not valid yet', 'clock'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'host', 'is for another host', 'host name'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'refused', 'does not speak TLS', undefined],
  ])('tells %s in words', (code, fault, words, help) => {
    const problem = connectionProblem(
      'https://a.example/',
      'versions/0',
      Object.assign(new Error(), { code }),
    )
    expect(problem).toMatchObject({ certificate: fault, fatal: true })
    expect(describeProblem(repositoryMessages, problem)).toContain(words)
    const all = { code: 'ips::repository_error::all_origins_failed', object: 'x', causes: [problem] } as const
    for (const one of [problem, all]) {
      const text = helpForProblem(repositoryMessages, one)
      expect(text).toEqual(help === undefined ? undefined : expect.stringContaining(help))
    }
  })

  it('names the proxy on the way, without its password', () => {
    const thrown = Object.assign(new Error(), { code: 'ECONNREFUSED' })
    const problem = connectionProblem(
      'http://a.example/',
      'versions/0',
      thrown,
      'http://me:secret@proxy.example:3128',
    )
    const text = describeProblem(repositoryMessages, problem)
    expect(text).toContain('the connection was refused (ECONNREFUSED), through the proxy proxy.example:3128')
    expect(text).not.toContain('secret')
  })

  it('asks for the authorities at the first https address, also that of a redirect', async () => {
    const { port, asked } = await secureDepot([])
    const plain = await startServer((request, response) =>
      request.url === '/versions/0/'
        ? response.end(versionsText(false))
        : response.writeHead(302, { location: `https://127.0.0.1:${port}${request.url}` }).end(),
    )
    closing.push(() => plain.close())
    let readings = 0
    const source = createSource(plain.uri, {
      certificateAuthorities: () => {
        readings++
        return [certificate]
      },
    })
    if (!source.ok) throw new Error(plain.uri)
    closing.push(() => source.value.close())
    expect(readings).toBe(0)
    for (let times = 0; times < 2; times++)
      expect(await source.value.fetchPublishers()).toMatchObject({ value: [{ name: 'tls.example' }] })
    expect(readings).toBe(1)
    expect(asked).toEqual(['/publisher/0/', '/publisher/0/'])
    expect(await publishers(plain.uri, { rounds: 1 })).toMatchObject({
      error: { certificate: 'untrusted' },
    })
  })

  it('asks for no authorities over http', async () => {
    const plain = await startServer((request, response) =>
      response.end(request.url === '/versions/0/' ? versionsText(false) : info),
    )
    closing.push(() => plain.close())
    const certificateAuthorities = vi.fn(() => [certificate])
    expect((await publishers(plain.uri, { certificateAuthorities })).ok).toBe(true)
    expect(certificateAuthorities).not.toHaveBeenCalled()
  })

  it('does not follow a redirect down to http', async () => {
    const plain = await startServer((_request, response) => response.end(versionsText(false)))
    closing.push(() => plain.close())
    const server = createServer({ cert: certificate, key }, (_request, response) => {
      response.writeHead(302, { location: `${plain.uri}versions/0/` }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const settings = { certificateAuthorities: () => [certificate], rounds: 1 }
    expect(await publishers(`https://127.0.0.1:${port}/`, settings)).toMatchObject({
      error: { reason: expect.stringContaining('redirected to') },
    })
    expect(plain.requests).toEqual([])
  })
})

describe('a proxy', () => {
  it('is asked for the whole address, and told nothing else', async () => {
    const proxy = await startServer((request, response) => {
      response.end(request.url?.endsWith('/versions/0/') ? versionsText(false) : info)
    })
    closing.push(() => proxy.close())
    const found = await publishers('http://depot.invalid/repo/', { proxyFor: () => proxy.uri })
    expect(found).toMatchObject({ ok: true, value: [{ name: 'tls.example' }] })
    expect(proxy.requests).toEqual([
      'GET http://depot.invalid/repo/versions/0/',
      'GET http://depot.invalid/repo/publisher/0/',
    ])
  })

  it.each<[string, Record<string, string>, string | undefined]>([
    ['http://a.example/', {}, undefined],
    ['http://a.example/', { http_proxy: 'http://p:1/' }, 'http://p:1/'],
    ['https://a.example/', { http_proxy: 'http://p:1/', https_proxy: 'http://q:2/' }, 'http://p:1/'],
    ['https://a.example/', { https_proxy: 'http://q:2/' }, 'http://q:2/'],
    ['https://a.example/', { HTTPS_PROXY: 'http://q:2/' }, 'http://q:2/'],
    ['http://a.example/', { https_proxy: 'http://q:2/' }, undefined],
    ['http://a.example/', { all_proxy: 'q:2' }, 'http://q:2'],
    ['http://a.example/', { ALL_PROXY: 'socks://q:2' }, undefined],
    ['http://a.example/', { http_proxy: 'http://p:1/', no_proxy: 'b.example, a.example' }, undefined],
    ['http://a.example/', { http_proxy: 'http://p:1/', NO_PROXY: '*' }, undefined],
    ['http://localhost:8080/', { http_proxy: 'http://p:1/' }, undefined],
    ['http://127.0.0.1/', { http_proxy: 'http://p:1/' }, undefined],
    ['http://[::1]/', { http_proxy: 'http://p:1/' }, undefined],
    ['file:///srv/repo/', { http_proxy: 'http://p:1/' }, undefined],
  ])('for %s with %j is %j', (uri, environment, proxy) => {
    expect(proxyFromEnvironment(uri, environment)).toBe(proxy)
  })

  it.each<[exceptions: string, excepted: readonly string[], proxied: readonly string[]]>([
    [
      'corp.example',
      ['http://corp.example/', 'http://PKG.Corp.Example:81/'],
      ['http://xcorp.example/', 'http://corp.example.org/'],
    ],
    ['.corp.example', ['http://pkg.corp.example/', 'http://corp.example/'], ['http://xcorp.example/']],
    ['*.corp.example', ['http://pkg.corp.example/'], ['http://example/']],
    ['CORP.example.', ['http://a.b.corp.example/', 'http://corp.example./'], []],
    [
      ' a.example ,\tb.example c.example',
      ['http://a.example/', 'http://b.example/', 'http://c.example/'],
      ['http://d.example/'],
    ],
    ['pkg.example:8080', ['http://pkg.example:8080/'], ['http://pkg.example/', 'https://pkg.example/']],
    ['pkg.example:80', ['http://pkg.example/'], ['https://pkg.example/', 'http://pkg.example:8080/']],
    ['pkg.example:443', ['https://pkg.example/'], ['http://pkg.example/']],
    ['10.1.2.3', ['http://10.1.2.3/', 'http://10.1.2.3:99/'], ['http://10.1.2.33/']],
    ['10.0.0.0/8', ['http://10.200.0.1/'], ['http://11.0.0.1/', 'http://ten.example/']],
    [
      '192.168.4.0/22,172.16.0.1:81',
      ['http://192.168.7.9/', 'http://172.16.0.1:81/'],
      ['http://192.168.8.1/', 'http://172.16.0.1/'],
    ],
    ['fd00::/8', ['http://[fd12::1]/'], ['http://[fe80::1]/', 'http://10.0.0.1/']],
    ['[2001:db8::1]', ['http://[2001:db8:0::1]/'], ['http://[2001:db8::2]/']],
    ['[2001:db8::1]:81', ['http://[2001:db8::1]:81/'], ['http://[2001:db8::1]/']],
    ['2001:db8::1', ['http://[2001:db8::1]/'], []],
    ['10.0.0.0/99,10.0.0.0/x,,.,*.,:80,[', [], ['http://10.0.0.1/', 'http://a.example/']],
    ['a,*', ['http://any.example/'], []],
  ])('is not used for what "%s" names', (exceptions, excepted, proxied) => {
    for (const name of ['no_proxy', 'NO_PROXY']) {
      const environment = { http_proxy: 'http://p:1/', [name]: exceptions }
      for (const uri of excepted) expect(proxyFromEnvironment(uri, environment), uri).toBeUndefined()
      for (const uri of proxied) expect(proxyFromEnvironment(uri, environment), uri).toBe('http://p:1/')
    }
  })
})

describe('transportSettingsFromEnvironment', () => {
  it('reads seconds and counts, and takes defaults for what is no number', () => {
    expect(transportSettingsFromEnvironment({})).toMatchObject({
      connectTimeout: 60_000,
      lowSpeedTimeout: 30_000,
      maximumConsecutiveErrors: 4,
      maximumRedirects: 5,
      rounds: 4,
    })
    const environment = {
      PKG_CLIENT_CONNECT_TIMEOUT: '0',
      PKG_CLIENT_LOWSPEED_TIMEOUT: '5',
      PKG_CLIENT_MAX_CONSECUTIVE_ERROR: '0',
      PKG_CLIENT_MAX_REDIRECT: 'many',
      PKG_CLIENT_MAX_TIMEOUT: '2',
    }
    expect(transportSettingsFromEnvironment(environment)).toMatchObject({
      connectTimeout: 0,
      lowSpeedTimeout: 5000,
      maximumConsecutiveErrors: 1,
      maximumRedirects: 5,
      rounds: 2,
    })
  })
})
