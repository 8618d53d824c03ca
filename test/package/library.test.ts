import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { smallFmri, writeCatalogFolder } from '../support/catalog-folder.ts'
import { publishRepository } from '../support/published-repository.ts'
import { projectRoot } from '../support/shared-data.ts'

interface PackageFile {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

const packageFile: PackageFile = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))

async function load(path: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(projectRoot, path)).href)) as Record<string, unknown>
}

const built = existsSync(join(projectRoot, 'dist', 'types'))
if (!built) process.stderr.write('skipped: dist is not built; npm test builds it first\n')

describe.skipIf(!built)('the built package', () => {
  test('holds every file that package.json promises', () => {
    const promised = Object.values(packageFile.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    )
    const missing = [...Object.values(packageFile.bin), ...promised].filter(
      (path) => !existsSync(join(projectRoot, path)),
    )
    expect(missing).toEqual([])
  })

  test('has the types of each entry in one file, and no other types', () => {
    const types = Object.values(packageFile.exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : [entry.types],
    )
    const found = readdirSync(join(projectRoot, 'dist', 'types'), { recursive: true })
    expect(found.map((name) => `./dist/types/${String(name)}`).sort()).toEqual(types.sort())
  })

  test.each([
    ['.', 'openImageAt'],
    ['./model', 'parseFmri'],
    ['./solver', 'resolveInstall'],
    ['./repo', 'createSource'],
    ['./executor', 'planActions'],
    ['./image', 'findImage'],
  ])('gives %s with %s', async (name, member) => {
    const entry = packageFile.exports[name]
    if (entry === undefined || typeof entry === 'string') throw new Error(`no export ${name}`)
    expect(typeof (await load(entry.default))[member]).toBe('function')
  })

  test('finds the code of its default engine', async () => {
    const solver = (await load('dist/lib/solver.mjs')) as typeof import('#solver')
    const backend = (await solver.loadBackend('minisat-wasm'))()
    backend.addClauses(Int32Array.of(1, 2, 0, -1, 0))
    expect(backend.solve({ assumptions: new Int32Array() })).toBe('sat')
    expect(backend.value(2)).toBe(true)
    backend.dispose()
  })
})

/** The programs of the page, by the name in their first line. */
function documented(): ReadonlyMap<string, string> {
  const page = readFileSync(join(projectRoot, 'docs', 'library.md'), 'utf8')
  return new Map(
    [...page.matchAll(/^```js\n(\/\/ (\S+\.mjs).*?)^```$/gms)].map(([, text = '', name = '']) => [
      name,
      text,
    ]),
  )
}

describe.skipIf(!built)('the packed package in an empty folder', () => {
  let folder: string
  const run = (command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder } })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pkg6-library-'))
    // The build stands; to make it anew would take it from under other tests.
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, projectRoot]
    const tarball = run('npm', ...pack).trim()
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
    run('npm', 'install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball}`)
    for (const [name, text] of documented()) writeFileSync(join(folder, name), text)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('brings no other package', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'pkg6',
    ])
  })

  test('previews a plan with the program of docs/library.md', () => {
    expect(documented().get('preview.mjs')!.trim().split('\n').length).toBeLessThanOrEqual(25)
    writeCatalogFolder(join(folder, 'catalog'), 'example.org', {
      'app@1': ['depend type=require fmri=lib@2'],
      'lib@1': [],
      'lib@2': [],
    })
    const installed = `pkg:/${smallFmri('example.org', 'lib@1').replace(/^pkg:\/+/, '/')}`
    expect(run('node', 'preview.mjs', 'catalog', 'example.org', 'app', installed)).toMatch(
      /^\+ pkg:\/\/example\.org\/app@1\S*\n~ pkg:\/\/example\.org\/lib@1\S* -> pkg:\/\/example\.org\/lib@2\S*\n$/,
    )
  })

  test('lists an image with the program of docs/library.md', () => {
    const pkg6 = (...words: readonly string[]) => run('node', 'node_modules/pkg6/dist/bin/pkg6.cjs', ...words)
    pkg6('image-create', '--user', '--no-refresh', 'image')
    expect(run('node', 'list.mjs', join(folder, 'image'))).toBe('')
  })

  test('updates an image with the program of docs/library.md', () => {
    const pkg6 = (...words: readonly string[]) => run('node', 'node_modules/pkg6/dist/bin/pkg6.cjs', ...words)
    const version = (number: number): string =>
      `set name=pkg.fmri value=pkg://test/app@${number},5.11-0:20260101T00000${number}Z
file c${number} path=etc/app.conf mode=0644 owner=root group=root preserve=true
`
    const contents = new Map([1, 2].map((number) => [`c${number}`, `content ${number}\n`]))
    publishRepository(join(folder, 'repo'), [version(1)], contents)
    pkg6('image-create', '-p', 'repo', 'updated')
    pkg6('-R', 'updated', 'install', 'app')
    const conf = join(folder, 'updated', 'etc', 'app.conf')
    writeFileSync(conf, 'edited\n')
    publishRepository(join(folder, 'repo'), [version(1), version(2)], contents)
    expect(run('node', 'update.mjs', join(folder, 'updated'))).toMatch(
      /^replaces etc\/app\.conf\netc\/app\.conf is now \S+lost\+found\/etc\/app\.conf-\S+\n$/,
    )
    expect(readFileSync(conf, 'utf8')).toBe('content 2\n')
    expect(run('node', 'update.mjs', join(folder, 'updated'))).toBe('')
  })

  test('has types that need no other package', () => {
    writeFileSync(
      join(folder, 'check.ts'),
      `import { emptySnapshot, loadBackend, openImageAt, resolveInstall } from 'pkg6'
import type { SqlEngine } from 'pkg6/image'
const image = await openImageAt('/image', 'read')
if (image.ok) await image.value.close()
export const engine: SqlEngine | undefined = undefined
export const input: Parameters<typeof resolveInstall>[0]['snapshot'] = emptySnapshot()
export const backend = await loadBackend('minisat-wasm')
`,
    )
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext']
    const types = ['--lib', 'es2023,esnext.disposable', '--types', 'node']
    const roots = ['--typeRoots', join(projectRoot, 'node_modules', '@types')]
    expect(run(process.execPath, tsc, ...options, ...types, ...roots, 'check.ts')).toBe('')
  })
})
