import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheFolder, keepCached, readCached } from '../../../cli/io/user-cache.ts'
import { runPkg6 } from '../../../cli/main.ts'
import { writeCatalogFolder } from '../../support/catalog-folder.ts'
import { collectingIo } from '../../support/collecting-io.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { projectRoot } from '../../support/shared-data.ts'

const asRoot = process.geteuid?.() === 0
if (!asRoot) process.stderr.write('skipped: files of other users can only be made by root\n')
const bundle = join(projectRoot, 'dist', 'bin', 'pkg6.cjs')
if (!existsSync(bundle)) process.stderr.write('skipped: the bundle has not been built\n')

let line: CommandLine
/** Where the index of a plan is kept below the home of these tests. */
const folder = () => line.path('home', '.cache', 'pkg6', 'catalogs')
const files = () => readdirSync(folder())
const kept = () => join(folder(), files()[0] ?? 'none')

interface Answer {
  readonly plan: { readonly add: readonly string[] }
  readonly stats: { readonly index: string }
}

async function plan(
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = { HOME: line.path('home') },
): Promise<Answer> {
  const { io, output } = collectingIo({ cwd: line.folder, env })
  const catalog = words.includes('--catalog') ? [] : ['--catalog', 'catalog']
  const exit = await runPkg6(['plan', ...catalog, '--request', 'request.json', '--json', ...words], io)
  expect({ exit, stderr: output.stderr }).toEqual({ exit: 0, stderr: '' })
  const answer = JSON.parse(output.stdout) as Answer
  expect(answer.plan.add).toHaveLength(2)
  return answer
}

async function indexOf(...given: Parameters<typeof plan>): Promise<string> {
  return (await plan(...given)).stats.index
}

beforeEach(() => {
  line = commandLine()
  mkdirSync(line.path('home'))
  writeCatalogFolder(line.path('catalog'), 'example.org', {
    'app@1': ['depend type=require fmri=lib@1'],
    'lib@1': [],
  })
  writeFileSync(line.path('image.json'), JSON.stringify({ publishers: ['example.org'], installed: [] }))
  writeFileSync(
    line.path('request.json'),
    JSON.stringify({ image: 'image.json', operation: 'install', patterns: ['pkg:/app'] }),
  )
})
afterEach(() => line.remove())

describe('the index of a plan', () => {
  it('is kept for this user alone and read the next time, whatever way leads to the folder', async () => {
    expect(await indexOf()).toBe('made')
    expect(files()).toHaveLength(1)
    expect(statSync(kept()).mode & 0o777).toBe(0o600)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
    const bytes = readFileSync(kept())
    symlinkSync('catalog', line.path('other-way'))
    expect(await indexOf()).toBe('kept')
    expect(await indexOf(['--catalog', './other-way/'])).toBe('kept')
    expect(readFileSync(kept()).equals(bytes)).toBe(true)
    expect(files()).toHaveLength(1)
  })

  it('is made anew when a part changes, also one that keeps its size and time', async () => {
    const part = line.path('catalog', 'catalog.base.C')
    await plan()
    const { mtime } = statSync(part)
    writeFileSync(`${part}.new`, readFileSync(part))
    utimesSync(`${part}.new`, mtime, mtime)
    renameSync(`${part}.new`, part)
    expect(await indexOf()).toBe('made')
    expect(await indexOf()).toBe('kept')
    expect(files()).toHaveLength(1)
  })

  it('is one for each list of folders', async () => {
    writeCatalogFolder(line.path('more'), 'other.org', { 'extra@1': [] })
    await plan()
    expect(await indexOf(['--catalog', 'catalog', '--catalog', 'more'])).toBe('made')
    expect(await indexOf(['--catalog', 'more', '--catalog', 'catalog'])).toBe('made')
    expect(await indexOf()).toBe('kept')
    expect(files()).toHaveLength(3)
  })

  it('lies below XDG_CACHE_HOME where that is an absolute path, and nowhere without a home', async () => {
    expect(await indexOf([], { HOME: line.path('home'), XDG_CACHE_HOME: line.path('xdg') })).toBe('made')
    expect(readdirSync(line.path('xdg', 'pkg6', 'catalogs'))).toHaveLength(1)
    const before = readdirSync(line.folder)
    for (const env of [{}, { HOME: '' }, { HOME: 'home', XDG_CACHE_HOME: 'xdg' }])
      expect(await indexOf([], env)).toBe('in-memory')
    expect(readdirSync(line.folder)).toEqual(before)
    expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: 'relative' }, 'k')).toBe('/h/.cache/pkg6/k')
  })

  it('is not looked for where a file is named', async () => {
    expect(await indexOf(['--index', 'named'])).toBe('made')
    expect(await indexOf(['--index', 'named'])).toBe('kept')
    expect(readdirSync(line.path('home'))).toEqual([])
  })

  it('says with --stats where it came from', async () => {
    const { io, output } = collectingIo({ cwd: line.folder, env: {} })
    await runPkg6(['plan', '--catalog', 'catalog', '--request', 'request.json', '--stats'], io)
    expect(output.stdout).toContain('Catalog index: in-memory\n')
  })

  it.each<[string, (path: string, bytes: Buffer) => void]>([
    ['is empty', (path) => writeFileSync(path, '')],
    ['is something else', (path) => writeFileSync(path, 'not an index')],
    ['is cut off', (path, bytes) => writeFileSync(path, bytes.subarray(0, bytes.length >> 1))],
    ['has a changed bit', (path, bytes) => writeFileSync(path, changedBit(bytes))],
    ['may be written by the group', (path) => chmodSync(path, 0o660)],
    ['may be written by everybody', (path) => chmodSync(path, 0o602)],
    ['is a link', (path, bytes) => replaceByLink(path, bytes)],
  ])('is made anew when it %s', async (_, spoil) => {
    await plan()
    const good = readFileSync(kept())
    spoil(kept(), Buffer.from(good))
    expect(await indexOf()).toBe('made')
    expect(readFileSync(kept()).equals(good)).toBe(true)
    expect(statSync(kept()).mode & 0o777).toBe(0o600)
    expect(await indexOf()).toBe('kept')
  })

  it.runIf(asRoot)('is not read when it is another user’s', async () => {
    await plan()
    chownSync(kept(), 12345, 12345)
    expect(await indexOf()).toBe('made')
    expect(statSync(kept()).uid).toBe(0)
  })

  it.each<[string, () => void | Promise<void>]>([
    ['is a file', () => writeFileSync(line.path('home', '.cache'), '')],
    ['is a link', () => linkedFolder()],
    ['may be written by everybody', () => makeFolder(0o777)],
    ['has a folder in the place of the index', () => blockedFolder()],
  ])('stays in memory when its folder %s', async (_, spoil) => {
    await spoil()
    expect(await indexOf()).toBe('in-memory')
    expect(await indexOf()).toBe('in-memory')
    if (existsSync(folder())) expect(files().filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it.runIf(asRoot)(
    'stays in memory when its folder is another user’s, or would be made in a home of another',
    async () => {
      makeFolder(0o755)
      chownSync(folder(), 12345, 12345)
      expect(await indexOf()).toBe('in-memory')
      rmSync(line.path('home', '.cache'), { recursive: true })
      chownSync(line.path('home'), 12345, 12345)
      expect(await indexOf()).toBe('in-memory')
      expect(readdirSync(line.path('home'))).toEqual([])
    },
  )

  it.skipIf(!existsSync(bundle))('may be made by several processes at once', async () => {
    const words = [bundle, 'plan', '--catalog', 'catalog', '--request', 'request.json']
    const options = { cwd: line.folder, env: { HOME: line.path('home') } }
    const runs = await Promise.all(
      [1, 2, 3, 4].map(() => promisify(execFile)(process.execPath, words, options)),
    )
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
    expect(files()).toEqual([expect.stringMatching(/\.index$/)])
    expect(await indexOf()).toBe('kept')
  })
})

describe('the cache of a user', () => {
  const bounds = { files: 3, bytes: 10 }
  const put = (name: string, length: number, age: number): void => {
    writeFileSync(line.path(name), 'x'.repeat(length))
    const time = Date.now() / 1000 - age
    utimesSync(line.path(name), time, time)
  }

  it.each<[string, readonly (readonly [string, number, number])[], readonly string[]]>([
    [
      'nothing within the bounds',
      [
        ['a', 2, 9],
        ['b', 2, 8],
      ],
      ['a', 'b', 'new'],
    ],
    [
      'the oldest of too many',
      [
        ['a', 1, 7],
        ['b', 1, 9],
        ['c', 1, 8],
      ],
      ['a', 'c', 'new'],
    ],
    [
      'the oldest of too much',
      [
        ['a', 5, 9],
        ['b', 4, 8],
      ],
      ['b', 'new'],
    ],
    [
      'never what was just written',
      [
        ['a', 1, -9],
        ['b', 1, -8],
        ['c', 1, -7],
      ],
      ['a', 'b', 'new'],
    ],
    [
      'what was left unfinished a day ago, not what is written now',
      [
        ['a.new', 1, 1e6],
        ['b.new', 99, 5],
      ],
      ['b.new', 'new'],
    ],
  ])('drops %s', (_, others, left) => {
    rmSync(line.folder, { recursive: true })
    mkdirSync(line.folder, { mode: 0o700 })
    for (const [name, length, age] of others) put(name, length, age)
    expect(keepCached(line.folder, 'new', () => new Uint8Array(4), bounds)).toBe(true)
    expect(readdirSync(line.folder).sort()).toEqual([...left].sort())
  })

  it('keeps young what is used', () => {
    put('a', 3, 1e6)
    expect(readCached(line.folder, 'a', 3)?.length).toBe(3)
    expect(Date.now() - statSync(line.path('a')).mtimeMs).toBeLessThan(3_600_000)
  })

  it('does not read more than it is told', () => {
    put('a', 4, 0)
    expect(readCached(line.folder, 'a', 3)).toBeUndefined()
    expect(readCached(line.folder, 'b', 3)).toBeUndefined()
  })
})

function changedBit(bytes: Buffer): Buffer {
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9)
  return bytes
}

function replaceByLink(path: string, bytes: Buffer): void {
  const elsewhere = line.path('elsewhere')
  writeFileSync(elsewhere, bytes)
  rmSync(path)
  symlinkSync(elsewhere, path)
}

function makeFolder(mode: number): void {
  mkdirSync(folder(), { recursive: true })
  chmodSync(folder(), mode)
}

function linkedFolder(): void {
  mkdirSync(line.path('target'), { mode: 0o700 })
  mkdirSync(join(folder(), '..'), { recursive: true })
  symlinkSync(line.path('target'), folder())
}

async function blockedFolder(): Promise<void> {
  await plan()
  const path = kept()
  rmSync(path)
  mkdirSync(join(path, 'inner'), { recursive: true })
}
