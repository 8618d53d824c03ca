import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadProgram, programFor } from '../../../cli/platform/program.ts'
import { programSource } from '../../../cli/platform/program-source.ts'
import { writeCatalogFolder } from '../../support/catalog-folder.ts'
import { sampled } from '../../support/sampling.ts'
import { projectRoot } from '../../support/shared-data.ts'

const require = createRequire(import.meta.url)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pkg6-program-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const source = (): string => join(folder, 'pkg6-plan.cjs')
const cache = (): string => join(folder, 'cache')

/** Writes a program that gives a number. */
function write(number: number): void {
  writeFileSync(source(), programSource(`function answer(){return ${number}} exports.answer = answer()`))
}

interface Loaded {
  readonly precompiled: boolean
  readonly answer: unknown
}

/** Runs the program as the command does, and keeps its code as a run of this kind. */
function load(kind = 'plan 0'): Loaded {
  const program = loadProgram(source(), cache(), require)
  const { answer } = program.evaluate() as { answer: unknown }
  program.keepCompiled(kind)
  return { precompiled: program.precompiled, answer }
}

/** The only file in the cache. */
function kept(): string {
  const names = readdirSync(cache())
  expect(names).toHaveLength(1)
  return join(cache(), names[0] ?? '')
}

describe('a program with compiled code in the cache', () => {
  it('runs with it from the second time on', () => {
    write(41)
    expect(load()).toEqual({ precompiled: false, answer: 41 })
    expect(load()).toEqual({ precompiled: true, answer: 41 })
  })

  it('writes it once for each kind of run', () => {
    write(41)
    const sizes = ['plan 0', 'plan 1', 'plan 0', 'plan 1'].map((kind) => {
      load(kind)
      return readFileSync(kept(), 'latin1').match(/plan \d[^\n]*/)?.[0]
    })
    expect(sizes).toEqual(['plan 0', 'plan 0,plan 1', 'plan 0,plan 1', 'plan 0,plan 1'])
  })

  const damage = (at: number) => (path: string) => {
    const bytes = readFileSync(path)
    bytes[bytes.length + at]! ^= 1
    writeFileSync(path, bytes)
  }
  /** Puts another word in its place, of the same length. */
  const replace = (word: string, by: string) => (path: string) =>
    writeFileSync(path, readFileSync(path, 'latin1').replace(word, by), 'latin1')

  it.each<[string, (compiled: string) => void]>([
    ['is missing', (path) => rmSync(path)],
    ['is empty', (path) => writeFileSync(path, '')],
    ['is cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, -8))],
    ['ends after its head', (path) => writeFileSync(path, readFileSync(path).subarray(0, 24))],
    ['goes on', (path) => appendFileSync(path, 'more')],
    ['is damaged', damage(-20)],
    ['is of another Node', replace(process.version, `v${'9'.repeat(process.version.length - 1)}`)],
    ['is of another V8', replace(process.versions.v8, '9'.repeat(process.versions.v8.length))],
    ['can be written by the group', (path) => chmodSync(path, 0o620)],
    ['can be written by all', (path) => chmodSync(path, 0o602)],
    [
      'is a symbolic link',
      (path) => {
        renameSync(path, join(folder, 'elsewhere'))
        symlinkSync(join(folder, 'elsewhere'), path)
      },
    ],
  ])('runs without it when it %s, and replaces it', (_, spoil) => {
    write(41)
    load()
    spoil(kept())
    expect(load()).toEqual({ precompiled: false, answer: 41 })
    expect(load()).toEqual({ precompiled: true, answer: 41 })
  })

  it('takes none of another source', () => {
    write(41)
    load()
    const bytes = readFileSync(kept())
    write(42)
    load()
    for (const name of readdirSync(cache())) writeFileSync(join(cache(), name), bytes)
    expect(load()).toEqual({ precompiled: false, answer: 42 })
  })

  it.each<[string, () => void]>([
    ['can be written by the group', () => chmodSync(cache(), 0o770)],
    ['can be written by all', () => chmodSync(cache(), 0o707)],
    [
      'is a symbolic link',
      () => {
        renameSync(cache(), join(folder, 'elsewhere'))
        symlinkSync(join(folder, 'elsewhere'), cache())
      },
    ],
  ])('runs without it when the folder %s, and writes nothing there', (_, spoil) => {
    write(41)
    load()
    spoil()
    const before = readFileSync(kept())
    for (const kind of ['plan 0', 'plan 1']) expect(load(kind)).toEqual({ precompiled: false, answer: 41 })
    expect(readFileSync(kept())).toEqual(before)
  })

  it.skipIf(process.geteuid?.() !== 0).each<[string, () => string]>([
    ['the file', kept],
    ['the folder', cache],
  ])('runs without it when %s belongs to another user', (_, path) => {
    write(41)
    load()
    chownSync(path(), 65_534, 65_534)
    expect(load()).toEqual({ precompiled: false, answer: 41 })
  })

  it('runs where a file stands in place of the folder', () => {
    write(41)
    writeFileSync(cache(), '')
    for (const _ of [1, 2]) expect(load()).toEqual({ precompiled: false, answer: 41 })
  })

  it('runs where the environment names no cache', () => {
    write(41)
    const program = loadProgram(source(), undefined, require)
    expect(program.evaluate()).toEqual({ answer: 41 })
    program.keepCompiled('plan 0')
    expect(readdirSync(folder)).toEqual(['pkg6-plan.cjs'])
  })

  it('runs without it when V8 has other flags now', () => {
    write(41)
    load()
    // Without this cache V8 does not even look at the code of a source it has just compiled.
    setFlagsFromString('--no-compilation-cache')
    try {
      expect(load()).toEqual({ precompiled: false, answer: 41 })
    } finally {
      setFlagsFromString('--compilation-cache')
    }
  })

  it('loads costly modules of Node when they are first looked at', () => {
    const text = `const os = require('node:os'), fs = require('node:fs'); exports.fs = fs
      exports.answer = { has: 'EOL' in os, keys: Object.keys(os).includes('EOL'), eol: os.EOL }`
    writeFileSync(source(), programSource(text))
    expect(load().answer).toEqual({ has: true, keys: true, eol: '\n' })
  })
})

const bin = join(projectRoot, 'dist', 'bin')
const built = existsSync(join(bin, 'pkg6.cjs'))
if (!built) process.stderr.write('skipped: the bundle has not been built\n')

describe.skipIf(!built)('the built pkg6', () => {
  /** A home whose cache has the code of the programs, once they ran. */
  let usedHome: string
  beforeAll(() => {
    usedHome = mkdtempSync(join(tmpdir(), 'pkg6-home-'))
  })
  afterAll(() => rmSync(usedHome, { recursive: true, force: true }))

  it.skipIf(process.geteuid?.() !== 0)('works in a home that it cannot write', () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    chmodSync(folder, 0o755)
    for (const _ of [1, 2]) {
      const ran = spawnSync(process.execPath, [join(bin, 'pkg6.cjs'), 'version'], {
        cwd: '/',
        env: { HOME: home },
        encoding: 'utf8',
        uid: 65_534,
        gid: 65_534,
      })
      expect(ran).toMatchObject({ status: 0, stderr: '' })
    }
    expect(readdirSync(home)).toEqual([])
  })

  it('keeps the code of each program that ran', () => {
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [join(bin, 'pkg6.cjs'), ...words], { env: { HOME: folder } }).status
    expect([run('version'), run('plan', '-?')]).toEqual([0, 0])
    const names = readdirSync(join(folder, '.cache', 'pkg6', 'code')).map((name) => name.split('-v')[0])
    expect(names.sort()).toEqual(['pkg6-plan', 'pkg6-whole'])
  })

  it('loads for a plan neither network, cryptography, database nor the packages beside it', () => {
    writeCatalogFolder(join(folder, 'catalog'), 'example.org', { 'app@1': [] })
    writeFileSync(join(folder, 'image.json'), JSON.stringify({ publishers: ['example.org'], installed: [] }))
    const content = { image: 'image.json', operation: 'install', patterns: ['pkg:/app'] }
    writeFileSync(join(folder, 'request.json'), JSON.stringify(content))
    const probe = `data:text/javascript,${encodeURIComponent(`import { writeSync } from 'node:fs'
      import { createRequire } from 'node:module'
      process.on('exit', () => writeSync(2, JSON.stringify([process.moduleLoadList,
        Object.keys(createRequire(${JSON.stringify(join(bin, 'pkg6.cjs'))}).cache)])))`)}`
    const words = [join(bin, 'pkg6.cjs'), 'plan', '--catalog', 'catalog', '--request', 'request.json']
    const run = () =>
      spawnSync(process.execPath, ['--import', probe, ...words], {
        cwd: folder,
        env: { HOME: folder },
        encoding: 'utf8',
      })
    // The first run reads the catalog, the second its index.
    run()
    const [modules, files] = JSON.parse(run().stderr) as [string[], string[]]
    const loaded = (name: string) => modules.includes(`NativeModule ${name}`)
    expect(loaded('zlib')).toBe(true)
    for (const name of ['http', 'net', 'crypto', 'child_process'])
      expect([name, loaded(name)]).toEqual([name, false])
    expect(files).toEqual([join(bin, 'pkg6.cjs')])
  })

  it.each<[string, readonly string[], number]>([
    ['what it cost', ['--write-cnf', 'cnf', '--write-cudf', 'cudf'], 0],
    ['no solution', ['--request', 'unsolvable.json'], 1],
    ['a damaged index', ['--index', 'image.json'], 1],
    ['a wrong option', ['--wrong'], 2],
    ['a request for help', ['-?'], 0],
    ['other engines', ['--sat-backend', 'cadical'], 0],
    ...sampled<[string, string[], number][]>(
      [],
      [
        ['a plan', [], 0],
        ['a pattern that is none', ['--request', 'bad-pattern.json'], 1],
        ['a missing catalog', ['--catalog', 'none'], 1],
        ['a missing request', ['--request', 'none'], 1],
        ['an operand', ['operand'], 2],
        ['the oldest engine', ['--sat-backend', 'logic-solver'], 0],
      ],
    ),
  ])('says the same of %s in the program of plan as in the whole one', (_, more, exit) => {
    writeCatalogFolder(join(folder, 'catalog'), 'example.org', {
      'app@1': ['depend type=require fmri=lib@1'],
      'bad@1': ['depend type=require fmri=lib@2'],
      'lib@1': [],
    })
    writeFileSync(join(folder, 'image.json'), JSON.stringify({ publishers: ['example.org'], installed: [] }))
    const request = (name: string, pattern: string) => {
      const content = { image: 'image.json', operation: 'install', patterns: [pattern], reject: [] }
      writeFileSync(join(folder, name), JSON.stringify(content))
    }
    request('request.json', 'app')
    request('unsolvable.json', 'bad')
    request('bad-pattern.json', 'app@x')
    const usual = (option: string, value: string) => (more.includes(option) ? [] : [option, value])
    const words = ['plan', ...usual('--catalog', 'catalog'), ...usual('--request', 'request.json'), ...more]
    // An option before the command takes the way of all other commands.
    const [own, whole] = [[], ['--no-network-cache']].map((before) => {
      const all = [...before, ...words]
      expect(programFor(all)).toBe(before.length === 0 ? 'pkg6-plan.cjs' : 'pkg6-whole.cjs')
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(bin, 'pkg6.cjs'), ...all], {
        cwd: folder,
        env: { HOME: usedHome },
        encoding: 'utf8',
      })
      return { status, stdout, stderr }
    })
    expect(own).toEqual(whole)
    expect(own?.status).toBe(exit)
  })

  it('is also there for those who import', () => {
    const words = [join(bin, 'pkg6.mjs'), 'version']
    expect(spawnSync(process.execPath, words, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })
})
