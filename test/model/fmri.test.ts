import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareFmris,
  type Fmri,
  type FmriForm,
  fmriDirectoryPath,
  fmrisEqual,
  fmriUrlPath,
  formatFmri,
  formatVersion,
  parseFmri,
  parsePublisherName,
  parseStem,
  quote,
  unquote,
} from '#model'
import { anyFmri } from '../support/model-values.ts'

function fmri(text: string): Fmri {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`)
  return parsed.value
}

function reason(text: string): string {
  const parsed = parseFmri(text)
  return parsed.ok ? 'accepted' : 'reason' in parsed.error ? parsed.error.reason : ''
}

const T = '20230501T120000Z'

describe('accepted FMRIs (fmri-and-version §5)', () => {
  test.each<[number, string, string | undefined, string]>([
    ...['foo', '/foo', 'pkg:/foo', 'pkg:///foo', '///foo'].map(
      (text): [number, string, string | undefined, string] => [29, text, undefined, 'foo'],
    ),
    [30, '//pub/foo', 'pub', 'foo'],
    [30, 'pkg://pub/foo', 'pub', 'foo'],
    [34, 'pkg://pub:80/foo', 'pub:80', 'foo'],
    [35, '3proxy', undefined, '3proxy'],
    [35, 'a/3', undefined, 'a/3'],
    [35, 'a/b.c+d-e_f', undefined, 'a/b.c+d-e_f'],
    [34, 'pkg://p*b/foo', 'p*b', 'foo'],
  ])('case %i: %s', (_case, text, publisher, stem) => {
    expect(fmri(text)).toEqual({ publisher, stem, version: undefined })
  })

  test.each([
    [31, 'pkg://pub/a/b@1.0-2', '1.0,5.11-2'],
    [32, `foo@1.0:${T}`, `1.0,5.11:${T}`],
    [33, 'foo@1.0 ', '1.0,5.11'],
    [33, 'foo@1.0\t\r\n', '1.0,5.11'],
    [53, 'x@00', '00,5.11'],
    [53, 'x@1.00', '1.00,5.11'],
  ])('case %i: version of %j', (_case, text, version) => {
    expect(formatVersion(fmri(text).version!)).toBe(version)
  })
})

describe('refused FMRIs (fmri-and-version §5)', () => {
  const cases: readonly (readonly [number, RegExp, readonly string[]])[] = [
    [36, /^missing package name$/, ['', 'pkg:/', 'pkg://pub/', '/', 'pkg:/@1']],
    [37, /^missing \/ after publisher$/, ['pkg://', 'pkg://pub', '//foo', 'pkg://pub@1/x']],
    [38, /^invalid package name/, ['pkg:foo', 'PKG:/foo', 'pkg:/pkg:/foo']],
    [39, /^version cannot be empty$/, ['foo@', '@', 'foo@ ']],
    [40, /^invalid package name/, ['foo@1@2']],
    [41, /empty component/, ['foo/', '/foo/', 'a//b']],
    [42, /must begin with a letter or a digit/, ['.a', 'a/.b', 'a/-b', '-a', '_a']],
    [43, /only letters/, ['foo bar', 'foo:bar', 'fo*', 'ümlaut', '  foo']],
    [44, /not a number/, ['foo@latest', 'foo@*']],
    [45, /leading zero/, ['x@01', 'x@1.01', 'x@1-01', 'x@1,01-2']],
    [46, /number/, ['x@1..2', 'x@1.', 'x@.1', 'x@1.a', 'x@1.-1']],
    [47, /release .* is missing/, ['x@-1', 'x@,5.11', `x@:${T}`]],
    [48, /not a number/, ['x@1-2-3', 'x@1,5.11,6-2']],
    [49, /branch: not a number/, ['x@1-2,5.11']],
    [50, /cannot be empty/, ['x@1-', 'x@1,']],
    [50, /timestamp/, ['x@1:', 'x@1-2:']],
    [51, /timestamp/, ['x@1-1:20230230T120000Z', 'x@1-1:20230501T250000Z', 'x@1-1:20230501T120060Z']],
    [52, /timestamp/, ['x@1-1:20230501t120000z', 'x@1-1:20230501T120000', `x@1-1:${T}:1`]],
    [54, /not a number/, ['x@+1', 'x@1_0', 'x@ 1', 'x@١']],
  ]
  test.each(cases.flatMap(([number, why, texts]) => texts.map((text) => [number, text, why] as const)))(
    'case %i: %j',
    (number, text, why) => {
      expect(number).toBeGreaterThan(35)
      expect(reason(text)).toMatch(why)
    },
  )
})

describe('string forms (fmri-and-version §2)', () => {
  const full = `pkg://pub/a/b+c@1.0,5.11-0.1:${T}`
  test.each<[FmriForm, string, string]>([
    ['full', full, `pkg:/a/b+c@1.0,5.11-0.1:${T}`],
    ['no-build', `pkg://pub/a/b+c@1.0-0.1:${T}`, `pkg:/a/b+c@1.0-0.1:${T}`],
    ['short', 'pkg://pub/a/b+c@1.0-0.1', 'pkg:/a/b+c@1.0-0.1'],
    ['stem', 'pkg://pub/a/b+c', 'pkg:/a/b+c'],
    ['anarchy', `pkg:/a/b+c@1.0,5.11-0.1:${T}`, `pkg:/a/b+c@1.0,5.11-0.1:${T}`],
    ['bare', `a/b+c@1.0,5.11-0.1:${T}`, `a/b+c@1.0,5.11-0.1:${T}`],
  ])('%s', (form, named, unnamed) => {
    expect(formatFmri(fmri(full), form)).toBe(named)
    expect(formatFmri({ ...fmri(full), publisher: undefined }, form)).toBe(unnamed)
  })

  test('without a version there is no @', () => {
    expect(formatFmri(fmri('pkg://pub/a'))).toBe('pkg://pub/a')
    expect(formatFmri(fmri('foo@1.0'))).toBe('pkg:/foo@1.0,5.11')
  })

  test('URL and directory paths', () => {
    expect(fmriUrlPath(fmri(full))).toBe('a%2Fb%2Bc@1.0%2C5.11-0.1%3A20230501T120000Z')
    expect(fmriDirectoryPath(fmri(full))).toBe('a%2Fb%2Bc/1.0%2C5.11-0.1%3A20230501T120000Z')
    expect(() => fmriUrlPath(fmri('a'))).toThrow(RangeError)
    expect(() => fmriDirectoryPath(fmri('a'))).toThrow(RangeError)
  })
})

describe('order and succession', () => {
  test('case 15: an absent publisher sorts first', () => {
    expect(compareFmris(fmri('pkg:/x@2'), fmri('pkg://a/x@1'))).toBeLessThan(0)
  })

  test('stem, then version; an absent version first', () => {
    const sorted = ['pkg://b/a@1', 'pkg://a/b@1', 'pkg://a/a@2', 'pkg://a/a@10', 'pkg://a/a'].map(fmri)
    expect(sorted.sort(compareFmris).map((one) => formatFmri(one, 'short'))).toEqual([
      'pkg://a/a',
      'pkg://a/a@2',
      'pkg://a/a@10',
      'pkg://a/b@1',
      'pkg://b/a@1',
    ])
  })

  test('equality ignores the build only', () => {
    expect(fmrisEqual(fmri('a@1,5.10-2'), fmri('a@1,5.11-2'))).toBe(true)
    expect(fmrisEqual(fmri('a@1'), fmri('a'))).toBe(false)
    expect(fmrisEqual(fmri('pkg://p/a@1'), fmri('a@1'))).toBe(false)
  })
})

describe('publishers and quoting', () => {
  test.each(['pub', 'openindiana.org', '-x', 'a..b', 'a.', '[::1]', '[fe80::1]', 'versionss'])(
    '%s',
    (text) => {
      expect(parsePublisherName(text)).toEqual({ ok: true, value: text })
    },
  )

  test.each([
    '',
    '.a',
    '..',
    'a_b',
    '_a',
    'a:80',
    'a/b',
    '[]',
    '[a/b:]',
    'ü',
    'versions',
    'feed',
    'x'.repeat(300),
  ])('refuses %j', (text) => {
    expect(parsePublisherName(text)).toMatchObject({
      ok: false,
      error: { code: 'ips::validation_error::bad_publisher' },
    })
  })

  test('a stem is what an FMRI may have between prefix and version', () => {
    expect(parseStem('a/b').ok).toBe(true)
    expect(parseStem('../a')).toMatchObject({ ok: false, error: { code: 'ips::validation_error::bad_stem' } })
  })

  test('everything but the unreserved characters is quoted', () => {
    expect(quote("a/b+c !'()*~_.-")).toBe('a%2Fb%2Bc%20%21%27%28%29%2A~_.-')
    expect(quote('\ud800')).toBe('%EF%BF%BD')
    expect(unquote('%zz')).toBeUndefined()
    expect(unquote('%ff')).toBeUndefined()
  })

  test('unquote undoes quote', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unquote(quote(text)) === text))
  })
})

describe('laws', () => {
  test('a printed FMRI reads back as the same', () => {
    fc.assert(
      fc.property(anyFmri, (one) => {
        expect(fmri(formatFmri(one))).toEqual(one)
      }),
    )
  })

  test('the order agrees with equality and is antisymmetric', () => {
    fc.assert(
      fc.property(anyFmri, anyFmri, (a, b) => {
        expect(compareFmris(a, b) === 0).toBe(fmrisEqual(a, b))
        expect(Math.sign(compareFmris(a, b))).toBe(0 - Math.sign(compareFmris(b, a)))
      }),
    )
  })

  test('no text at all makes the parser throw, and what it takes it takes back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[pkg:/@a1.,-]{0,20}$/)), (text) => {
        const parsed = parseFmri(text)
        if (parsed.ok) expect(fmri(formatFmri(parsed.value))).toEqual(parsed.value)
      }),
    )
  })

  test('blanks at the end change nothing, whichever way the text is read', () => {
    const texts = fc.tuple(
      fc.stringMatching(/^(pkg:)?\/{0,3}([a_.:@/-]{0,4}\/)?[aA0_.+/-]{1,6}$/),
      fc.stringMatching(/^[01.,:-]{1,8}$/),
      fc.constantFrom('', ':20240229T120000Z', ':20230229T120000Z', ':20231231T235959Z', ':00000101T000000Z'),
    )
    fc.assert(
      fc.property(texts, ([name, version, time]) => {
        const text = `${name}@${version}${time}`
        const blank = parseFmri(`${text} `)
        const parsed = parseFmri(text)
        expect(parsed.ok).toBe(blank.ok)
        if (parsed.ok) expect(blank).toEqual(parsed)
      }),
      { numRuns: 2000 },
    )
  })

  test('long hostile texts are refused, not chewed', () => {
    for (const text of [
      'a/'.repeat(1_000_000),
      'a'.repeat(2_000_000),
      '@'.repeat(1_000_000),
      ' '.repeat(1_000_000),
      `pkg://a/${'a/'.repeat(1_000_000)}a@1`,
      `pkg://a/a@${'1.'.repeat(1_000_000)}1`,
    ]) {
      expect(parseFmri(`${text}!`).ok).toBe(false)
    }
  })
})
