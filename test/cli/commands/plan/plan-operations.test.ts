import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { smallFmri, writeCatalogFolder } from '../../../support/catalog-folder.ts'
import { type CommandLine, commandLine, told } from '../../../support/command-line.ts'

const fmri = (name: string) => smallFmri('example.org', name)
const self = 'feature/package/dependency/self'
const packages = {
  'app@1': ['depend type=require fmri=lib@1', 'depend type=require fmri=doc@1 facet.doc=true'],
  'lib@1': [],
  'doc@1': [],
  'leaf@1': [],
  'intel@1': ['set name=variant.arch value=i386'],
  'inc@1': [`depend type=incorporate fmri=os@1`],
  'inc@2': [`depend type=incorporate fmri=os@2`],
  'os@1': [`depend type=parent fmri=${self}`],
  'os@2': [`depend type=parent fmri=${self}`],
  'tool@1': [],
  'tool@2': ['depend type=origin root-image=true fmri=lib@2'],
}
const image = {
  publishers: ['example.org'],
  variants: { 'variant.arch': 'i386' },
  facets: { 'facet.doc': false },
  requested: ['app', 'intel', 'inc', 'os'],
  installed: ['app@1', 'inc@1', 'intel@1', 'leaf@1', 'lib@1', 'os@1'].map(fmri),
}
const behind = { parent: [fmri('os@2')] }

let line: CommandLine
beforeEach(() => {
  line = commandLine()
  writeCatalogFolder(line.path('catalog'), 'example.org', packages)
  mkdirSync(line.path('state'))
})
afterEach(() => line.remove())

async function plan(request: object, state: object = {}, ...more: string[]) {
  writeFileSync(line.path('state/image.json'), JSON.stringify({ ...image, ...state }))
  writeFileSync(line.path('request.json'), JSON.stringify({ image: 'state/image.json', ...request }))
  return line.pkg6('plan', '--catalog', 'catalog', '--request', 'request.json', ...more)
}

/** Words such as `+lib@1`, `-leaf@1`, `os@1>os@2`. */
async function changes(request: object, state: object = {}): Promise<readonly string[]> {
  const ran = await plan(request, state, '--json')
  const answer = JSON.parse(ran.stdout) as {
    plan: { add: string[]; remove: string[]; update: [string, string][] } | null
  }
  if (answer.plan === null) throw new Error(told(ran))
  const short = (text: string) => text.replace(/^pkg:\/\/example\.org\/(.*),.*$/, '$1')
  const { add, remove, update } = answer.plan
  const words = [
    ...add.map((text) => `+${short(text)}`),
    ...remove.map((text) => `-${short(text)}`),
    ...update.map(([from, to]) => `${short(from)}>${short(to)}`),
  ]
  expect(ran.exit, told(ran)).toBe(words.length === 0 ? 4 : 0)
  return words
}

describe('the operations of a request file', () => {
  it.each<[string, object, object, readonly string[]]>([
    [
      'exact-install',
      { operation: 'exact-install', patterns: ['lib'] },
      {},
      ['app', 'inc', 'intel', 'leaf', 'os'].map((one) => `-${one}@1`),
    ],
    ['autoremove of what nobody asked for', { operation: 'autoremove' }, {}, ['-leaf@1']],
    [
      'autoremove of nothing',
      { operation: 'autoremove' },
      { requested: ['app', 'inc', 'intel', 'leaf', 'os'] },
      [],
    ],
    ['change-facet', { operation: 'change-facet', facets: { doc: true } }, {}, ['+doc@1']],
    [
      'change-facet takes a setting back',
      { operation: 'change-facet', facets: { 'facet.doc': null } },
      {},
      ['+doc@1'],
    ],
    ['change-facet that asks for nothing new', { operation: 'change-facet', facets: { man: false } }, {}, []],
    [
      'change-facet that rejects',
      { operation: 'change-facet', facets: { man: false }, reject: ['leaf'] },
      {},
      ['-leaf@1'],
    ],
    ['change-variant', { operation: 'change-variant', variants: { arch: 'sparc' } }, {}, ['-intel@1']],
    [
      'change-variant, with its prefix',
      { operation: 'change-variant', variants: { 'variant.debug': 'true' } },
      {},
      [],
    ],
    ['sync', { operation: 'sync' }, behind, ['inc@1>inc@2', 'os@1>os@2']],
    ['sync of an image in step', { operation: 'sync' }, { parent: [fmri('os@1')] }, []],
    [
      'install in a child',
      { operation: 'install', patterns: ['doc'] },
      { parent: [fmri('os@1')] },
      ['+doc@1'],
    ],
    ['an origin of an unknown root image', { operation: 'install', patterns: ['tool'] }, {}, ['+tool@2']],
    [
      'an origin of a root image',
      { operation: 'install', patterns: ['tool'] },
      { root: [fmri('lib@1')] },
      ['+tool@1'],
    ],
    [
      'update of what is not there',
      { operation: 'update', patterns: ['doc'], 'ignore-missing': true },
      {},
      [],
    ],
    [
      'uninstall of what is not there',
      { operation: 'uninstall', patterns: ['doc', 'leaf'], 'ignore-missing': true },
      {},
      ['-leaf@1'],
    ],
  ])('%s', async (_, request, state, expected) => {
    expect(await changes(request, state)).toEqual(expected)
  })

  it('ends with 1 where change-facet, change-variant and sync have no solution, with 9 for the others', async () => {
    const lock = (name: string) => `depend type=require fmri=${name} facet.lock=true`
    writeCatalogFolder(line.path('catalog'), 'example.org', {
      'app@1': [lock('doc'), lock('lib')],
      'doc@1': ['depend type=exclude fmri=lib'],
      'lib@1': [],
      'tool@1': ['depend type=require-any fmri=p fmri=q', 'depend type=require-any fmri=r fmri=s'],
      ...Object.fromEntries(
        ['p@1', 'q@1'].map((name) => [name, ['depend type=exclude fmri=r', 'depend type=exclude fmri=s']]),
      ),
      'r@1': [],
      's@1': [],
    })
    const state = { facets: { 'facet.lock': false }, installed: [fmri('app@1')] }
    expect(await plan({ operation: 'install', patterns: ['tool'] }, state)).toMatchObject({ exit: 9 })
    const failed = await plan({ operation: 'change-facet', facets: { lock: true } }, state, '--json')
    expect(failed, told(failed)).toMatchObject({ exit: 1 })
    expect(JSON.parse(failed.stdout)).toMatchObject({ outcome: 'no-solution', explanation: { exit: 1 } })
  })
})

describe('bad requests', () => {
  it.each<[object, object, string]>([
    [{ operation: 'autoremove', patterns: ['lib'] }, {}, '/patterns is not empty, as autoremove takes none.'],
    [{ operation: 'sync', patterns: ['lib'] }, behind, '/patterns is not empty, as sync takes none.'],
    [{ operation: 'sync' }, {}, '/operation is not possible without a parent in the image file.'],
    [{ operation: 'change-facet' }, {}, '/facets is not one facet or more.'],
    [{ operation: 'change-facet', facets: { doc: 'yes' } }, {}, '/facets/doc is not true, false or null.'],
    [
      { operation: 'change-facet', facets: { 'version-lock.*': true } },
      {},
      '/facets is not without facet.version-lock.*',
    ],
    [{ operation: 'change-facet', facets: { 'a b': true } }, {}, '/facets is not without blanks in names.'],
    [{ operation: 'change-facet', facets: { '': null } }, {}, '/facets is not without empty names.'],
    [
      { operation: 'change-variant', variants: { 'a*': 'x' } },
      {},
      '/variants is not without wildcards in names.',
    ],
    [{ operation: 'change-variant' }, {}, '/variants is not one variant or more.'],
    [{ operation: 'change-variant', variants: { arch: null } }, {}, '/variants/arch is not a text.'],
    [
      { operation: 'install', patterns: ['lib'], facets: { doc: true } },
      {},
      '/facets is not empty, as install takes none.',
    ],
    [{ operation: 'update', variants: { arch: 'x' } }, {}, '/variants is not empty, as update takes none.'],
    [{ operation: 'update', 'ignore-missing': 1 }, {}, '/ignore-missing is not true or false.'],
    [{ operation: 'sync' }, { parent: ['os@2'] }, '/parent/0 is not a full FMRI'],
    [{ operation: 'update' }, { root: {} }, '/root is not a list of texts.'],
  ])('%j %j', async (request, state, message) => {
    const ran = await plan(request, state)
    expect(ran.stderr).toContain(message)
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
  })

  it('lets facet.version-lock.* be taken back', async () => {
    expect(await changes({ operation: 'change-facet', facets: { 'version-lock.*': null } })).toEqual([])
  })
})
