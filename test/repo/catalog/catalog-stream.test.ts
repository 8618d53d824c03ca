import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PublisherName } from '#model'
import { type CatalogEntry, readCatalogFolders } from '#repo'
import { type CatalogJson, signFile } from '../../../repo/catalog/catalog-canonical.ts'
import { createCollector } from '../../../repo/catalog/catalog-collect.ts'
import { createLineTable } from '../../../repo/catalog/catalog-lines.ts'
import { addOrigin } from '../../../repo/catalog/catalog-merge.ts'
import { openPart, serialisePart } from '../../../repo/catalog/catalog-part.ts'
import { rewritePart, scanStems } from '../../../repo/catalog/catalog-rewrite.ts'
import { createPartScanner, type PartVisitor } from '../../../repo/catalog/catalog-scan.ts'
import { scanBasePart, scanDependencyPart } from '../../../repo/catalog/catalog-stream.ts'
import { encodeCollection } from '../../../repo/index-file/catalog-index.ts'
import { encodeCatalogIndex } from '../../support/build-catalog.ts'
import { sampled } from '../../support/sampling.ts'

const publisher = 'example.com' as PublisherName
const other = 'other.example' as PublisherName

type Stems = Record<string, readonly { readonly [key: string]: CatalogJson }[]>
const sign = (value: Record<string, Stems | readonly string[]>): Buffer =>
  Buffer.from(signFile(new Map(Object.entries(value as Record<string, CatalogJson>))).bytes)

/** A file that ends in a signature of whatever stands before it. */
function signText(members: string): Buffer {
  const sha1 = createHash('sha1').update(`{${members}}\n`).digest('hex')
  return Buffer.from(`{${members}${members === '' ? '' : ','}"_SIGNATURE":{"sha-1":"${sha1}"}}\n`)
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + lengths[turn % lengths.length]!
    yield bytes.subarray(at, end)
    at = end
  }
}

interface Parts {
  readonly base: Buffer
  readonly dependency: Buffer | undefined
}

/** The index by the scanners; undefined when one of them refuses. */
function byScanner({ base, dependency }: Parts, lengths: readonly number[]): Uint8Array | undefined {
  const collector = createCollector()
  collector.addPublisher(publisher)
  const choose = (name: string) => (name === publisher ? publisher : undefined)
  const actions = scanDependencyPart(choose, 16)
  if (dependency !== undefined) {
    for (const piece of cut(dependency, lengths)) actions.scanner.take(piece)
    if (actions.scanner.finish() === undefined) return undefined
  }
  const scanner = scanBasePart(
    choose,
    dependency === undefined ? undefined : actions.actions(),
    collector,
    16,
  )
  for (const piece of cut(base, lengths)) scanner.take(piece)
  return scanner.finish() === undefined ? undefined : encodeCollection(collector.collection(), 'stamp')
}

/** The index by reading each part as one JSON text; a string says why not. */
function byObjects({ base, dependency }: Parts): Uint8Array | string {
  const opened = openPart('catalog.base.C', base)
  if (typeof opened === 'string') return opened
  const more = dependency === undefined ? undefined : openPart('catalog.dependency.C', dependency)
  if (typeof more === 'string') return more
  const collector = createCollector()
  collector.addPublisher(publisher)
  addOrigin(collector, publisher, { base: opened.part, dependency: more?.part })
  return encodeCollection(collector.collection(), 'stamp')
}

const versionText = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 4 })).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom(
    '1,5.11-2:20240102T030405Z',
    '1,5.11-2:20240102T030406Z',
    '1,5.11-2',
    '1-2:19691231T235959Z',
    '1-2:19700101T000000Z',
    '1-2:99991231T235959Z',
    '1-2:20230231T000000Z',
    '12345678901234567890.1,5.11:20240101T000000Z',
    '',
    'none',
    'é',
    '"',
  ),
)
const stemText = fc.constantFrom('a', 'b/c', 'lib/x', 'web', '12', '_d', '__proto__', 'é', 'a b', '')
const actionText = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('require', 'incorporate', 'optional', 'conditional', 'what'),
      fc.constantFrom('a', 'b/c', 'lib/x', 'absent'),
      versionText,
      fc.constantFrom('', ' facet.doc=true', ' variant.arch=i386 variant.arch=sparc', ' predicate=pkg:/web'),
    )
    .map(([type, stem, version, tags]) => `depend fmri=pkg:/${stem}@${version} type=${type}${tags}`),
  fc.constantFrom(
    'depend fmri=pkg://other.example/a@1 type=parent',
    'depend fmri=a fmri=pkg:/lib/x@1 type=require-any',
    'set name=pkg.obsolete value=true',
    'set name=pkg.depend.install-hold value="core os"',
    'set name=variant.arch value=i386 value=sparc',
    'set name=variant.debug value=x',
    'set name=note value="ünïcode \\\\ and \t"',
    'nonsense',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const digest = fc.constantFrom('0123456789abcdef0123456789abcdef01234567', 'short', undefined)
const entries = fc.uniqueArray(
  fc.record({
    publisher: fc.constantFrom(publisher, publisher, publisher, other),
    stem: stemText,
    version: versionText,
    digest,
    actions: fc.array(actionText, { maxLength: 4 }),
    listed: fc.boolean(),
  }),
  { selector: ({ publisher: name, stem, version }) => JSON.stringify([name, stem, version]), maxLength: 14 },
)
const catalog = fc
  .record({ entries, feature: fc.constantFrom(undefined, [], ['ooce:utf8'], ['a', 'b']) })
  .map(({ entries: list, feature }): Parts => {
    const base: Record<string, Stems | readonly string[]> = Object.create(null)
    const dependency: Record<string, Stems | readonly string[]> = Object.create(null)
    for (const one of list) {
      const put = (to: Record<string, Stems | readonly string[]>, entry: { [key: string]: CatalogJson }) => {
        to[one.publisher] ??= Object.create(null) as Stems
        const stems = to[one.publisher] as Record<string, { [key: string]: CatalogJson }[]>
        const versions = Object.hasOwn(stems, one.stem) ? stems[one.stem]! : []
        Object.defineProperty(stems, one.stem, { value: versions, enumerable: true, configurable: true })
        versions.push(entry)
      }
      const sha1 = one.digest === undefined ? {} : { 'signature-sha-1': one.digest }
      put(base, { ...sha1, version: one.version })
      if (one.listed) put(dependency, { actions: one.actions, version: one.version })
    }
    if (feature !== undefined) base._FEATURE = feature
    return { base: sign(base), dependency: Object.keys(dependency).length > 0 ? sign(dependency) : undefined }
  })
const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 })

describe('a part in pieces', () => {
  test('gives the index that the part as one JSON text gives, however it is cut', () => {
    let accepted = 0
    let tried = 0
    fc.assert(
      fc.property(catalog, lengths, (parts, sizes) => {
        const quick = byScanner(parts, sizes)
        tried += 1
        if (quick === undefined) return
        accepted += 1
        expect(Buffer.from(quick).equals(byObjects(parts) as Uint8Array)).toBe(true)
      }),
      { numRuns: sampled(200, 400), seed: 7 },
    )
    // What it refuses has names or versions that no catalog of a repository has.
    expect(accepted).toBeGreaterThan(tried / 8)
  })

  test('never accepts damage that the JSON reader refuses, nor reads it otherwise', () => {
    const damage = fc.record({
      kind: fc.constantFrom('flip', 'cut', 'insert', 'double', 'append'),
      at: fc.nat(),
      byte: fc.constantFrom(
        0,
        0x0a,
        0x20,
        0x22,
        0x2c,
        0x5b,
        0x5c,
        0x5d,
        0x7b,
        0x7d,
        0x7f,
        0x80,
        0xc3,
        0xef,
        0x61,
      ),
      resign: fc.boolean(),
    })
    fc.assert(
      fc.property(catalog, lengths, damage, (parts, sizes, { kind, at, byte, resign }) => {
        const hurt = (file: Buffer): Buffer => {
          const text = resign
            ? file.subarray(1, file.lastIndexOf('"_SIGNATURE"') - (file[1] === 0x22 ? 1 : 0))
            : file
          const place = text.length === 0 ? 0 : at % text.length
          const before = text.subarray(0, place)
          const after = text.subarray(place)
          const one = Buffer.from([byte])
          const changed =
            kind === 'flip'
              ? Buffer.concat([before, one, after.subarray(1)])
              : kind === 'cut'
                ? before
                : kind === 'insert'
                  ? Buffer.concat([before, one, after])
                  : kind === 'double'
                    ? Buffer.concat([text, resign ? Buffer.from(',') : Buffer.alloc(0), text])
                    : Buffer.concat([text, one])
          return resign ? signText(changed.toString('latin1')) : changed
        }
        for (const damaged of [
          { ...parts, base: hurt(parts.base) },
          { ...parts, dependency: parts.dependency && hurt(parts.dependency) },
        ]) {
          const quick = byScanner(damaged, sizes)
          if (quick === undefined) continue
          const slow = byObjects(damaged)
          if (typeof slow === 'string') throw new Error(`accepted what is wrong: ${slow}`)
          expect(Buffer.from(quick).equals(slow)).toBe(true)
        }
      }),
      { numRuns: sampled(400, 800), seed: 11 },
    )
  })

  const good = '"example.com":{"a":[{"version":"1"}]}'
  const accepts: readonly (readonly [string, string, boolean])[] = [
    ['an empty part', '', true],
    ['a plain part', good, true],
    ['empty lists and publishers', '"a":{},"b":{"c":[]}', true],
    ['metadata', `"_FEATURE":["ooce:utf8"],${good}`, true],
    ['a publisher twice', `${good},${good}`, false],
    ['a stem twice', '"a":{"b":[],"b":[]}', false],
    ['stems out of order', '"a":{"c":[],"b":[]}', false],
    ['a stem that objects put first', '"a":{"12":[]}', false],
    ['blanks', '"a": {}', false],
    ['another key', '"a":{"b":[{"metadata":{},"version":"1"}]}', false],
    ['a version twice', '"a":{"b":[{"version":"1","version":"2"}]}', false],
    ['no version', '"a":{"b":[{"signature-sha-1":"x"}]}', false],
    ['an escape in a name', '"a":{"\\u0062":[]}', false],
    ['a version that is a number', '"a":{"b":[{"version":1}]}', false],
    ['letters beyond ASCII', '"a":{"b":[{"version":"\xe9"}]}', false],
    ['a control character', '"a":{"b":[{"version":"\n"}]}', false],
    ['lists in lists', `"_FEATURE":${'['.repeat(5000)}${']'.repeat(5000)}`, false],
    ['a comma too many', '"a":{"b":[{"version":"1"},]}', false],
    ['a comma before the first', '"a":{"b":[,{"version":"1"}]}', false],
    ['a signature that is followed by more', '"_SIGNATURE":{"sha-1":"x"},"a":{}', false],
  ]
  const nobody: PartVisitor = {
    member() {},
    stem() {},
    entryStart() {},
    action() {},
    entry() {},
  }
  const scan = (bytes: Uint8Array, base = true): boolean => {
    const scanner = createPartScanner(base, nobody)
    scanner.take(bytes)
    return scanner.finish() !== undefined
  }

  test.each(accepts)('%s', (_, members, expected) => {
    const file = signText(members)
    expect(scan(file)).toBe(expected)
    if (expected) expect(typeof openPart('catalog.base.C', file)).toBe('object')
  })

  test('escapes in actions are read as JSON reads them, and broken ones are refused', () => {
    const part = (text: string) => signText(`"a":{"b":[{"actions":["${text}"],"version":"1"}]}`)
    const texts = [
      '\\"',
      '\\\\',
      '\\/\\b\\f\\n\\r\\t',
      '\\u00e9\\ud83d\\ude00',
      '\\x',
      '\\u12',
      '\\u12g4',
      '\\',
    ]
    const verdicts = texts.map((text) => [
      scan(part(text), false),
      typeof openPart('catalog.dependency.C', part(text)),
    ])
    expect(verdicts).toEqual([
      ...Array.from({ length: 4 }, () => [true, 'object']),
      ...Array.from({ length: 4 }, () => [false, 'string']),
    ])
  })

  test('what comes around a file: a mark before it, a line end or a blank behind it, a cut', () => {
    const file = signText(good)
    expect(scan(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), file]))).toBe(false)
    expect(scan(Buffer.concat([file, Buffer.from('\n')]))).toBe(false)
    expect(scan(Buffer.concat([file, Buffer.from(' ')]))).toBe(false)
    for (let length = 0; length < file.length; length += 1) expect(scan(file.subarray(0, length))).toBe(false)
    expect(scan(Buffer.from(file.toString().replace('"1"', '"2"')))).toBe(false)
  })

  test('a long entry is read, one without end is given up, and pieces are not read again and again', () => {
    let actions = 0
    const counting: PartVisitor = { ...nobody, action: () => (actions += 1) }
    const lines = Array.from({ length: 20_000 }, (_, index) => `"depend fmri=pkg:/a${index}@1 type=require"`)
    const long = signText(`"a":{"b":[{"actions":[${lines.join()}],"version":"1"}]}`)
    const scanner = createPartScanner(false, counting)
    for (const piece of cut(long, [4096])) scanner.take(piece)
    expect(scanner.finish()).toBeDefined()
    expect(actions).toBeLessThan(3 * lines.length)
    const endless = createPartScanner(true, nobody)
    let taken = 0
    const piece = Buffer.alloc(1 << 20, 'x')
    endless.take(Buffer.from('{"a":{"b":[{"version":"'))
    while (endless.take(piece)) taken += 1
    expect(taken).toBeLessThan(40)
  })
})

test('a part written anew has the bytes that editing it as objects gives', () => {
  const versions = fc.uniqueArray(fc.constantFrom('1', '1.1', '2', '3'), { minLength: 1 })
  const ascii = fc.constantFrom('a', 'b', 'c', 'd/e', 'zz')
  const partOf = (stems: fc.Arbitrary<string>) =>
    fc.dictionary(fc.constantFrom('m.example', 'p.example', 'q.example'), fc.dictionary(stems, versions))
  const changed = partOf(fc.oneof(ascii, fc.constantFrom('é', '12')))
  const text = (edited: boolean, value: Record<string, Record<string, string[]>>, feature: boolean) => {
    const members = Object.entries(value).flatMap(([name, list]) => {
      const filled = Object.entries(list).map(([stem, versions]) => [
        stem,
        versions.map((version) => ({ actions: [`set name=x value="${edited}"`], version })),
      ])
      return filled.length === 0 ? [] : [[name, Object.fromEntries(filled)] as const]
    })
    return Buffer.from(
      signFile(
        new Map<string, CatalogJson>([...members, ...(feature ? ([['_FEATURE', ['x']]] as const) : [])]),
      ).bytes,
    )
  }
  let accepted = 0
  fc.assert(
    fc.property(partOf(ascii), changed, fc.boolean(), lengths, (before, changes, feature, sizes) => {
      const old = text(false, before, feature)
      const named = new Map(Object.entries(changes).map(([name, list]) => [name, new Set(Object.keys(list))]))
      const edited = openPart('catalog.dependency.C', text(true, changes, false))
      const whole = openPart('catalog.dependency.C', old)
      if (typeof edited === 'string' || typeof whole === 'string') throw new Error('a part is wrong')
      // One stem of each publisher goes.
      for (const list of edited.part.publishers.values()) list.delete('c')
      const pieces: Buffer[] = []
      const rewriter = rewritePart(false, named, edited.part, (piece) => pieces.push(Buffer.from(piece)), 16)
      for (const piece of cut(old, sizes)) rewriter.scanner.take(piece)
      const done = rewriter.finish()
      if (done === undefined) return
      accepted += 1
      for (const [name, list] of named) {
        const kept = whole.part.publishers.get(name) ?? new Map()
        for (const stem of list) {
          const now = edited.part.publishers.get(name)?.get(stem)
          if (now === undefined) kept.delete(stem)
          else kept.set(stem, now)
        }
        if (kept.size > 0) whole.part.publishers.set(name, kept)
        else whole.part.publishers.delete(name)
      }
      const expected = serialisePart(whole.part)
      expect(Buffer.concat(pieces).toString()).toBe(Buffer.from(expected.bytes).toString())
      expect(done).toEqual({ sha1: expected.sha1, publishers: [...whole.part.publishers.keys()].sort() })
      const picked = scanStems(false, named, 16)
      for (const piece of cut(old, sizes)) picked.scanner.take(piece)
      expect(picked.scanner.finish()).toBeDefined()
    }),
    { numRuns: sampled(150, 300), seed: 3 },
  )
  expect(accepted).toBeGreaterThan(sampled(50, 100))
})

test('a line table gives equal texts one number, across its growth', () => {
  const lines = createLineTable()
  const texts = Array.from({ length: 9000 }, (_, index) => `line ${index % 4500} ${'x'.repeat(index % 7)}`)
  const numbers = texts.map((text) => lines.id(Buffer.from(text), 0, text.length, false))
  const first = new Map<string, number>()
  for (const [index, text] of texts.entries()) {
    if (!first.has(text)) first.set(text, first.size)
    expect(numbers[index]).toBe(first.get(text))
    expect(lines.text(numbers[index]!)).toBe(text)
  }
  expect(lines.size).toBe(first.size)
})

test('folders are read packed or plain, canonical or not, with one result', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-folders-'))
  try {
    const list: CatalogEntry[] = [
      { publisher, stem: 'a', version: '1', actions: ['depend fmri=pkg:/b@1 type=require'] },
      { publisher, stem: 'b', version: '1.2', actions: [] },
    ]
    const base = sign({ [publisher]: { a: [{ version: '1' }], b: [{ version: '1.2' }] } })
    const dependency = sign({ [publisher]: { a: [{ actions: list[0]!.actions, version: '1' }] } })
    const pretty = (file: Buffer) => Buffer.from(JSON.stringify(JSON.parse(file.toString()), null, 1))
    const write = (name: string, files: Record<string, Buffer>): string => {
      mkdirSync(join(folder, name))
      for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes)
      return join(folder, name)
    }
    const expected = encodeCatalogIndex({ publishers: [publisher], entries: list, stamp: 's' })
    const paths = [
      write('plain', { 'catalog.base.C': base, 'catalog.dependency.C': dependency }),
      write('packed', {
        'catalog.base.C.gz': gzipSync(base),
        'catalog.dependency.C.gz': gzipSync(dependency),
      }),
      write('pretty', {
        'catalog.base.C': pretty(base),
        'catalog.dependency.C.gz': gzipSync(pretty(dependency)),
      }),
    ]
    for (const path of paths) {
      const read = await readCatalogFolders([path])
      if (!read.ok) throw new Error(read.error.code)
      expect(Buffer.from(read.value.index('s')).equals(expected), path).toBe(true)
    }
    const broken = write('broken', {
      'catalog.base.C': base,
      'catalog.dependency.C.gz': gzipSync(dependency).subarray(0, 40),
    })
    expect(await readCatalogFolders([broken])).toMatchObject({
      ok: false,
      error: { code: 'ips::repository_error::bad_catalog', file: 'catalog.dependency.C' },
    })
    expect(await readCatalogFolders([folder])).toMatchObject({
      ok: false,
      error: { code: 'ips::repository_error::not_found' },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
