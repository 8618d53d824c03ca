import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, type Ran, told } from './command-line.ts'
import {
  forgeCatalogFile,
  type HostilePackage,
  hostileManifestPath,
  hostilePublisher,
  hostileRepository,
} from './hostile-repository.ts'
import { copyTree, restoreTree, wholeTree } from './whole-tree.ts'

/** Where a user image keeps its own files. */
export const metadata = '.org.opensolaris,pkg'

/** The folder of the commands, while a test of `useHostileWorld` runs. */
export let at: CommandLine

/** Some 4 kB that cannot be packed, always the same. */
function randomText(seed: number): string {
  return Array.from({ length: 64 }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest('hex'),
  ).join('\n')
}
/** Everything the commands of these tests meet: sound packages and hostile ones, in one repository with a catalog that fits. */
function publishAll(root: string): void {
  const repository = hostileRepository(root)
  const file = (path: string, content = `content of ${path}\n`, mode = '0644'): string =>
    `file ${repository.payload(content)} path=${path} owner=root group=bin mode=${mode}`
  const big = Buffer.alloc(32 << 20)
  const packages: HostilePackage[] = [
    {
      name: 'tools/base@1.0',
      lines: [
        'dir path=usr owner=root group=bin mode=0755',
        file('usr/one', 'one 1.0\n'),
        file('usr/conf', 'conf 1.0\n'),
        'link path=usr/link target=one',
        'hardlink path=usr/hard target=one',
        `license ${repository.payload('licence 1.0\n')} license=base`,
      ],
    },
    {
      name: 'tools/base@2.0',
      lines: [
        'dir path=usr owner=root group=bin mode=0755',
        file('usr/one', 'one 2.0\n'),
        file('usr/two', 'two 2.0\n'),
        'link path=usr/link target=two',
      ],
    },
    {
      name: 'tools/wide@1.0',
      lines: Array.from({ length: 30 }, (_, index) => file(`usr/wide/${index}`, randomText(index))),
    },
    { name: 'evil/parent@1.0', lines: [file('../outside')] },
    { name: 'evil/inner@1.0', lines: [file('usr/../../outside')] },
    { name: 'evil/absolute@1.0', lines: [file('/outside')] },
    { name: 'evil/planted@1.0', lines: [file('planted/outside')] },
    {
      name: 'evil/bridge@1.0',
      lines: ['link path=usr/bridge target=../../elsewhere', file('usr/bridge/outside')],
    },
    { name: 'evil/bridge-a@1.0', lines: ['link path=usr/bridge target=../../elsewhere'] },
    { name: 'evil/bridge-b@1.0', lines: [file('usr/bridge/outside')] },
    { name: 'evil/reserved@1.0', lines: [file(`${metadata}/pkg6.image.json`)] },
    { name: 'evil/reserved-db@1.0', lines: [file(`${metadata}/installed.db`)] },
    { name: 'evil/swap@1.0', lines: [`link path=${metadata} target=../elsewhere`] },
    { name: 'evil/setuid@1.0', lines: [file('usr/suid', 'x', '4755')] },
    { name: 'evil/user@1.0', lines: ['user username=evil group=root uid=0'] },
    { name: 'evil/same@1.0', lines: [file('usr/one', 'mine\n')] },
    { name: 'evil/kind@1.0', lines: ['dir path=usr/one owner=root group=bin mode=0755'] },
    { name: 'evil/hard@1.0', lines: ['hardlink path=usr/h target=nowhere'] },
    { name: 'evil/hard-out@1.0', lines: ['hardlink path=usr/h target=../../../etc/passwd'] },
    { name: 'evil/no-mode@1.0', lines: [`file ${repository.payload('x')} path=usr/x owner=root group=bin`] },
    {
      name: 'evil/owner@1.0',
      lines: [`file ${repository.payload('y')} path=usr/y owner=no-such-user group=bin mode=0644`],
    },
    { name: 'evil/unparsable@1.0', lines: ['file file file ==== "'] },
    { name: 'evil/type@1.0', lines: ['explode path=usr/x'] },
    { name: 'evil/other-name@1.0', claims: 'tools/base@9.0', lines: [file('usr/mine')] },
    {
      name: 'evil/proto@1.0',
      lines: ['set name=__proto__ value=x', 'set name=constructor value=y', file('usr/__proto__')],
    },
    {
      name: 'evil/cut@1.0',
      lines: [payloadLine('usr/cut', (content) => ({ stored: gzipSync(content).subarray(0, 20) }))],
    },
    {
      name: 'evil/plain@1.0',
      lines: [payloadLine('usr/plain', () => ({ stored: Buffer.from('not gzip at all') }))],
    },
    {
      name: 'evil/raw@1.0',
      lines: [payloadLine('usr/raw', (content) => ({ stored: deflateRawSync(content) }))],
    },
    {
      name: 'evil/other@1.0',
      lines: [payloadLine('usr/other', () => ({ stored: gzipSync('another content\n') }))],
    },
    {
      name: 'evil/trailing@1.0',
      lines: [
        payloadLine('usr/trailing', (content) => ({
          stored: Buffer.concat([gzipSync(content), Buffer.from('tail')]),
        })),
      ],
    },
    { name: 'evil/small@1.0', lines: [payloadLine('usr/small', () => ({ size: 3 }))] },
    { name: 'evil/small-packed@1.0', lines: [payloadLine('usr/small-packed', () => ({ packedSize: 3 }))] },
    { name: 'evil/large@1.0', lines: [payloadLine('usr/large', () => ({ size: 1000 }))] },
    {
      name: 'evil/huge@1.0',
      lines: [payloadLine('usr/huge', () => ({ size: 2 ** 52, packedSize: 2 ** 52 }))],
    },
    { name: 'evil/bomb@1.0', lines: [payloadLine('usr/bomb', () => ({ packed: gzipSync(big), size: 100 }))] },
    {
      name: 'evil/digest@1.0',
      lines: [file('usr/digest').replace(/file:sha512t_256:..../, 'file:sha512t_256:0000')],
    },
    {
      name: 'odd/season@1.0',
      lines: [
        file('usr/season/fine'),
        `${file('../outside')} facet.optional.out=true`,
        `${payloadLine('usr/season/cut', (content) => ({ stored: gzipSync(content).subarray(0, 20) }))} facet.optional.cut=true`,
        `${file('usr/one', 'mine\n')} facet.optional.same=true`,
        `${file('planted/outside')} variant.planted=true`,
        `license ${repository.payload('terms\n')} license=terms must-accept=true facet.optional.terms=true`,
      ],
      depends: ['depend fmri=nothing/such@1 type=require facet.optional.needs=true'],
    },
    { name: 'evil/needs@1.0', lines: [], depends: ['depend fmri=nothing/such@1 type=require'] },
  ]
  repository.publish(packages)

  function payloadLine(
    path: string,
    lies: (content: Buffer) => Parameters<typeof repository.payload>[1],
  ): string {
    const content = Buffer.from(`content of ${path}\n`)
    return `file ${repository.payload(content, lies(content))} path=${path} owner=root group=bin mode=0644`
  }
}

/** What a test of a hostile world begins with. */
const kept = ['repo', 'image', 'elsewhere']

/**
 * For all tests of a file: a folder with a repository of sound and hostile packages (`repo`), a user image with tools/base@1.0 in it
 * (`image`) and an empty folder (`elsewhere`), all as new before each test.
 */
export function useHostileWorld(): void {
  beforeAll(async () => {
    at = commandLine()
    publishAll(at.path('repo'))
    for (const words of [
      ['image-create', '-p', at.path('repo'), 'image'],
      ['-R', 'image', 'install', 'tools/base@1.0'],
    ]) {
      const ran = await at.pkg6(...words)
      expect(ran.exit, told(ran)).toBe(0)
    }
    mkdirSync(at.path('elsewhere'))
    mkdirSync(at.path('pristine'))
    for (const name of kept) copyTree(at.path(name), at.path('pristine', name))
  })
  afterAll(() => at.remove())
  beforeEach(() => {
    for (const name of readdirSync(at.folder))
      if (name !== 'pristine' && !kept.includes(name)) rmSync(at.path(name), { recursive: true })
    for (const name of kept) restoreTree(at.path('pristine', name), at.path(name))
  })
}

/** Caches, history and the mark of the last change are documented to be disposable. */
function disposable(path: string): boolean {
  const inside = path.startsWith(`image/${metadata}/`) ? path.slice(`image/${metadata}/`.length) : ''
  return /^(cache|history|modified|reserve)$|^publisher\/[^/]+\/(file|last_refreshed)$/.test(inside)
}

/** Everything the folder holds but the repository: the image with its metadata and database, and what lies beside it. */
export function state(): readonly string[] {
  return wholeTree(at.folder, (path) => path === 'repo' || path === 'pristine' || disposable(path))
}

export function output(ran: Ran): string {
  return `${ran.stdout}${ran.stderr}`
}

/** No trace of the program's inside, and nobody's terminal is played with. */
export function expectDecent(ran: Ran): void {
  const text = output(ran)
  expect(text, told(ran)).not.toMatch(/\n\s+at .*:\d+|internal error|undefined|\[object Object\]|NaN|ips::/)
  expect(text, told(ran)).not.toMatch(/[^\P{Cc}\t\n]/u)
}

export interface Row {
  readonly name: string
  /** Damage done before the command. */
  readonly prepare?: () => unknown
  /** Variables of the environment; else there are none. */
  readonly env?: Readonly<Record<string, string>>
  readonly words: readonly string[]
  readonly exit: number
  /** Facts the message has to name. */
  readonly says: readonly (string | RegExp)[]
}

async function expectRefused({ name, prepare, env = {}, words, exit, says }: Row): Promise<Ran> {
  await prepare?.()
  const before = state()
  const ran = await at.pkg6With(env, ...words)
  expect(ran.exit, `${name}\n${told(ran)}`).toBe(exit)
  for (const fact of says)
    if (typeof fact === 'string') expect(output(ran), told(ran)).toContain(fact.replace('FOLDER', at.folder))
    else expect(output(ran), told(ran)).toMatch(fact)
  expectDecent(ran)
  expect(state(), told(ran)).toEqual(before)
  return ran
}

export const install = (...names: readonly string[]): readonly string[] => [
  '-R',
  'image',
  'install',
  ...names,
]
const print = process.env.PRINT_BAD_INPUT !== undefined

export function rows(title: string, table: readonly Row[]): void {
  describe(title, () => {
    it.each(table.map((row) => [row.name, row] as const))('%s', async (_, row) => {
      const ran = await expectRefused(row)
      if (print) process.stderr.write(`### ${row.name}\n${told(ran)}\n`)
      if (!existsSync(at.path('image', metadata, 'lock'))) return
      expect(row.name).toMatch(/lock/)
    })
  })
}

export const refreshAll = ['-R', 'image', 'refresh', '--full'] as const

export function manifestOf(name: string): string {
  return at.path('repo', hostileManifestPath(name))
}

export function catalogFile(name: string): string {
  return at.path('repo', 'publisher', hostilePublisher, 'catalog', name)
}

/** A catalog file that is not a catalog file. */
export const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['cut off', (path) => truncateSync(path, 40)],
  ['empty', (path) => truncateSync(path, 0)],
  ['HTML', (path) => writeFileSync(path, '<html><body><h1>Please log in</h1></body></html>\n')],
  ['a list', (path) => writeFileSync(path, '[]\n')],
  ['nothing', (path) => writeFileSync(path, 'null\n')],
  ['with a changed byte', (path) => flip(path)],
  ['nested without end', (path) => writeFileSync(path, '['.repeat(200_000))],
  ['binary', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0, 1, 2, 0xc3, 0x28]))],
  [
    'signed, of wrong types',
    (path) => void forgeCatalogFile(path, () => ({ parts: [], version: 'one', [hostilePublisher]: 7 })),
  ],
  ['gone', (path) => rmSync(path)],
]

/** Changes one letter in the middle of a text. */
export function flip(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.indexOf('a'.charCodeAt(0), bytes.length >> 1)
  expect(middle).toBeGreaterThan(0)
  bytes[middle] = 'b'.charCodeAt(0)
  writeFileSync(path, bytes)
}

/** Path in the metadata of the image. */
export const inImage = (...path: readonly string[]): string => at.path('image', metadata, ...path)
