import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writeCatalogFolder } from '../../../support/catalog-folder.ts'
import { ask, fmri, image, line, planCommand, read, words } from '../../../support/plan-command.ts'

planCommand()

describe('bad input of pkg6 plan', () => {
  const state = (change: object) => ({ 'state/image.json': { ...image, ...change } })
  const request = { image: 'state/image.json', operation: 'install', patterns: ['pkg:/app'] }
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no JSON', { 'request.json': '{' }, 'request.json is not JSON.'],
    ['a list', { 'request.json': [] }, 'request.json is not an object.'],
    [
      'no image',
      { 'request.json': { ...request, image: undefined } },
      "request.json is not an object with 'image'.",
    ],
    [
      'missing image',
      { 'request.json': { ...request, image: 'none' } },
      'none cannot be read: it does not exist (ENOENT)',
    ],
    [
      'a folder',
      { 'request.json': { ...request, image: '.' } },
      'cannot be read: it is a directory (EISDIR)',
    ],
    [
      'operation',
      { 'request.json': { ...request, operation: 'explode' } },
      '/operation is not one of install, update',
    ],
    ['inherited', { 'request.json': { ...request, operation: '__proto__' } }, '/operation is not one of'],
    ['patterns', { 'request.json': { ...request, patterns: 'app' } }, '/patterns is not a list of texts.'],
    ['a pattern', { 'request.json': { ...request, patterns: ['a', 1] } }, '/patterns/1 is not a text.'],
    [
      'no patterns',
      { 'request.json': { ...request, patterns: [] } },
      '/patterns is not one pattern or more.',
    ],
    ['reject', { 'request.json': { ...request, reject: {} } }, '/reject is not a list of texts.'],
    ['FMRI', state({ installed: ['pkg:/lib@1'] }), '/installed/0 is not a full FMRI'],
    ['broken FMRI', state({ installed: ['pkg://a/b c@1'] }), '/installed/0 is not a full FMRI'],
    [
      'installed twice',
      state({ installed: [fmri('lib@1'), fmri('lib@2')] }),
      '/installed/1 is not one version of lib only',
    ],
    ['publisher', state({ publishers: ['a/b'] }), '/publishers/0 is not a publisher name.'],
    [
      'a publisher named twice',
      state({ publishers: ['a', 'b', 'a'] }),
      '/publishers/2 is not another publisher than a, which is named already.',
    ],
    ['variants', state({ variants: { a: 1 } }), '/variants/a is not a text.'],
    ['facets', state({ facets: { doc: 'no' } }), '/facets/doc is not true or false.'],
    [
      'a facet set twice',
      state({ facets: { 'facet.doc': true, doc: false } }),
      '/facets/doc is not the only value of facet.doc.',
    ],
    ['frozen', state({ frozen: ['lib'] }), '/frozen/0 is not a package name with @VERSION.'],
    ['avoided', state({ avoided: ['a b'] }), '/avoided/0 is not a package name.'],
    [
      'prototype only',
      { 'state/image.json': '{"__proto__": {"publishers": [], "installed": []}}' },
      "'publishers'",
    ],
    ['catalog part', { 'catalog/catalog.base.C': '{}' }, 'catalog.base.C'],
  ])('%s', async (_, files, message) => {
    for (const [name, content] of Object.entries(files))
      writeFileSync(line.path(name), typeof content === 'string' ? content : JSON.stringify(content))
    const ran = await line.pkg6(
      ...words('--json', '--index', 'kept', '--write-cnf', 'a', '--write-cudf', 'b'),
    )
    expect(ran.stderr).toContain(message)
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    for (const name of ['kept', 'a', 'b']) expect(existsSync(line.path(name)) && name !== 'kept').toBe(false)
  })

  it('takes hostile names for names', async () => {
    const hostile = { '__proto__@1': ['depend type=require fmri=constructor@1'], 'constructor@1': [] }
    writeCatalogFolder(line.path('hostile'), 'example.org', { 'lib@3': [], ...hostile })
    writeFileSync(
      line.path('state/image.json'),
      `{"publishers": ["example.org"], "installed": [], "variants": {"__proto__": "x"}, "facets": {"__proto__": true}}`,
    )
    ask('install', ['pkg:/constructor'])
    const answer = read(await line.pkg6(...words('--catalog', 'hostile', '--json')))
    expect(answer.plan?.add).toEqual([fmri('constructor@1')])
    expect(answer.reasons[0]?.chain).toEqual([{ kind: 'asked-for', pattern: 'pkg:/constructor' }])
  })

  it('refuses folders without a catalog, and files that cannot be written', async () => {
    mkdirSync(line.path('empty'))
    expect((await line.pkg6('plan', '--catalog', 'empty', '--request', 'request.json')).stderr).toContain(
      'has no catalog.base.C',
    )
    const ran = await line.pkg6(...words('--write-cnf', 'no/such/folder/x'))
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    expect(ran.stderr).toContain('cannot be written: it does not exist (ENOENT)')
  })

  it('refuses what is no folder', async () => {
    symlinkSync('loop', line.path('loop'))
    for (const name of ['request.json', 'loop', 'n'.repeat(300)]) {
      const ran = await line.pkg6('plan', '--catalog', name, '--request', 'request.json')
      expect(ran, name).toMatchObject({ exit: 1, stdout: '' })
      expect(ran.stderr, name).toContain('catalog.base.C')
    }
  })

  it('waits for no pipe in the place of a part or an index', async () => {
    mkdirSync(line.path('piped'))
    for (const name of ['piped/catalog.base.C', 'pipe']) spawnSync('mkfifo', [line.path(name)])
    const part = await line.pkg6('plan', '--catalog', 'piped', '--request', 'request.json')
    expect(part).toMatchObject({ exit: 1, stdout: '' })
    expect(part.stderr).toContain('is invalid: it is not a regular file')
    const index = await line.pkg6(...words('--index', 'pipe'))
    expect(index).toMatchObject({ exit: 1, stdout: '' })
    expect(index.stderr).toContain('is damaged or not a catalog index')
  })

  it('does not advise to remove a folder in the place of an index', async () => {
    const ran = await line.pkg6(...words('--index', 'state'))
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    expect(ran.stderr).toContain('state cannot be read: it is a directory (EISDIR)')
    expect(ran.stderr).not.toContain('Remove')
  })

  it.each<[readonly string[], string]>([
    [['plan'], 'at least one --catalog is required'],
    [['plan', '--catalog', 'catalog'], '--request is required'],
    [['plan', '--catalog', 'c', '--request', 'r', 'x'], "does not take operands ('x')"],
    [['plan', '--catalog', 'c', '--request', 'r', '--deadline', '0'], "value '0' invalid: --deadline"],
    [['plan', '--catalog', 'c', '--request', 'r', '--deadline', '1e9'], "value '1e9' invalid: --deadline"],
    [['plan', '--sat-backend', 'zchaff'], "Argument 'zchaff' for option '--sat-backend' is invalid."],
    [['-R', '/', 'plan'], '-R not allowed for plan subcommand'],
  ])('%s', async (argv, message) => {
    const ran = await line.pkg6(...argv)
    expect(ran).toMatchObject({ exit: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
  })
})
