import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareVersions,
  formatTimestamp,
  formatVersion,
  isAtLeast,
  isInside,
  parseTimestamp,
  parseVersion,
  type Version,
} from '#model'
import { isTimestamp } from '../../model/timestamp.ts'
import { isPublishableVersion } from '../../model/version.ts'
import { anyVersion } from '../support/model-values.ts'

function version(text: string): Version {
  const parsed = parseVersion(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`)
  return parsed.value
}

const T = '20230501T120000Z'

describe('order (fmri-and-version §3, cases 1 to 14)', () => {
  test.each([
    [1, '1.2.9', '<', '1.10'],
    [2, '2', '<', '10'],
    [3, '1', '<', '1.0'],
    [3, '1.0', '<', '1.0.0'],
    [4, '1.0', '=', '1.00'],
    [5, '1,5.10-2', '=', '1,5.11-2'],
    [6, '1', '<', '1-0'],
    [7, `1:${T}`, '<', '1-0'],
    [8, '1-0.1', '<', '1-0.1.0'],
    [9, '1-5', '<', `1-5:${T}`],
    [10, '1-5:20230501T115959Z', '<', `1-5:${T}`],
    [11, '0.5.11-0.175.3', '<', '0.5.11-0.175.10'],
    [12, '4.3-1', '>', '4.2-7'],
    [13, '151054', '<', '151054.0'],
    [14, '1-2020.0.0.0', '<', '1-9999'],
    [14, '1.99999999999999999998', '<', '1.99999999999999999999'],
  ])('case %i: %s %s %s', (_case, a, relation, b) => {
    const expected = relation === '<' ? -1 : relation === '>' ? 1 : 0
    expect(Math.sign(compareVersions(version(a), version(b)))).toBe(expected)
    expect(Math.sign(compareVersions(version(b), version(a)))).toBe(0 - expected)
  })
})

describe('the constraint kinds (fmri-and-version §4.1, cases 16 to 28)', () => {
  test.each([
    [16, '1.4.3', `1.4.3.7-1:${T}`, true, true],
    [17, '1.4.3', `1.4.4-1:${T}`, true, false],
    [18, '1.4.3', `1.4.2-1:${T}`, false, false],
    [19, '1.4.3-2', `1.4.3-2.1:${T}`, true, true],
    [20, '1.4.3-2', `1.4.3-3:${T}`, true, false],
    [21, '1.4.3-2', `1.4.3:${T}`, false, false],
    [22, '1.4.3', `1.4-1:${T}`, false, false],
    [23, `1.4.3:${T}`, `1.4.3-9:${T}`, true, true],
    [24, `1.4.3-2:${T}`, '1.4.3-2:20230501T120001Z', true, false],
    [25, '1.2', `1.20-4:${T}`, true, false],
    [26, '1.2.0', '1.2', false, false],
    [27, '1.2-4', `1.2.3-4.5:${T}`, true, true],
    [28, '1.2.3,5.10-4', '1.2.3,5.11-4', true, true],
  ])('case %i: %s against %s', (_case, d, v, atLeast, inside) => {
    expect(isAtLeast(version(v), version(d))).toBe(atLeast)
    expect(isInside(version(v), version(d))).toBe(inside)
  })

  test('elements are compared, not their texts', () => {
    expect(isInside(version('1.00.5'), version('1.0'))).toBe(true)
    expect(isInside(version('1.2.5'), version('1.2'))).toBe(true)
    expect(isInside(version('1.5-2024.1.2'), version('1-2024.1'))).toBe(true)
    expect(isInside(version('1.5-2024.10'), version('1-2024.1'))).toBe(false)
  })
})

describe('reading and printing', () => {
  test.each([
    ['1.0', '1.0,5.11', '1.0', '1.0'],
    ['1.0-2', '1.0,5.11-2', '1.0-2', '1.0-2'],
    [`1.0,5.10-0.1:${T}`, `1.0,5.10-0.1:${T}`, `1.0-0.1:${T}`, '1.0-0.1'],
    [`1.0:${T}`, `1.0,5.11:${T}`, `1.0:${T}`, '1.0'],
    ['00', '00,5.11', '00', '00'],
  ])('%s', (text, full, withoutBuild, short) => {
    expect(formatVersion(version(text))).toBe(full)
    expect(formatVersion(version(text), 'no-build')).toBe(withoutBuild)
    expect(formatVersion(version(text), 'short')).toBe(short)
  })

  test.each(['1.00', '00', '1,5.00', '1-00'])('%s is read but not published', (text) => {
    expect(isPublishableVersion(version(text))).toBe(false)
  })

  test.each(['0', '1.0', '10.100', '1,5.0-0.0'])('%s may be published', (text) => {
    expect(isPublishableVersion(version(text))).toBe(true)
  })

  test.each([
    ['20240229T000000Z', true],
    ['20230229T000000Z', false],
    ['19000229T000000Z', false],
    ['20000229T235959Z', true],
    ['00000101T000000Z', false],
    ['00010101T000000Z', true],
    ['20230001T000000Z', false],
    ['20231301T000000Z', false],
    ['20230100T000000Z', false],
    ['20230101T240000Z', false],
    ['20230101T006000Z', false],
    ['20230101T000060Z', false],
    ['20230101T000000.5Z', false],
  ])('time %s exists: %s', (text, exists) => {
    expect(isTimestamp(text)).toBe(exists)
    const time = parseTimestamp(text)
    expect(time === undefined ? undefined : formatTimestamp(time)).toBe(exists ? text : undefined)
  })

  test('a million digits are read and compared as a number', () => {
    const digits = '7'.repeat(1_000_000)
    expect(compareVersions(version(`1.${digits}`), version(`1.${digits}0`))).toBeLessThan(0)
    expect(parseVersion(`1.${'0'.repeat(1_000_000)}1`).ok).toBe(false)
    expect(parseVersion('1.'.repeat(1_000_000)).ok).toBe(false)
  })
})

describe('laws', () => {
  const anyTwo = fc.tuple(anyVersion, anyVersion)

  test('a time is printed as the calendar of the platform has it', () => {
    const times = fc.integer({ min: Date.UTC(900, 0, 1), max: Date.UTC(10_000, 5, 1) })
    const edges = [1000, 1900, 2000, 2024, 2100, 10_000].flatMap((year) =>
      [0, 1, 2].flatMap((month) => [Date.UTC(year, month, 1), Date.UTC(year, month, 1) - 1]),
    )
    const expected = (time: number) => new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    for (const time of edges) expect(formatTimestamp(time)).toBe(expected(time))
    fc.assert(fc.property(times, (time) => formatTimestamp(time) === expected(time)))
  })

  test('a time is read as the platform reads it, from the first year to the last', () => {
    const first = Date.parse('0001-01-01T00:00:00Z')
    const seconds = fc.integer({ min: first / 1000, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        const text = new Date(1000 * second).toISOString().replaceAll(/[-:]|\.\d+/g, '')
        expect(parseTimestamp(text)).toBe(1000 * second)
      }),
      { numRuns: 2000 },
    )
    expect(parseTimestamp('20230229T000000Z')).toBeUndefined()
  })

  test('every number but one with a leading zero is taken, and every time of the calendar', () => {
    const pieces = fc.array(fc.constantFrom('0', '00', '7', '10', '01', '', '123456789012345678901', '1a'), {
      minLength: 1,
      maxLength: 3,
    })
    const isNumber = (piece: string) => /^(0+|[1-9]\d*)$/.test(piece)
    fc.assert(
      fc.property(pieces, fc.option(pieces), (release, branch) => {
        const text = `${release.join('.')}${branch === null ? '' : `-${branch.join('.')}`}`
        expect(parseVersion(text).ok).toBe([...release, ...(branch ?? [])].every(isNumber))
      }),
    )
    const two = (least: number, most: number) =>
      fc.integer({ min: least, max: most }).map((value) => String(value).padStart(2, '0'))
    const years = fc.constantFrom('0000', '0001', '1900', '2000', '2023', '2024', '9999')
    const times = fc.tuple(years, two(0, 13), two(0, 32), two(0, 25), two(0, 61), two(0, 61))
    fc.assert(
      fc.property(times, ([year, month, day, hours, minutes, seconds]) => {
        const text = `${year}${month}${day}T${hours}${minutes}${seconds}Z`
        expect(parseVersion(`1:${text}`).ok).toBe(isTimestamp(text))
      }),
      { numRuns: 5000 },
    )
  })

  test('a printed version reads back as the same version', () => {
    fc.assert(
      fc.property(anyVersion, (one) => {
        expect(version(formatVersion(one))).toEqual(one)
      }),
    )
  })

  test('the order is that of the numbers, and antisymmetric', () => {
    const numbers = (text: string): bigint[] => text.split('.').map(BigInt)
    fc.assert(
      fc.property(anyTwo, ([a, b]) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)))
        const [left, right] = [numbers(a.release), numbers(b.release)]
        const place = left.findIndex((value, index) => value !== right[index])
        if (place === -1 || right[place] === undefined) return
        expect(compareVersions(a, b) < 0).toBe(left[place]! < right[place])
      }),
    )
  })

  test('the order is transitive', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        const [low, middle, high] = [a, b, c].sort(compareVersions)
        expect(compareVersions(low!, middle!)).toBeLessThanOrEqual(0)
        expect(compareVersions(low!, high!)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('a version is inside itself, and what is inside is not older than its own beginning', () => {
    fc.assert(
      fc.property(anyTwo, ([a, b]) => {
        expect(isInside(a, a)).toBe(true)
        const begun = { ...b, timestamp: undefined }
        if (isInside(a, begun)) expect(isAtLeast(a, begun)).toBe(true)
      }),
    )
  })
})
