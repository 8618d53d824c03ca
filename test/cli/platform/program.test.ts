import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  loadProgram,
  programFiles,
  programFor,
  programSource,
  sealCompiled,
} from '../../../cli/platform/program.ts'
import { writeCatalogFolder } from '../../support/catalog-folder.ts'
import { projectRoot } from '../../support/shared-data.ts'

const require = createRequire(import.meta.url)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pkg6-program-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes a program that gives a number, and the code that V8 makes of it. */
function write(number: number, also: 'source and code' | 'source'): void {
  const files = programFiles(folder, 'plan')
  writeFileSync(files.source, programSource(`function answer(){return ${number}} exports.answer = answer()`))
  if (also === 'source') return
  const { script, evaluate } = loadProgram({ ...files, compiled: join(folder, 'none') }, require)
  evaluate()
  writeFileSync(files.compiled, sealCompiled(script.createCachedData(), readFileSync(files.source, 'latin1')))
}

describe('a program with compiled code', () => {
  const load = () => {
    const { precompiled, evaluate } = loadProgram(programFiles(folder, 'plan'), require)
    return { precompiled, ...(evaluate() as { answer: number }) }
  }

  it('runs with it', () => {
    write(41, 'source and code')
    expect(load()).toEqual({ precompiled: true, answer: 41 })
  })

  it.each<[string, (compiled: string) => void]>([
    ['is of another source of the same length', () => write(42, 'source')],
    ['is missing', (path) => rmSync(path)],
    ['is empty', (path) => writeFileSync(path, '')],
    ['is cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, -8))],
    ['ends after its head', (path) => writeFileSync(path, readFileSync(path).subarray(0, 24))],
    ['goes on', (path) => appendFileSync(path, 'more')],
    ['is damaged', (path) => writeFileSync(path, damaged(readFileSync(path), -20))],
  ])('runs without it when it %s', (_, spoil) => {
    write(41, 'source and code')
    spoil(programFiles(folder, 'plan').compiled)
    const { source } = programFiles(folder, 'plan')
    const answer = Number(/return (\d+)/.exec(readFileSync(source, 'utf8'))?.[1])
    expect(load()).toEqual({ precompiled: false, answer })
  })

  it('runs without it when V8 has other flags now', () => {
    write(41, 'source and code')
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
    const { source } = programFiles(folder, 'plan')
    writeFileSync(source, programSource(text))
    expect(load().answer).toEqual({ has: true, keys: true, eol: '\n' })
  })
})

function damaged(bytes: Buffer, at: number): Buffer {
  bytes[bytes.length + at]! ^= 1
  return bytes
}

const bin = join(projectRoot, 'dist', 'bin')
const built = existsSync(join(bin, 'pkg6.cjs'))
if (!built) process.stderr.write('skipped: the bundle has not been built\n')

describe.skipIf(!built)('the built pkg6', () => {
  it.each(['plan', 'whole'] as const)(
    'has compiled code of %s that this Node takes where it built it',
    (name) => {
      const { precompiled, evaluate } = loadProgram(
        programFiles(bin, name),
        createRequire(join(bin, 'pkg6.cjs')),
      )
      expect(Object.keys(evaluate() as object).sort()).toEqual(['processIo', 'runPkg6'])
      expect(precompiled).toBe(true)
    },
  )

  it('loads for a plan neither network, cryptography, database nor the packages beside it', () => {
    writeCatalogFolder(join(folder, 'catalog'), 'example.org', { 'app@1': [] })
    writeFileSync(join(folder, 'image.json'), JSON.stringify({ publishers: ['example.org'], installed: [] }))
    const request = { image: 'image.json', operation: 'install', patterns: ['pkg:/app'] }
    writeFileSync(join(folder, 'request.json'), JSON.stringify(request))
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
    ['a plan', [], 0],
    ['what it cost', ['--write-cnf', 'cnf', '--write-cudf', 'cudf'], 0],
    ['no solution', ['--request', 'unsolvable.json'], 1],
    ['a pattern that is none', ['--request', 'bad-pattern.json'], 1],
    ['a missing catalog', ['--catalog', 'none'], 1],
    ['a missing request', ['--request', 'none'], 1],
    ['a damaged index', ['--index', 'image.json'], 1],
    ['a wrong option', ['--wrong'], 2],
    ['an operand', ['operand'], 2],
    ['a wish for help', ['-?'], 0],
    ['other engines', ['--sat-backend', 'cadical'], 0],
    ['the oldest engine', ['--sat-backend', 'logic-solver'], 0],
  ])('says the same of %s in the program of plan as in the whole one', (_, more, exit) => {
    writeCatalogFolder(join(folder, 'catalog'), 'example.org', {
      'app@1': ['depend type=require fmri=lib@1'],
      'bad@1': ['depend type=require fmri=lib@2'],
      'lib@1': [],
    })
    writeFileSync(join(folder, 'image.json'), JSON.stringify({ publishers: ['example.org'], installed: [] }))
    const request = (name: string, pattern: string) => {
      const wish = { image: 'image.json', operation: 'install', patterns: [pattern], reject: [] }
      writeFileSync(join(folder, name), JSON.stringify(wish))
    }
    request('request.json', 'app')
    request('unsolvable.json', 'bad')
    request('bad-pattern.json', 'app@x')
    const usual = (option: string, value: string) => (more.includes(option) ? [] : [option, value])
    const words = ['plan', ...usual('--catalog', 'catalog'), ...usual('--request', 'request.json'), ...more]
    // An option before the command takes the way of all other commands.
    const [own, whole] = [[], ['--no-network-cache']].map((before) => {
      const all = [...before, ...words]
      expect(programFor(all)).toBe(before.length === 0 ? 'plan' : 'whole')
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(bin, 'pkg6.cjs'), ...all], {
        cwd: folder,
        env: { HOME: folder },
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
