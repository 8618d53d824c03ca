import { describe, expect, test } from 'vitest'
import {
  compileGlob,
  distinctPatterns,
  formatFmri,
  matchesPattern,
  type Pattern,
  parseFmri,
  parsePattern,
  parseVersion,
  versionMatcher,
} from '#model'

function pattern(text: string): Pattern {
  const parsed = parsePattern(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`)
  return parsed.value
}

const T = '20230501T120000Z'
const known = [
  'pkg://pub/web/nginx@1.26.2-0',
  'pkg://pub/web/nginx@1.26.10-0',
  'pkg://alt/web/nginx@1.26.2-0',
  'pkg://pub/nginx@0.1-1',
  'pkg://pub/lib/foo@1-0',
  'pkg://pub/lib/foobar@1-0',
  'pkg://pub/Lib/Foo@1-0',
]

function matched(text: string): string[] {
  const compiled = pattern(text)
  return known.filter((one) => {
    const parsed = parseFmri(`${one}:${T}`)
    if (!parsed.ok) throw new Error(one)
    expect(formatFmri(parsed.value, 'short')).toBe(one)
    return matchesPattern(compiled, parsed.value)
  })
}

describe('wildcard versions (fmri-and-version §6)', () => {
  const version = `1.2.3-4:${T}`
  test.each<[number, string, string, boolean]>([
    ...['*', 'latest', '1.2.3-*', '1.2.3-*:*', `1.2.3-*:${T}`, '*-4'].map(
      (text): [number, string, string, boolean] => [55, version, text, true],
    ),
    [56, version, '1,5.12-*', true],
    [57, version, '*-5', false],
    ...['1.*', '1.*.3', '1.2.*', '*.*', '*.3', '1.2.3-4:2023*', '1.2.3-4.*'].map(
      (text): [number, string, string, boolean] => [58, version, text, false],
    ),
    [59, '1.2.3', '1.2.3-*', true],
    [59, '1.2.3', '-*', true],
  ])('case %i: %s against %s: %s', (_case, one, text, expected) => {
    const parsed = parseVersion(one)
    if (!parsed.ok) throw new Error(one)
    expect(versionMatcher(pattern(`x@${text}`))(parsed.value)).toBe(expected)
  })

  test.each(['1.?.3', '1.2*', '?', '2*', '*-01', '*-a', '*,x'])('case 60: %s is an error', (text) => {
    expect(parsePattern(`x@${text}`)).toMatchObject({
      ok: false,
      error: { code: 'ips::validation_error::bad_pattern' },
    })
  })
})

describe('names and versions together (fmri-and-version §8)', () => {
  const web = known.slice(0, 3)
  const nginx = known.slice(0, 4)
  const cases: readonly (readonly [number, readonly string[], readonly string[]])[] = [
    [61, ['nginx'], nginx],
    [62, ['/nginx', 'pkg:/nginx', 'pkg://pub/nginx'], [known[3]!]],
    [63, ['web/nginx', 'pkg:/web/nginx', 'pkg:///web/nginx'], web],
    [64, ['pkg://alt/web/nginx', '//alt/web/nginx'], [known[2]!]],
    [65, ['*nginx', 'pkg:/*nginx'], nginx],
    [66, ['nginx*'], [known[3]!]],
    [67, ['*/nginx', 'web/*', 'web/ngin?'], web],
    [68, ['pkg://pub/*'], known.filter((one) => one.startsWith('pkg://pub/'))],
    [69, ['pkg://*/nginx', 'ginx', 'NGINX', 'foo*'], []],
    [70, ['foo'], [known[4]!]],
    [71, ['*foo*'], known.slice(4, 6)],
    [72, ['nginx@1', 'nginx@1.26'], web],
    [73, ['nginx@1.26.2', 'nginx@1.26.2-0', `nginx@1.26.2-0:${T}`], [known[0]!, known[2]!]],
    [74, ['nginx@1.26.1', 'nginx@1.2', 'lib/foo@1-0.0', 'nginx@1.*'], []],
    [75, ['nginx@1.26,5.10'], web],
    [76, ['nginx@*-0'], web],
    [77, ['nginx@latest', 'nginx@'], nginx],
    [81, ['web//ngi*'], []],
  ]
  test.each(
    cases.flatMap(([number, texts, expected]) => texts.map((text) => [number, text, expected] as const)),
  )('case %i: %s', (_case, text, expected) => {
    expect(matched(text)).toEqual(expected)
  })

  test.each([
    [78, '@1.26', /missing package name/],
    [79, 'nginx@01', /bad version/],
    [79, 'nginx@1.x', /bad version/],
    [79, 'nginx@1.26.2@x', /bad version/],
    [79, 'lib/foo@?', /bad version/],
    [80, 'fo[o]', /invalid package name/],
    [80, 'fo[o]*', /invalid package name/],
    [80, 'web//nginx', /empty component/],
    [80, 'web/', /empty component/],
    [80, 'foo bar', /invalid package name/],
    [80, 'pkg://pub', /missing \/ after publisher/],
    [80, 'pkg://pub/', /missing package name/],
  ])('case %i: %s is an error', (_case, text, why) => {
    const parsed = parsePattern(text)
    expect(parsed).toMatchObject({ ok: false, error: { reason: expect.stringMatching(why) } })
  })

  test('latest is told apart from *', () => {
    expect(pattern('x@latest')).toMatchObject({ version: '*', latest: true })
    expect(pattern('x@*')).toMatchObject({ version: '*', latest: false })
    expect(pattern('x@')).toMatchObject({ version: undefined, latest: false })
  })

  test('a pattern with a version matches no FMRI without', () => {
    const parsed = parseFmri('x')
    expect(parsed.ok && matchesPattern(pattern('x@1'), parsed.value)).toBe(false)
    expect(parsed.ok && matchesPattern(pattern('x'), parsed.value)).toBe(true)
  })
})

describe('patterns that say the same', () => {
  test('are kept once, rooted, in input order', () => {
    const kept = distinctPatterns(['foo', 'bar', '/foo', 'bar@1', 'bar@1,5.11', 'pkg://p/foo'].map(pattern))
    expect(kept.map(({ text }) => text)).toEqual(['/foo', 'bar', 'bar@1', 'pkg://p/foo'])
  })
})

describe('globs', () => {
  test.each([
    ['a*c', 'abbc', true],
    ['a*c', 'abbcd', false],
    ['*', '', true],
    ['?', '', false],
    ['a**b?', 'axxbc', true],
    ['[ab]x', 'bx', true],
    ['[!ab]x', 'bx', false],
    ['[!ab]x', 'cx', true],
    ['[a-c]', 'b', true],
    ['[a-c]', 'd', false],
    ['[]a]', ']', true],
    ['[a', '[a', true],
    ['[a-]', '-', true],
  ])('%s on %j: %s', (glob, text, expected) => {
    expect(compileGlob(glob, { classes: true })(text)).toBe(expected)
  })

  test('classes are plain text where they are not asked for', () => {
    expect(compileGlob('[a]', { classes: false })('[a]')).toBe(true)
  })

  test('many stars cost no more than pattern times text', () => {
    const text = 'a'.repeat(20_000)
    expect(compileGlob(`${'*a'.repeat(200)}*b`, { classes: false })(text)).toBe(false)
  })
})
