import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fmri, parseFmri, parseManifest } from '#model'
import { distributeActions, type RepositoryCatalog } from '#repo'
import {
  catalogTimestamp,
  emptyAttributes,
  openAttributes,
  serialiseAttributes,
} from '../../../repo/catalog/catalog-attrs.ts'
import { canonicalJson, openSignedFile, signFile } from '../../../repo/catalog/catalog-canonical.ts'
import { openLog, serialiseLog } from '../../../repo/catalog/catalog-log.ts'
import { openPart, serialisePart } from '../../../repo/catalog/catalog-part.ts'
import {
  newRepositoryCatalog,
  openRepositoryCatalog,
  rebuildCatalog,
  updateCatalog,
} from '../../../repo/publish/catalog-publish.ts'
import { demoFiles, demoManifest, demoManifestSha1, demoVersion } from '../../support/demo-catalog.ts'
import { sharedData } from '../../support/shared-data.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const fmri = (text: string): Fmri => {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
const manifest = (text: string) => {
  const parsed = parseManifest(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
const opened = async (files: ReadonlyMap<string, Uint8Array>): Promise<RepositoryCatalog> => {
  const catalog = await openRepositoryCatalog((name) => files.get(name))
  if (typeof catalog !== 'object') throw new Error(String(catalog))
  return catalog
}
const texts = (files: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...files].map(([name, content]) => [name, Buffer.from(content).toString()]))

describe('signatures', () => {
  test.each(Object.keys(demoFiles).filter((name) => name.startsWith('catalog.') && name !== 'catalog.attrs'))(
    '%s verifies and is written again as it was',
    (name) => {
      const part = openPart(name, bytes(demoFiles[name]!))
      if (typeof part === 'string') throw new Error(part)
      const written = serialisePart(part.part)
      expect(Buffer.from(written.bytes).toString()).toBe(demoFiles[name])
      expect(written.sha1).toBe(part.sha1)
    },
  )

  test('the attributes and the log verify and are written again as they were', async () => {
    const attributes = await openAttributes(bytes(demoFiles['catalog.attrs']!))
    if (typeof attributes === 'string') throw new Error(attributes)
    expect(Buffer.from(serialiseAttributes(attributes).bytes).toString()).toBe(demoFiles['catalog.attrs'])
    const name = 'update.20240102T03Z.C'
    const log = await openLog(bytes(demoFiles[name]!))
    if (typeof log === 'string') throw new Error(log)
    expect(Buffer.from(serialiseLog(log.log).bytes).toString()).toBe(demoFiles[name])
  })

  test('_FEATURE is data; an empty object has a signature too', () => {
    const part = openPart('catalog.summary.C', bytes(demoFiles['catalog.summary.C']!))
    if (typeof part === 'string') throw new Error(part)
    part.part.metadata.set('_FEATURE', ['ooce:utf8'])
    const written = serialisePart(part.part)
    expect(written.sha1).toBe('40dc73842af0cda3597cc8275464a3f5c614f0a5')
    const again = openPart('catalog.summary.C', written.bytes)
    expect(typeof again === 'string' ? again : again.part).toEqual(part.part)
    expect(signFile(new Map())).toEqual({
      bytes: bytes('{"_SIGNATURE":{"sha-1":"5f36b2ea290645ee34d943220a14b54ee5ea5be5"}}\n'),
      sha1: '5f36b2ea290645ee34d943220a14b54ee5ea5be5',
    })
    expect(typeof openSignedFile(signFile(new Map()).bytes)).toBe('object')
  })

  test('pretty-printed, reordered and raw UTF-8 files verify as well', () => {
    const parsed = JSON.parse(demoFiles['catalog.summary.C']!)
    const { _SIGNATURE: signature, ...rest } = parsed
    for (const text of [
      JSON.stringify(parsed, null, 4),
      JSON.stringify({ _SIGNATURE: signature, ...rest }),
    ]) {
      expect(text).toContain('ö')
      expect(typeof openPart('catalog.summary.C', bytes(text))).toBe('object')
    }
  })

  test.each([
    ['no signature', '{"a":{}}', 'no signature'],
    [
      'a second algorithm',
      '{"_SIGNATURE":{"sha-1":"5f36b2ea290645ee34d943220a14b54ee5ea5be5","sha-256":""}}',
      'no signature',
    ],
    [
      'another digest',
      '{"_SIGNATURE":{"sha-1":"0f36b2ea290645ee34d943220a14b54ee5ea5be5"}}',
      'its content has',
    ],
    ['a changed byte', demoFiles['catalog.base.C']!.replace('2.4,', '2.5,'), 'its content has'],
    ['half the file', demoFiles['catalog.base.C']!.slice(0, 90), 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['nothing', '', 'not JSON'],
    [
      'deep nesting',
      `{"_X":${'['.repeat(5000)}${']'.repeat(5000)},"_SIGNATURE":{"sha-1":"00"}}`,
      'nested too deeply',
    ],
  ])('refuses a file with %s', (_, text, reason) => {
    expect(openPart('catalog.base.C', bytes(text))).toContain(reason)
  })

  test('refuses bytes that are no UTF-8', () => {
    expect(openSignedFile(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe('it is not JSON')
  })

  test.each([
    ['a publisher that is a list', { 'example.com': [] }],
    ['versions that are no list', { 'example.com': { a: {} } }],
    ['an entry that is null', { 'example.com': { a: [null] } }],
    ['a version that is a number', { 'example.com': { a: [{ version: 1 }] } }],
    ['actions that are text', { 'example.com': { a: [{ version: '1', actions: 'depend' }] } }],
    ['an action that is a number', { 'example.com': { a: [{ version: '1', actions: [1] }] } }],
    [
      'a manifest digest that is an object',
      { 'example.com': { a: [{ version: '1', 'signature-sha-1': {} }] } },
    ],
  ])('refuses a part with %s', (_, value) => {
    expect(typeof openPart('catalog.base.C', signFile(new Map(Object.entries(value))).bytes)).toBe('string')
  })

  test('a part keeps names that mean something to JavaScript', () => {
    const text =
      '{"__proto__":[],"toString":{"__proto__":[{"version":"1"}],"7":[{"version":"1"}],"10":[{"version":"2"}]}}'
    const signed = signFile(new Map(Object.entries(JSON.parse(text))))
    const part = openPart('catalog.base.C', signed.bytes)
    if (typeof part === 'string') throw new Error(part)
    expect([...part.part.publishers.keys()]).toEqual(['toString'])
    expect([...part.part.metadata.keys()]).toEqual(['__proto__'])
    expect(serialisePart(part.part)).toEqual(signed)
    expect(Buffer.from(signed.bytes).toString()).toMatch(
      /^\{"__proto__":\[\],"toString":\{"10":.*"7":.*"__proto__":/,
    )
  })

  test('canonical text says the same as the value, sorted, in ASCII', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as never)
        expect(text).toMatch(/^[\x20-\x7f]*$/)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
  })

  test('escapes are those of the reference', () => {
    expect(canonicalJson(['"\\\b\f\n\r\t\u0001/', 'ö😀', { b: 1, a: 2, ä: 3 }])).toBe(
      '["\\"\\\\\\b\\f\\n\\r\\t\\u0001/","\\u00f6\\ud83d\\ude00",{"a":2,"b":1,"\\u00e4":3}]',
    )
  })

  test.skipIf(sharedData('data', 'repos') === undefined)(
    'every catalog of the sample repositories verifies',
    async () => {
      const repositories = sharedData('data', 'repos')!
      let checked = 0
      for (const repository of readdirSync(repositories)) {
        const publishers = join(repositories, repository, 'publisher')
        if (!existsSync(publishers)) continue
        for (const publisher of readdirSync(publishers)) {
          const read = (name: string) => readFileSync(join(publishers, publisher, 'catalog', name))
          const catalog = await openRepositoryCatalog(read)
          if (typeof catalog !== 'object') throw new Error(`${repository} ${publisher} ${catalog}`)
          for (const [name, part] of catalog.parts) {
            expect(Buffer.from(serialisePart(part).bytes).equals(read(name))).toBe(true)
            checked++
          }
        }
      }
      expect(checked).toBe(12)
    },
  )
})

describe('catalog.attrs', () => {
  const attributes = JSON.parse(demoFiles['catalog.attrs']!) as Record<string, unknown>
  delete attributes._SIGNATURE
  test.each([
    ['no parts', { parts: undefined }],
    ['parts that are a list', { parts: [] }],
    [
      'a part that leaves the folder',
      { parts: { 'catalog.base.C/../../x': { 'last-modified': '20240101T000000Z' } } },
    ],
    ['a part named ..', { parts: { '..': { 'last-modified': '20240101T000000Z' } } }],
    ['a part of another name', { parts: { 'base.C': { 'last-modified': '20240101T000000Z' } } }],
    ['a record without time', { parts: { 'catalog.base.C': {} } }],
    ['a time in milliseconds', { 'last-modified': '20240101T000000.123Z' }],
    ['a count that is text', { 'package-count': '1' }],
    ['a version from the future', { version: 2 }],
    ['a prototype for parts', { parts: JSON.parse('{"__proto__":{"last-modified":"20240101T000000Z"}}') }],
  ])('are refused with %s', async (_, change) => {
    const members = Object.entries({ ...attributes, ...change }).filter(([, value]) => value !== undefined)
    expect(typeof (await openAttributes(signFile(new Map(members as never)).bytes))).toBe('string')
  })

  test('may have null times', async () => {
    const empty = { ...emptyAttributes('x'), created: null, lastModified: null }
    expect(await openAttributes(serialiseAttributes(empty).bytes)).toEqual(empty)
  })

  test.each([
    [0, 0, '19700101T000000Z'],
    [1704164700000, 123, '20240102T030500.000123Z'],
    [1704164700120, 0, '20240102T030500.120000Z'],
  ])('time %i and %i', (milliseconds, microseconds, text) => {
    expect(catalogTimestamp(milliseconds, microseconds)).toBe(text)
  })
})

describe('actions of a manifest', () => {
  test('go to the parts of the table', () => {
    const parts = distributeActions(
      manifest(`set name=pkg.fmri value=pkg://p/a@1
set name=pkg.summary value=s
set name=pkg.summary:fr value=f
set name=variant.arch value=i386
set name=facet.x value=1
set name=pkg.depend.install-hold value=h
set name=pkg.obsolete value=false
set name=info.source-url value=u
set name=publisher value=p
set name=pkg.linted.x value=true
set name=odd:../x value=1
dir path=a owner=root group=bin mode=0755
depend type=require fmri=b
`),
    )
    expect(Object.fromEntries(parts)).toEqual({
      'catalog.dependency.C': [
        'depend fmri=b type=require',
        'set name=variant.arch value=i386',
        'set name=facet.x value=1',
        'set name=pkg.depend.install-hold value=h',
        'set name=pkg.obsolete value=false',
      ],
      'catalog.summary.C': ['set name=pkg.summary value=s', 'set name=odd:../x value=1'],
      'catalog.summary.fr': ['set name=pkg.summary:fr value=f'],
    })
  })
})

describe('publishing', () => {
  const demo = fmri(`pkg://example.com/demo/tool@${demoVersion}`)
  const actions = distributeActions(manifest(demoManifest))
  const add = { type: 'add', fmri: demo, manifestSha1: demoManifestSha1, actions } as const
  const time = '20240102T030500.000123Z'

  test('the first package gives the files of the reference', async () => {
    const files = await updateCatalog(newRepositoryCatalog('20240101T000000Z'), [add], time)
    if (!files.ok) throw new Error(JSON.stringify(files.error))
    expect(texts(files.value.files)).toEqual(demoFiles)
    expect([...files.value.files.keys()].at(-1)).toBe('catalog.attrs')
  })

  test('a version is added once, whatever its build', async () => {
    const files = rebuildCatalog([add], time)
    const other = { ...add, fmri: fmri(`pkg://example.com/demo/tool@${demoVersion.replace('5.11', '5.10')}`) }
    for (const again of [add, other]) {
      const result = await updateCatalog(await opened(files), [again], time)
      expect(result.ok ? undefined : result.error.kind).toBe('duplicate')
    }
  })

  test('a removal is logged with its entries, empties the parts and keeps them', async () => {
    const first = rebuildCatalog([add], time)
    const removed = await updateCatalog(
      await opened(first),
      [{ type: 'remove', fmri: demo }],
      '20240102T033000Z',
    )
    if (!removed.ok) throw new Error(JSON.stringify(removed.error))
    expect([...removed.value.files.keys()]).toEqual([
      'catalog.base.C',
      'catalog.dependency.C',
      'catalog.summary.C',
      'update.20240102T03Z.C',
      'catalog.attrs',
    ])
    const after = await opened(removed.value.files)
    expect(after.attributes).toMatchObject({
      created: time,
      lastModified: '20240102T033000Z',
      packageCount: 0,
    })
    expect(after.parts.get('catalog.base.C')?.publishers.size).toBe(0)
    const again = await updateCatalog(after, [{ type: 'remove', fmri: demo }], '20240102T033100Z')
    expect(again.ok ? undefined : again.error.kind).toBe('missing')
  })

  test('a second operation of the hour is appended to its log', async () => {
    const one = await updateCatalog(newRepositoryCatalog('20240101T000000Z'), [add], time)
    if (!one.ok) throw new Error('add')
    const two = await updateCatalog(
      await opened(one.value.files),
      [{ type: 'remove', fmri: demo }],
      '20240102T033000Z',
    )
    if (!two.ok) throw new Error('remove')
    const log = await openLog(two.value.files.get('update.20240102T03Z.C')!)
    if (typeof log === 'string') throw new Error(log)
    const operations = log.log.publishers.get('example.com')?.get('demo/tool')
    expect(operations?.map((entry) => entry['op-type'])).toEqual(['add', 'remove'])
    expect(operations?.[1]?.['catalog.base.C']).toEqual({
      'signature-sha-1': demoManifestSha1,
      version: demoVersion,
    })
  })
})
