import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { told } from '../support/command-line.ts'
import { forgeCatalogPart, hostileManifestPath, hostilePublisher } from '../support/hostile-repository.ts'
import {
  at,
  catalogFile,
  damages,
  expectDecent,
  flip,
  install,
  manifestOf,
  type Row,
  refreshAll,
  rows,
  state,
  useHostileWorld,
} from '../support/hostile-world.ts'
import { type LocalServer, startServer } from '../support/local-server.ts'
import { sampled } from '../support/sampling.ts'
import { staticDepot } from '../support/static-depot.ts'
import { copyTree } from '../support/whole-tree.ts'

useHostileWorld()

rows('requests', [
  {
    name: 'unknown package',
    words: install('no/such'),
    exit: 1,
    says: ['no/such', /refreshing publisher information/],
  },
  { name: 'unknown version', words: install('tools/base@9'), exit: 1, says: ['tools/base@9'] },
  { name: 'bad FMRI', words: install('a b@@'), exit: 1, says: ["Illegal FMRI 'a b@@'"] },
  { name: 'bad version', words: install('tools/base@1.x'), exit: 1, says: ["Illegal FMRI 'tools/base@1.x'"] },
  {
    name: 'several that are bad',
    words: install('no/such', 'nor/this', 'tools/base@2.0'),
    exit: 1,
    says: ['no/such', 'nor/this'],
  },
  {
    name: 'several bad FMRIs',
    words: install('a b', 'x@@', 'tools/base'),
    exit: 1,
    says: ["'a b'", "'x@@'"],
  },
  { name: 'control characters', words: install('a\u001b[31mb'), exit: 1, says: ['Illegal FMRI'] },
  {
    name: 'a publisher nobody knows',
    words: install('pkg://who.example/tools/base'),
    exit: 1,
    says: ['pkg://who.example/tools/base'],
  },
  {
    name: 'a dependency nobody offers',
    words: install('evil/needs'),
    exit: 1,
    says: ['nothing/such', 'No publisher offers'],
  },
  {
    name: 'nothing to uninstall',
    words: ['-R', 'image', 'uninstall', 'evil/proto'],
    exit: 1,
    says: ['evil/proto'],
  },
  {
    name: 'a name of objects',
    words: install('constructor', 'hasOwnProperty'),
    exit: 1,
    says: ['constructor'],
  },
])

const forbidden = 'the image does not allow these actions'

/** Advice where a full image would not take the package either. */
const nowhere = 'Leave them out, for example with --reject, and inform their publisher'

rows('manifests that reach out', [
  {
    name: 'a path with ..',
    words: install('evil/parent'),
    exit: 1,
    says: ['evil/parent@1.0', '../outside', nowhere],
  },
  {
    name: 'a path with .. inside',
    words: install('evil/inner'),
    exit: 1,
    says: ['evil/inner@1.0', 'usr/../../outside', nowhere],
  },
  {
    name: 'a path through a link in the image',
    prepare: () => symlinkSync('../elsewhere', at.path('image', 'planted')),
    words: install('evil/planted'),
    exit: 1,
    says: ['planted/outside', 'Replace', 'by a directory'],
  },
  {
    name: 'a path through a link of the same package',
    words: install('evil/bridge'),
    exit: 1,
    says: ['usr/bridge', 'must be corrected'],
  },
  {
    name: 'a path through a link of another package',
    words: install('evil/bridge-a', 'evil/bridge-b'),
    exit: 1,
    says: ['usr/bridge', 'evil/bridge-a', 'evil/bridge-b'],
  },
  {
    name: 'the configuration of the image',
    words: install('evil/reserved'),
    exit: 1,
    says: [forbidden, 'reserved for the image itself', nowhere],
  },
  {
    name: 'the database of the image',
    words: install('evil/reserved-db'),
    exit: 1,
    says: [forbidden, 'installed.db'],
  },
  {
    name: 'a link instead of the metadata',
    words: install('evil/swap'),
    exit: 1,
    says: [forbidden, 'must stay a directory', nowhere],
  },
  {
    name: 'set-user-id in a user image',
    words: install('evil/setuid'),
    exit: 1,
    says: [forbidden, 'usr/suid', 'set-user-id', /full image/],
  },
  {
    name: 'a user in a user image',
    words: install('evil/user'),
    exit: 1,
    says: [forbidden, 'username=evil', /full image/],
  },
  {
    name: 'a path of another package',
    words: install('evil/same'),
    exit: 1,
    says: ['usr/one', 'evil/same@1.0', 'tools/base@1.0', 'cannot be installed together'],
  },
  {
    name: 'another kind of thing at a path',
    words: install('evil/kind'),
    exit: 1,
    says: ['usr/one', 'evil/kind@1.0', 'tools/base@1.0'],
  },
  { name: 'a hard link to nothing', words: install('evil/hard'), exit: 1, says: ['usr/h', 'nowhere'] },
  {
    name: 'a hard link out of the image',
    words: install('evil/hard-out'),
    exit: 1,
    says: ['usr/h', 'outside', nowhere],
  },
  {
    name: 'a file without mode',
    words: install('evil/no-mode'),
    exit: 1,
    says: ['evil/no-mode@1.0', 'mode'],
  },
  { name: 'an unknown owner', words: install('evil/owner'), exit: 1, says: ['no-such-user'] },
])

rows(
  'catalogs',
  ['catalog.attrs', 'catalog.base.C', 'catalog.dependency.C'].flatMap((file) =>
    damages.map(
      ([how, damage]): Row => ({
        name: `${file} ${how}`,
        prepare: () => damage(catalogFile(file)),
        words: refreshAll,
        exit: 1,
        says: ['file://FOLDER/repo', hostilePublisher, file],
      }),
    ),
  ),
)

rows('catalogs that are signed and wrong', [
  ...(
    [
      ['a publisher that is a number', () => ({ [hostilePublisher]: 5 })],
      ['packages that are a list', () => ({ [hostilePublisher]: [] })],
      ['versions that are text', () => ({ [hostilePublisher]: { 'tools/base': 'new' } })],
    ] as const
  ).map(
    ([name, content]): Row => ({
      name,
      prepare: () => forgeCatalogPart(at.path('repo'), 'catalog.base.C', content as never),
      words: ['-R', 'image', 'refresh'],
      exit: 1,
      says: ['file://FOLDER/repo', 'catalog.base.C'],
    }),
  ),
])

rows('manifests', [
  ...(
    [
      ['cut off', (path) => truncateSync(path, 60)],
      ['empty', (path) => truncateSync(path, 0)],
      ['with a changed byte', flip],
      ['HTML', (path) => writeFileSync(path, '<html></html>\n')],
      ['of another package', (path) => writeFileSync(path, readFileSync(manifestOf('evil/setuid@1.0')))],
      ['gone', (path) => rmSync(path)],
    ] satisfies [string, (path: string) => void][]
  ).map(
    ([how, damage]): Row => ({
      name: `a manifest ${how}`,
      prepare: () => damage(manifestOf('tools/base@2.0')),
      words: ['-R', 'image', 'update'],
      exit: 1,
      says: ['tools/base@2.0', 'file://FOLDER/repo'],
    }),
  ),
  {
    name: 'no manifest at all',
    words: install('evil/unparsable'),
    exit: 1,
    says: ['evil/unparsable', 'line 3'],
  },
  { name: 'an unknown type of action', words: install('evil/type'), exit: 1, says: ['evil/type', 'explode'] },
])

rows('payloads', [
  {
    name: 'cut off',
    words: install('evil/cut'),
    exit: 1,
    says: ['evil/cut', 'usr/cut', 'file://FOLDER/repo', '20 bytes'],
  },
  { name: 'not packed', words: install('evil/plain'), exit: 1, says: ['usr/plain'] },
  { name: 'packed otherwise', words: install('evil/raw'), exit: 1, says: ['usr/raw'] },
  { name: 'of another file', words: install('evil/other'), exit: 1, says: ['usr/other'] },
  { name: 'with a tail', words: install('evil/trailing'), exit: 1, says: ['usr/trailing'] },
  { name: 'larger than said', words: install('evil/small'), exit: 1, says: ['usr/small', 'instead of 3'] },
  {
    name: 'larger than said when packed',
    words: install('evil/small-packed'),
    exit: 1,
    says: ['usr/small-packed', 'instead of 3'],
  },
  {
    name: 'smaller than said',
    words: install('evil/large'),
    exit: 1,
    says: ['usr/large', 'instead of 1000'],
  },
  { name: 'larger than any disk', words: install('evil/huge'), exit: 1, says: [/free|space/] },
  { name: 'that is a bomb', words: install('evil/bomb'), exit: 1, says: ['usr/bomb', 'instead of 100'] },
  {
    name: 'with another digest',
    words: install('evil/digest'),
    exit: 1,
    says: ['usr/digest', 'sha512t_256'],
  },
  {
    name: 'that is gone',
    prepare: () => rmSync(at.path('repo', 'publisher', hostilePublisher, 'file'), { recursive: true }),
    words: ['-R', 'image', 'update'],
    exit: 1,
    says: [/usr\/(one|two) of /, 'tools/base@2.0', 'file://FOLDER/repo'],
  },
  {
    name: 'that is gone, of several files',
    prepare: () => rmSync(at.path('repo', 'publisher', hostilePublisher, 'file'), { recursive: true }),
    words: ['-R', 'image', 'update', '-n'],
    exit: 0,
    says: [],
  },
])

const servers: LocalServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** Serves the repository over HTTP, with some answers replaced, and makes it the image's only origin. */
async function serve(
  replaced: (url: string) => undefined | ((response: ServerResponse) => void),
): Promise<void> {
  const sound = staticDepot(at.path('repo'), { prefixed: true, publisher: hostilePublisher })
  let hostile = false
  const server = await startServer((request, response) => {
    const own = hostile ? replaced(request.url ?? '') : undefined
    if (own === undefined) sound(request, response)
    else own(response)
  })
  servers.push(server)
  const words = ['-R', 'image', 'set-publisher', '-G', '*', '-g', server.uri, hostilePublisher]
  const ran = await at.pkg6(...words)
  expect(ran.exit, told(ran)).toBe(0)
  hostile = true
}

/** An answer that goes on until nobody listens any more. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/data' })
  const piece = Buffer.alloc(1 << 20, 'x')
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', more)
  more()
}

rows('servers', [
  {
    name: 'nobody there',
    prepare: async () => {
      await serve(() => undefined)
      await servers.pop()?.close()
    },
    words: ['-R', 'image', 'update'],
    exit: 1,
    says: ['http://127.0.0.1:'],
  },
  {
    name: 'nobody there to refresh from',
    prepare: async () => {
      await serve(() => undefined)
      await servers.pop()?.close()
    },
    words: ['-R', 'image', 'refresh'],
    exit: 1,
    says: ['http://127.0.0.1:', hostilePublisher],
  },
  {
    name: 'nobody at a new origin',
    words: ['-R', 'image', 'set-publisher', '-g', 'http://127.0.0.1:9/', 'new.example'],
    exit: 1,
    says: ['http://127.0.0.1:9', 'new.example'],
  },
  {
    name: 'no repository at a new origin',
    words: ['-R', 'image', 'set-publisher', '-g', 'elsewhere', 'new.example'],
    exit: 1,
    says: ['FOLDER/elsewhere', 'new.example'],
  },
  {
    name: 'no repository at an origin without name',
    words: ['-R', 'image', 'set-publisher', '-p', 'elsewhere'],
    exit: 1,
    says: ['FOLDER/elsewhere'],
  },
  ...[['set-publisher', '-g', 'repo', 'new.example'], ['set-publisher', '-p', 'repo'], ['refresh']].map(
    (words) => ({
      name: `${words[0]} ${words[1] ?? ''} of a repository that is there and cannot be read`,
      prepare: () => {
        rmSync(at.path('repo', 'pkg5.repository'))
        symlinkSync('pkg5.repository', at.path('repo', 'pkg5.repository'))
      },
      words: ['-R', 'image', ...words],
      exit: 1,
      says: ["'FOLDER/repo/pkg5.repository' cannot be read: too many links lead to it (ELOOP)"],
    }),
  ),
  {
    name: 'another publisher at a new origin',
    words: ['-R', 'image', 'set-publisher', '-g', 'repo', 'new.example'],
    exit: 1,
    says: ['new.example', hostilePublisher],
  },
  {
    name: 'a scheme nobody speaks',
    words: ['-R', 'image', 'set-publisher', '-g', 'gopher://x/', 'new.example'],
    exit: 1,
    says: ['gopher'],
  },
  {
    name: 'an error for everything',
    prepare: () => serve(() => (response) => response.writeHead(500).end('oops')),
    words: ['-R', 'image', 'refresh'],
    exit: 1,
    says: ['500', 'http://127.0.0.1:'],
  },
  {
    name: 'a page for everything',
    prepare: () =>
      serve(
        () => (response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
      ),
    words: ['-R', 'image', 'refresh', '--full'],
    exit: 1,
    says: ['http://127.0.0.1:'],
  },
  {
    name: 'a manifest without end',
    prepare: () => serve((url) => (url.includes('/manifest/') ? endless : undefined)),
    // Each round reads as much as the largest manifest may have: one in a sample.
    ...sampled({ env: { PKG_CLIENT_MAX_TIMEOUT: '1' } }, {}),
    words: ['-R', 'image', 'update'],
    exit: 1,
    says: ['tools/base@2.0', 'http://127.0.0.1:'],
  },
  {
    name: 'a payload without end',
    prepare: () => serve((url) => (url.includes('/file/') ? endless : undefined)),
    words: ['-R', 'image', 'update'],
    exit: 1,
    says: ['http://127.0.0.1:', 'usr/'],
  },
  {
    name: 'a connection cut in every payload',
    prepare: () =>
      serve((url) =>
        url.includes('/file/')
          ? (response) => {
              response.writeHead(200, { 'content-length': '1000' })
              response.write('half')
              setImmediate(() => response.destroy())
            }
          : undefined,
      ),
    words: ['-R', 'image', 'update'],
    exit: 1,
    says: ['http://127.0.0.1:'],
  },
])

describe('several origins', () => {
  it('that all fail are all told, each with its own reason', async () => {
    copyTree(at.path('repo'), at.path('elsewhere', 'second'))
    const added = await at.pkg6('-R', 'image', 'set-publisher', '-g', 'elsewhere/second', hostilePublisher)
    expect(added.exit, told(added)).toBe(0)
    truncateSync(manifestOf('tools/base@2.0'), 10)
    rmSync(at.path('elsewhere', 'second', hostileManifestPath('tools/base@2.0')))
    const before = state()
    const ran = await at.pkg6('-R', 'image', 'update')
    expect(ran.exit, told(ran)).toBe(1)
    expect(ran.stderr).toMatch(/from file:\/\/\S+\/repo\/ is not the published content/)
    expect(ran.stderr).toMatch(
      /file:\/\/\S+\/elsewhere\/second\/ has no manifest pkg:\/\/bad.example\/tools\/base@2.0/,
    )
    expect(state()).toEqual(before)
  })

  it('of which one is sound are enough', async () => {
    copyTree(at.path('repo'), at.path('elsewhere', 'second'))
    const added = await at.pkg6('-R', 'image', 'set-publisher', '-g', 'elsewhere/second', hostilePublisher)
    expect(added.exit, told(added)).toBe(0)
    truncateSync(manifestOf('tools/base@2.0'), 10)
    rmSync(at.path('repo', 'publisher', hostilePublisher, 'file'), { recursive: true })
    const ran = await at.pkg6('-R', 'image', 'update')
    expect(ran.exit, told(ran)).toBe(0)
    const verified = await at.pkg6('-R', 'image', 'verify')
    expect(verified.exit, told(verified)).toBe(0)
  })

  it('do not say that a download was completed which was not', async () => {
    await serve(() => undefined)
    const ran = await at.pkg6(...install('evil/cut'))
    expect(ran.exit).toBe(1)
    expect(ran.stdout).not.toContain('Completed')
    const sound = await at.pkg6(...install('tools/base@2.0'))
    expect(sound.stdout).toMatch(/Download: Completed \d+\.\d+ B in/)
    expect(sound.stdout).toMatch(/Actions: Completed \d+ actions in/)
  })
})

describe('what is bad and harmless', () => {
  it('a catalog with names and versions that are none offers the others', async () => {
    forgeCatalogPart(at.path('repo'), 'catalog.base.C', (content) => ({
      ...content,
      [hostilePublisher]: {
        ...(content[hostilePublisher] as object),
        '../../etc': [{ version: '1.0,5.11-1:20260101T000000Z' }],
        __proto__x: [{ version: '1.0,5.11-1:20260101T000000Z' }],
        'odd/version': [{ version: 'one.two' }, { version: '1.0,5.11-1:20260101T000000Z' }],
      },
    }))
    const refreshed = await at.pkg6(...refreshAll)
    expect(refreshed.exit, told(refreshed)).toBe(0)
    expectDecent(refreshed)
    const listed = await at.pkg6('-R', 'image', 'list', '-af')
    expect(listed.stdout).not.toMatch(/etc|proto__x|one\.two/)
    expect(listed.stdout).toContain('tools/base')
    const updated = await at.pkg6('-R', 'image', 'update')
    expect(updated.exit, told(updated)).toBe(0)
  })

  it('a manifest that names another package is refused', async () => {
    const before = await at.pkg6('-R', 'image', 'list', '-Hv')
    const ran = await at.pkg6(...install('evil/other-name'))
    expect(ran.exit, told(ran)).toBe(1)
    expect(told(ran)).toMatch(/its pkg\.fmri is\s+pkg:\/\/bad\.example\/tools\/base@9\.0/)
    const listed = await at.pkg6('-R', 'image', 'list', '-Hv')
    expect(listed.stdout).toBe(before.stdout)
  })

  it('attribute names and paths that mean something to objects', async () => {
    const ran = await at.pkg6(...install('evil/proto'))
    expect(ran.exit, told(ran)).toBe(0)
    expect(existsSync(at.path('image', 'usr', '__proto__'))).toBe(true)
    const removed = await at.pkg6('-R', 'image', 'uninstall', 'evil/proto')
    expect(removed.exit, told(removed)).toBe(0)
    expect(existsSync(at.path('image', 'usr', '__proto__'))).toBe(false)
  })

  it('a planted link where a package wants a directory of its own', async () => {
    symlinkSync('../elsewhere', at.path('image', 'planted'))
    const ran = await at.pkg6(...install('evil/planted'))
    expect(ran.exit, told(ran)).toBe(1)
    expect(readdirSync(at.path('elsewhere'))).toEqual([])
  })
})
