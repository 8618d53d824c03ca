import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readAuthorities } from '../../../cli/platform/authorities.ts'
import { wireHost } from '../../../cli/platform/wiring.ts'
import { startServer } from '../../support/local-server.ts'
import { neverCanceled } from '../../support/never-canceled.ts'
import { projectRoot } from '../../support/shared-data.ts'
import { versionsText } from '../../support/static-depot.ts'

const top = mkdtempSync(join(tmpdir(), 'pkg6-authorities-'))
afterAll(() => rmSync(top, { recursive: true }))

it('takes the certificates of a folder that are named by a hash, and nothing else', () => {
  const pem = join(projectRoot, 'test', 'fixtures', 'tls', 'certificate.pem')
  copyFileSync(pem, join(top, 'plain.pem'))
  expect(readAuthorities(top)).toEqual([])
  symlinkSync('plain.pem', join(top, '0a1b2c3d.0'))
  copyFileSync(pem, join(top, 'ffffffff.12'))
  symlinkSync('nowhere', join(top, '0a1b2c3d.1'))
  mkdirSync(join(top, '0a1b2c3d.2'))
  writeFileSync(join(top, '0a1b2c3d.3'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  writeFileSync(join(top, '0a1b2c3d.r0'), 'a revocation list')
  const found = readAuthorities(top)
  expect(found).toHaveLength(2)
  expect(new Set(found).size).toBe(1)
  expect(readAuthorities(join(top, 'missing'))).toEqual([])
})

it('are those of the image also where http leads to https', async () => {
  const tls = join(projectRoot, 'test', 'fixtures', 'tls')
  const [cert, key] = ['certificate.pem', 'key.pem'].map((name) => readFileSync(join(tls, name), 'utf8'))
  const secure = createServer({ cert, key }, (request, response) =>
    response.end(
      request.url === '/versions/0/'
        ? versionsText(false)
        : '{"publishers":[{"name":"tls.example","repositories":[]}],"version":1}',
    ),
  )
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const { port } = secure.address() as AddressInfo
  const plain = await startServer((request, response) =>
    response.writeHead(302, { location: `https://127.0.0.1:${port}${request.url}` }).end(),
  )
  const caPath = join(top, 'authorities')
  mkdirSync(caPath)
  const host = await wireHost(
    {
      cancellation: neverCanceled,
      commandLine: ['pkg6'],
      env: { PKG_CLIENT_MAX_TIMEOUT: '1' },
      programName: 'pkg6',
    },
    { root: undefined, debug: new Map(), noNetworkCache: false, satBackend: undefined, fsync: 'full' },
    { emit: () => {} },
  )
  const ask = async () => {
    const source = host.openSource(plain.uri, { caPath })
    if (!source.ok) throw new Error(plain.uri)
    const answer = await source.value.fetchPublishers()
    await source.value.close()
    return answer
  }
  try {
    expect(await ask()).toMatchObject({ error: { certificate: 'untrusted' } })
    copyFileSync(join(tls, 'certificate.pem'), join(caPath, '0a1b2c3d.0'))
    expect(await ask()).toMatchObject({ value: [{ name: 'tls.example' }] })
  } finally {
    await plain.close()
    secure.closeAllConnections()
    secure.close()
  }
})
