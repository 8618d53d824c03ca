import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Action,
  actionCompressedSize,
  actionKey,
  actionRank,
  actionSize,
  actionTags,
  actionTypes,
  attribute,
  attributes,
  compareActions,
  createAction,
  formatAction,
  parseAction,
  transferSize,
} from '#model'
import { printsFaithfully } from '../../model/publication.ts'
import { anyPrintableAction } from '../support/model-values.ts'

function action(text: string): Action {
  const parsed = parseAction(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`)
  return parsed.value
}

function fault(text: string): { reason: string; offset: number | undefined } {
  const parsed = parseAction(text)
  if (parsed.ok) return { reason: 'accepted', offset: undefined }
  if (parsed.error.code !== 'ips::validation_error::bad_action') throw new Error(parsed.error.code)
  return { reason: parsed.error.reason, offset: parsed.error.offset }
}

const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'

describe('values (manifest-and-actions §1.1)', () => {
  test.each<[string, string, readonly string[]]>([
    ['unquoted', 'set name=a value=b', ['b']],
    ['TAB and LF separate too', 'set\tname=a\n value=b', ['b']],
    ['trailing blanks', 'set name=a value=b  ', ['b']],
    ['double quotes', 'set name=a value="b c"', ['b c']],
    ['single quotes', "set name=a value='b c'", ['b c']],
    ['the other quote inside', `set name=a value='b"c'`, ['b"c']],
    ['empty in quotes', 'set name=a value=""', ['']],
    ['an equals sign in a value', 'set name=a value=b=c', ['b=c']],
    ['escaped active quote', 'set name=a value="b\\"c"', ['b"c']],
    ['escaped backslash', 'set name=a value="b\\\\c"', ['b\\c']],
    ['any other escape stays two characters', 'set name=a value="b\\nc"', ['b\\nc']],
    ['the inactive quote is not escaped', `set name=a value="b\\'c"`, ["b\\'c"]],
    ['no escapes outside quotes', 'set name=a value=b\\\\c', ['b\\\\c']],
    ['quotes behind the first character are plain', 'set name=a value=b"c"', ['b"c"']],
    ['quoted strings apart are one', `set name=a value="b" 'c'`, ['bc']],
    ['quoted strings that touch are one', 'set name=a value="b""c"', ['bc']],
    ['repeated keys are a list in input order', 'set name=a value=c value=b value=c', ['c', 'b', 'c']],
    ['only the last of a list is extended', `set name=a value=x value="a " 'b'`, ['x', 'a b']],
    ['a hash sign is plain', 'set name=a value=#b', ['#b']],
    ['anything beyond ASCII', 'set name=a value=ü€😀', ['ü€😀']],
  ])('%s: %s', (_title, text, expected) => {
    expect(attributes(action(text), 'value')).toEqual(expected)
  })

  test('a new attribute may begin right behind a closing quote', () => {
    const parsed = action('set name=a value="b"c=d')
    expect([attribute(parsed, 'value'), attribute(parsed, 'c')]).toEqual(['b', 'd'])
  })

  test('names may hold anything but blanks, quotes and =', () => {
    expect(attribute(action('set name=a value=b ünï#/:=c'), 'ünï#/:')).toBe('c')
  })

  test('names that mean something to JavaScript are names like others', () => {
    const parsed = action('set name=a value=b __proto__=c constructor=d toString=e')
    expect(attribute(parsed, '__proto__')).toBe('c')
    expect(attribute(parsed, 'constructor')).toBe('d')
    expect(attribute(parsed, 'hasOwnProperty')).toBeUndefined()
    expect(formatAction(parsed)).toBe('set __proto__=c constructor=d name=a toString=e value=b')
    expect(fault('__proto__ a=b').reason).toMatch(/unknown action type/)
    expect(fault('constructor a=b').reason).toMatch(/unknown action type/)
  })
})

describe('what is no action (manifest-and-actions §1.1)', () => {
  test.each<[string, RegExp, number | undefined]>([
    ['', /unknown action type/, 0],
    ['foo a=b', /unknown action type/, 0],
    ['File path=a', /unknown action type/, 0],
    [' set name=a value=b', /unknown action type/, 0],
    ['file', /no attributes/, 4],
    ['set ', /set needs/, undefined],
    ['set name=a value', /missing value of "value"/, 16],
    ['set name=a value =b', /blank in or after/, 16],
    ['set name=a value= b', /missing value/, 17],
    ['set name=a value=', /missing value/, 17],
    ['set name=a =b', /missing attribute name/, 11],
    ['set name=a va"l=b', /quote in an attribute name/, 13],
    ['set name=a "v"=b', /quote in an attribute name/, 11],
    ['set name=a value="b"c', /missing value of "c"/, 21],
    ['set name=a value=b "c"', /quote in an attribute name/, 19],
    ['set name=a value="b', /quote is not closed/, 19],
    ['set name=a value="b\\"', /quote is not closed/, 21],
    [`set name=a value="b'`, /quote is not closed/, 20],
    ['set name=a value="x=', /quote is not closed/, 20],
    ['set name=ü value', /missing value/, 17],
    ['set name=😀 value', /missing value/, 19],
    ['dir abc path=a', /dir takes no payload/, 7],
    ['file abc', /missing value of "abc"/, 8],
    ['file abc ', /file needs the attribute path/, undefined],
    ['file abc def path=a', /blank in or after/, 12],
    ['file path=a abc path=b', /blank in or after/, 15],
    ['file abc hash=def path=a', /two different payloads/, 17],
    ['dir hash=abc path=a', /dir takes no payload/, 12],
    ['set name=a value=b data=c', /data is not allowed/, 25],
  ])('%j', (text, reason, offset) => {
    expect(fault(text)).toEqual({ reason: expect.stringMatching(reason), offset })
  })
})

describe('payloads', () => {
  test.each<[string, string | undefined]>([
    [`file ${sha1} path=a`, sha1],
    ['file NOHASH path=a', 'NOHASH'],
    ['file path=a', undefined],
    [`file path=a hash=${sha1}`, sha1],
    ['file abc path=a hash=abc', 'abc'],
    ['file path=a hash="a b=c"', 'a b=c'],
    ['license abc license=a', 'abc'],
    ['signature abc algorithm=rsa-sha256', 'abc'],
  ])('%s', (text, payload) => {
    expect(action(text).payload).toBe(payload)
    expect(action(text).attributes.has('hash')).toBe(false)
  })
})

describe('construction (manifest-and-actions §2)', () => {
  test.each<[string, string]>([
    ['set foo=bar', 'set name=foo value=bar'],
    ['set foo=bar foo=baz', 'set name=foo value=bar value=baz'],
    ['set name=x', 'set name=name value=x'],
    ['dir path=/a mode=0o755', 'dir mode=0755 path=a'],
    ['file path=///a/b//../c', 'file path=a/b//../c'],
    ['signature algorithm=x', 'signature algorithm=x value="" version=0'],
    ['driver name=foo clone_perms="0666 root sys"', 'driver clone_perms="foo 0666 root sys" name=foo'],
    ['driver name=foo clone_perms="x 0666 root sys"', 'driver clone_perms="x 0666 root sys" name=foo'],
    ['depend type=a type=b fmri=x', 'depend fmri=x type=a type=b'],
    ['depend type=require-any fmri=x fmri=y', 'depend fmri=x fmri=y type=require-any'],
    ['unknown path=/a path=/b', 'unknown path=/a path=/b'],
  ])('%s is %s', (text, printed) => {
    expect(formatAction(action(text))).toBe(printed)
  })

  test.each<[string, RegExp]>([
    ['set a=b c=d', /set needs the attributes name and value/],
    ['set name=a other=b', /set needs the attributes name and value/],
    ['set value=a other=b', /needs the attribute name/],
    ['set name=a name=b value=c', /more than one name/],
    ['depend type=a type=b fmri=x fmri=y', /more than one fmri/],
    ['depend fmri=x fmri=y', /more than one fmri/],
    ['depend type=require', /needs the attribute fmri/],
    ['dir path=""', /path is empty/],
    ['dir path=///', /path is empty/],
    ['file path=a path=b', /more than one path/],
    ['link target=a', /needs the attribute path/],
    ['signature value=a', /needs the attribute algorithm/],
    ['user group=a', /needs the attribute username/],
  ])('%s: %s', (text, reason) => {
    expect(fault(text)).toEqual({ reason: expect.stringMatching(reason), offset: undefined })
  })

  test('the same rules hold for actions made of parts', () => {
    const made = createAction('dir', undefined, new Map([['path', '/a']]))
    expect(made.ok && formatAction(made.value)).toBe('dir path=a')
    expect(createAction('dir', sha1, new Map([['path', 'a']]))).toMatchObject({ ok: false })
    expect(createAction('dir', undefined, new Map())).toMatchObject({
      ok: false,
      error: { code: 'ips::validation_error::bad_action' },
    })
  })
})

describe('canonical text (manifest-and-actions §1.2)', () => {
  test.each<[string, string]>([
    ['set value=b  name=a', 'set name=a value=b'],
    ['file NOHASH path=a', 'file NOHASH path=a'],
    ['file path=a hash="x=y" zoo=1 a=1', 'file a=1 hash=x=y path=a zoo=1'],
    ["file path=a hash='x y'", 'file hash="x y" path=a'],
    ['set name=a value="b"', 'set name=a value=b'],
    [`set name=a value='b"c'`, `set name=a value='b"c'`],
    [`set name=a value="b'c"`, `set name=a value="b'c"`],
    [`set name=a value="b'\\"c"`, `set name=a value="b'\\"c"`],
    ['set name=a value=""', 'set name=a value=""'],
    ['set name=a value=$(ARCH)', 'set name=a value="$(ARCH)"'],
    ['set name=a value=$(ARCH) value=b', 'set name=a value=$(ARCH) value=b'],
    ['set name=a value=z value=b', 'set name=a value=z value=b'],
    ['set name=a value="b\\\\c d"', 'set name=a value="b\\c d"'],
  ])('%s', (text, printed) => {
    expect(formatAction(action(text))).toBe(printed)
  })

  test('signed text also quotes substitutions in lists', () => {
    expect(formatAction(action('set name=a value=$(ARCH) value=b'), 'signature')).toBe(
      'set name=a value="$(ARCH)" value=b',
    )
  })

  test('names sort by code point, not by code unit', () => {
    expect(formatAction(action('set name=a value=b \u{1f600}=1 \uffee=2'))).toBe(
      'set name=a value=b \uffee=2 \u{1f600}=1',
    )
  })

  test.each([
    ['a TAB without a blank', 'set name=a value="b\tc"'],
    ['a quoted value that ends in a backslash', 'set name=a value="b c\\\\"'],
    ['a quoted value with two backslashes', 'set name=a value="b c\\\\\\\\d"'],
    ['a line that ends in a backslash', 'set name=a value=b\\'],
    ['a line separator', 'set name=a value=b\u2028c'],
  ])('%s does not survive printing', (_title, text) => {
    expect(printsFaithfully(action(text))).toBe(false)
  })
})

describe('facts of types', () => {
  test('ranks and keys follow the table', () => {
    expect(actionTypes.map(actionRank)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const keyed: readonly (readonly [string, string | undefined])[] = [
      ['set name=a value=b', 'a'],
      ['depend fmri=a type=require', 'a'],
      ['group groupname=a', 'a'],
      ['user username=a', 'a'],
      ['dir path=a', 'a'],
      ['file path=a', 'a'],
      ['hardlink path=a', 'a'],
      ['link path=a', 'a'],
      ['driver name=a', 'a'],
      ['unknown path=a', undefined],
      ['license license=a', 'a'],
      ['legacy pkg=a', 'a'],
      ['signature algorithm=x value=a', 'a'],
    ]
    for (const [text, key] of keyed) expect(actionKey(action(text)), text).toBe(key)
  })

  test('sorted printing', () => {
    const sorted = [
      'driver name=a',
      'driver name=clone',
      'group groupname=x',
      'group groupname=y gid=5',
      'dir path=b',
      'dir path=a',
      'set name=z value=1',
      'set name=a value=1',
    ].map(action)
    expect(sorted.sort(compareActions).map(actionKey)).toEqual(['z', 'a', 'y', 'x', 'a', 'b', 'clone', 'a'])
  })

  test('tags are sorted by name', () => {
    expect(actionTags(action('file path=a variant.arch=i386 facet.doc=all facet.doc=true'))).toEqual([
      { name: 'facet.doc', values: ['all', 'true'] },
      { name: 'variant.arch', values: ['i386'] },
    ])
    expect(actionTags(action('file path=a'))).toEqual([])
  })

  const hugeSize = Number.MAX_SAFE_INTEGER
  test.each<[string, number, number, number]>([
    ['file path=a pkg.size=10 pkg.csize=5', 10, 5, 5],
    ['file path=a pkg.size=10', 10, 0, 10],
    ['file path=a', 0, 0, 0],
    ['file path=a pkg.size=-1 pkg.csize=x', 0, 0, 0],
    ['file path=a pkg.size=999999999999999 pkg.csize=0', 999_999_999_999_999, 0, 0],
    // Larger than any disk: not the same as nothing stated.
    ['file path=a pkg.size=99999999999999999999', hugeSize, 0, hugeSize],
    ['signature algorithm=x pkg.csize=5 chain.csizes="1 2"', 0, 5, 8],
  ])('sizes of %s', (text, size, compressed, moved) => {
    const parsed = action(text)
    expect([actionSize(parsed), actionCompressedSize(parsed), transferSize(parsed)]).toEqual([
      size,
      compressed,
      moved,
    ])
  })
})

describe('laws', () => {
  test('a printed action reads back as the same, and prints the same', () => {
    fc.assert(
      fc.property(anyPrintableAction, (one) => {
        expect(printsFaithfully(one)).toBe(true)
        const text = formatAction(one)
        const again = action(text)
        expect(again.payload).toBe(one.payload)
        expect(new Map(again.attributes)).toEqual(new Map(one.attributes))
        expect(formatAction(again)).toBe(text)
      }),
    )
  })

  test('no text at all makes the parser throw', () => {
    const odd = fc.stringMatching(/^(set|file|depend) [ab= '"\\\t]{0,30}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), odd), (text) => {
        const parsed = parseAction(text)
        if (parsed.ok) formatAction(parsed.value)
      }),
      { numRuns: 500 },
    )
  })

  test('long hostile lines take linear time', () => {
    const many = 300_000
    expect(attributes(action(`set name=a${' value=b'.repeat(many)}`), 'value').length).toBe(many)
    expect(attribute(action(`set name=a value=${'"b" '.repeat(many)}`), 'value')?.length).toBe(many)
    expect(attribute(action(`set name=a value="${'\\"'.repeat(many)}"`), 'value')?.length).toBe(many)
    expect(action(`set name=a value=b ${' '.repeat(many)}`).attributes.size).toBe(2)
    expect(fault(`set name=a value="${'\\'.repeat(many)}`).reason).toMatch(/not closed/)
    expect(fault(`set ${'x'.repeat(many)}`).reason.length).toBeLessThan(200)
    const names = Array.from({ length: 100_000 }, (_, index) => `k${index}=v`).join(' ')
    expect(action(`set name=a value=b ${names}`).attributes.size).toBe(100_002)
  })
})
