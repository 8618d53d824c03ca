import { readFileSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Attack } from './attack.ts'
import { type AttackWorld, change } from './attack-world.ts'
import { forgeCatalogPart, hostilePublisher } from './hostile-repository.ts'
import { type LocalServer, startServer } from './local-server.ts'
import { staticDepot } from './static-depot.ts'

type Json = { [key: string]: unknown }

const base = 'catalog.base.C'
const entry = { version: '1.0,5.11-1:20260101T000000Z', 'signature-sha-1': '0'.repeat(40) }

/** What a catalog part may be made to say; the whole is signed as if it were the publisher's. */
const catalogs: readonly (readonly [string, (content: Json) => Json])[] = [
  [
    'a package whose name leads up',
    (c) => ({ ...c, [hostilePublisher]: { '../../../outside/precious': [entry] } }),
  ],
  [
    'a package whose name is absolute',
    (c) => ({ ...c, [hostilePublisher]: { '/outside/precious': [entry] } }),
  ],
  ['a package without name', (c) => ({ ...c, [hostilePublisher]: { '': [entry] } })],
  [
    'a package with a name of a megabyte',
    (c) => ({ ...c, [hostilePublisher]: { ['n'.repeat(1 << 20)]: [entry] } }),
  ],
  [
    'a package called __proto__',
    (c) => ({ ...c, [hostilePublisher]: JSON.parse(`{"__proto__":[${JSON.stringify(entry)}]}`) as Json }),
  ],
  [
    'a version that leads up',
    (c) => ({ ...c, [hostilePublisher]: { evil: [{ ...entry, version: '1.0/../../../../outside/x' }] } }),
  ],
  [
    'a version of ten thousand numbers',
    (c) => ({
      ...c,
      [hostilePublisher]: { evil: [{ ...entry, version: `${'1.'.repeat(9999)}1,5.11-1:20260101T000000Z` }] },
    }),
  ],
  ['a publisher that leads up', (c) => ({ ...c, '../../outside': { evil: [entry] } })],
  ['a publisher without name', (c) => ({ ...c, '': { evil: [entry] } })],
  [
    'actions that are a bomb of text',
    (c) => ({ ...c, [hostilePublisher]: { evil: [{ ...entry, actions: ['x'.repeat(1 << 20)] }] } }),
  ],
  [
    'a signature that is a path',
    (c) => ({
      ...c,
      [hostilePublisher]: { evil: [{ ...entry, 'signature-sha-1': '../../../outside/precious' }] },
    }),
  ],
  [
    'the same version a thousand times',
    (c) => ({ ...c, [hostilePublisher]: { evil: Array.from({ length: 1000 }, () => entry) } }),
  ],
]

/** Names of parts and update logs in the attributes of a catalog. */
const parts = [
  '../../../../outside/precious',
  '/outside/precious',
  'catalog.base.C/../x',
  'catalog..C',
  '..',
  '',
  'catalog.\0',
  'n'.repeat(300),
  '__proto__',
  'update.../x',
]

/** Text for the place of a catalog file. */
const files: readonly (readonly [string, () => Uint8Array | string])[] = [
  ['nested a hundred thousand deep', () => '['.repeat(100_000)],
  ['a text of sixteen megabytes without end', () => `{"a":"${'a'.repeat(1 << 24)}`],
  ['a number of a megabyte', () => `{"a":${'1'.repeat(1 << 20)}}`],
  ['a gzip bomb', () => gzipSync(Buffer.alloc(1 << 26))],
  ['half a character', () => Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d])],
]

function refreshAndInstall(world: AttackWorld, name = 'tools/base@2.0'): Promise<string> {
  return world.act(async (image) => {
    const refreshed = await image.refresh({ publishers: [], full: true, onlyIfDue: false })
    if (!refreshed.ok) return refreshed
    return change(image, 'install', name)
  })
}

function catalogAttacks(): readonly Attack[] {
  const attack = (name: string, prepare: (world: AttackWorld) => void): Attack => ({
    name: `catalog: ${name}`,
    kind: 'full',
    run(world) {
      world.publish(() => [])
      prepare(world)
      return refreshAndInstall(world)
    },
  })
  const folder = (world: AttackWorld): string =>
    join(world.repository, 'publisher', hostilePublisher, 'catalog')
  return [
    ...catalogs.map(([name, forge]) =>
      attack(name, (world) => forgeCatalogPart(world.repository, base, (content) => forge(content) as never)),
    ),
    ...parts.flatMap((part) =>
      (['parts', 'updates'] as const).map((list) =>
        attack(`${list} with ${JSON.stringify(part.slice(0, 30))}`, (world) => {
          const path = join(folder(world), 'catalog.attrs')
          const attributes = JSON.parse(readFileSync(path, 'utf8')) as { [key: string]: Json }
          const record = { 'last-modified': '20270101T000000Z', 'signature-sha-1': '0'.repeat(40) }
          Object.defineProperty(attributes[list], part, { value: record, enumerable: true })
          attributes['last-modified'] = '20270101T000000Z' as never
          delete attributes._SIGNATURE
          writeFileSync(path, JSON.stringify(attributes))
        }),
      ),
    ),
    ...files.flatMap(([name, text]) =>
      ['catalog.attrs', base].map((file) =>
        attack(`${file}, ${name}`, (world) => writeFileSync(join(folder(world), file), text())),
      ),
    ),
  ]
}

/** What a repository may say of its publishers. */
const statements: readonly (readonly [string, unknown])[] = [
  ['a name that leads up', { name: '../../outside' }],
  ['a name that is absolute', { name: '/outside' }],
  ['an alias that leads up', { name: 'good.example', alias: '../../outside' }],
  ['an origin that is a file', { name: 'good.example', repositories: [{ origins: ['file:///outside'] }] }],
  ['an origin that is a script', { name: 'good.example', repositories: [{ origins: ['javascript:1'] }] }],
  [
    'two thousand origins',
    {
      name: 'good.example',
      repositories: [{ origins: Array.from({ length: 2_000 }, (_, n) => `http://127.0.0.1:1/${n}`) }],
    },
  ],
  ['a name of objects', JSON.parse('{"name":"good.example","__proto__":{"name":"../x"}}')],
  ['a refresh that never comes', { name: 'good.example', repositories: [{ refresh_seconds: -1 }] }],
]

function statementAttacks(): readonly Attack[] {
  return statements.map(([name, publisher]) => ({
    name: `publisher information: ${name}`,
    kind: 'full',
    async run(world) {
      const text = JSON.stringify({ packages: [], publishers: [publisher], version: 1 })
      return withServer(
        world,
        (request, response, depot) => {
          if (/^\/publisher\//.test(request.url ?? '')) response.end(text)
          else depot(request, response)
        },
        (uri) => world.act((image) => image.autoConfigure({ uri, addOrigins: [] })),
      )
    },
  }))
}

async function withServer(
  world: AttackWorld,
  answer: (...parameters: [...Parameters<RequestListener>, RequestListener]) => void,
  work: (uri: string) => Promise<string>,
): Promise<string> {
  const depot = staticDepot(world.repository, { prefixed: true, publisher: hostilePublisher })
  const server: LocalServer = await startServer((request, response) => answer(request, response, depot))
  try {
    return await work(server.uri)
  } finally {
    await server.close()
  }
}

/** Where a depot may send its clients; `SELF` is the depot, `OTHER` another server on this machine that serves rubbish. */
const targets: readonly (readonly [string, string])[] = [
  ['a file', 'file:///etc/passwd'],
  ['a file of the image', 'file://IMAGE/var/pkg/installed.db'],
  ['another host', 'OTHER/somewhere'],
  ['another host without scheme', '//OTHERHOST/somewhere'],
  ['this machine by name', 'http://localhost:PORT/somewhere'],
  ['this machine by its sixth version', 'http://[::1]:PORT/somewhere'],
  ['this machine by a number', 'http://2130706433:PORT/somewhere'],
  ['somebody with a password', 'http://user:secret@OTHERHOST/somewhere'],
  ['itself', 'SELF'],
  ['up', '/../../../../etc/passwd'],
  ['up, encoded', '/%2e%2e/%2e%2e/etc/passwd'],
  ['a backslash', '\\\\OTHERHOST\\somewhere'],
  ['nowhere', ''],
  ['what is no address', 'http://['],
  ['a port that cannot be', 'http://127.0.0.1:99999/'],
  ['ftp', 'ftp://127.0.0.1/x'],
  ['data', 'data:text/plain,evil'],
  ['a script', 'javascript:alert(1)'],
  ['a socket', 'unix:///var/run/docker.sock'],
  ['a megabyte', `/${'x'.repeat(8000)}`],
]
const steps = ['/versions/0/', '/catalog/1/', '/manifest/0/', '/file/1/'] as const

function redirectAttacks(): readonly Attack[] {
  return targets.flatMap(([name, target]) =>
    steps.map(
      (step, index): Attack => ({
        name: `redirect: ${step} to ${name}`,
        kind: 'full',
        // What comes from elsewhere is never what the catalog and the manifest say.
        ...(index === 0
          ? {}
          : {
              answers: [
                'ips::repository_error::all_origins_failed',
                'ips::image_error::refresh_failed',
                'refresh failed',
              ],
            }),
        async run(world) {
          world.publish((file) => [{ name: 'more@1.0', lines: [file('usr/more')] }])
          const other = await startServer((_request, response) => response.end('rubbish from elsewhere'))
          const { host, port } = new URL(other.uri)
          try {
            return await withServer(
              world,
              (request, response, depot) => {
                const url = (request.url ?? '').replace(`/${hostilePublisher}`, '')
                if (!url.startsWith(step)) return depot(request, response)
                const location = target
                  .replace('SELF', request.url ?? '/')
                  .replace('OTHERHOST', host)
                  .replace('OTHER', other.uri.slice(0, -1))
                  .replace('PORT', port)
                  .replace('IMAGE', world.image)
                response.writeHead([301, 302, 303, 307, 308][index]!, { location }).end()
              },
              (uri) =>
                world.act(async (image) => {
                  const set = await image.setPublisher({
                    name: hostilePublisher,
                    removeOrigins: ['*'],
                    addOrigins: [uri],
                    refresh: false,
                  })
                  if (!set.ok) return set
                  const refreshed = await image.refresh({ publishers: [], full: true, onlyIfDue: false })
                  if (!refreshed.ok) return refreshed
                  if (refreshed.value.publishers.some(({ problems }) => problems.length > 0))
                    return { ok: false, error: { code: 'refresh failed' } }
                  return change(image, 'install', 'more')
                }),
            )
          } finally {
            await other.close()
          }
        },
      }),
    ),
  )
}

/** Catalogs, statements and redirections of depots that mean no good. */
export function depotAttacks(): readonly Attack[] {
  return [...catalogAttacks(), ...statementAttacks(), ...redirectAttacks()]
}
