import { describe, expect, test } from 'vitest'
import type { ImageSnapshot, PublisherName, SolveRequest } from '#model'
import { formatFmri, parseFmri } from '#model'
import { createUniverse, fmriOf } from '../../../solver/lookup/universe.ts'
import { resolvePatterns } from '../../../solver/question/patterns.ts'
import { buildCatalog } from '../../support/build-catalog.ts'

const publishers = ['pub', 'alt'] as PublisherName[]
const known = [
  'pkg://pub/web/nginx@1.26.2-0',
  'pkg://pub/web/nginx@1.26.10-0',
  'pkg://alt/web/nginx@1.26.2-0',
  'pkg://pub/nginx@0.1-1',
  'pkg://pub/lib/foo@1-0',
  'pkg://pub/lib/foobar@1-0',
  'pkg://pub/Lib/Foo@1-0',
]

function fmri(text: string) {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

function resolve(
  patterns: readonly string[],
  options: {
    installed?: readonly string[]
    sticky?: boolean
    disabled?: readonly string[]
    request?: Partial<SolveRequest>
  } = {},
) {
  const catalog = buildCatalog(
    publishers,
    known.map((text) => ({
      publisher: fmri(text).publisher!,
      stem: fmri(text).stem,
      version: text.slice(text.indexOf('@') + 1),
      actions: [],
    })),
  )
  const snapshot: ImageSnapshot = {
    generation: 1,
    installed: (options.installed ?? []).map((text) => ({ fmri: fmri(text), manual: false })),
    publishers: publishers.map((name) => ({
      name,
      sticky: options.sticky ?? true,
      enabled: options.disabled?.includes(name) !== true,
    })),
    variants: new Map(),
    facets: [],
    frozen: [],
    avoided: [],
    parent: undefined,
  }
  const universe = createUniverse(catalog, snapshot)
  const request: SolveRequest = {
    operation: 'install',
    patterns,
    reject: [],
    ignoreMissing: false,
    ...options.request,
  }
  const resolved = resolvePatterns(universe, request)
  if (!resolved.ok) {
    const { error } = resolved
    return error.code === 'ips::solver_error::no_candidates'
      ? error.patterns.map(({ why }) => why).join()
      : error.code.replace('ips::solver_error::', '')
  }
  return [...resolved.value.named.values()]
    .flat()
    .map((id) => formatFmri(fmriOf(catalog, id), 'short').replace('pkg://', ''))
}

const newest = ['pub/web/nginx@1.26.2-0', 'pub/web/nginx@1.26.10-0']

describe('names and versions', () => {
  const cases: readonly (readonly [string, string | readonly string[]])[] = [
    ['nginx', 'ambiguous'],
    ['/nginx', ['pub/nginx@0.1-1']],
    ['pkg:/nginx', ['pub/nginx@0.1-1']],
    ['pkg://pub/nginx', ['pub/nginx@0.1-1']],
    ['web/nginx', newest],
    ['pkg:///web/nginx', newest],
    ['pkg://alt/web/nginx', ['alt/web/nginx@1.26.2-0']],
    ['//alt/web/nginx', ['alt/web/nginx@1.26.2-0']],
    ['nginx*', ['pub/nginx@0.1-1']],
    ['*/nginx', newest],
    ['web/ngin?', newest],
    ['pkg://*/nginx', 'no-match'],
    ['ginx', 'no-match'],
    ['NGINX', 'no-match'],
    ['foo', ['pub/lib/foo@1-0']],
    ['*foo*', ['pub/lib/foo@1-0', 'pub/lib/foobar@1-0']],
    ['nginx@1', newest],
    ['nginx@1.26.2', ['pub/web/nginx@1.26.2-0']],
    ['nginx@1.26.1', 'no-match'],
    ['nginx@1.2', 'no-match'],
    ['lib/foo@1-0.0', 'no-match'],
    ['nginx@1.26,5.10', newest],
    ['nginx@*-0', newest],
    ['web/nginx@latest', ['pub/web/nginx@1.26.10-0']],
    ['web/nginx@', newest],
    ['nginx@01', 'bad_patterns'],
    ['fo[o]', 'bad_patterns'],
    ['pkg://pub', 'bad_patterns'],
  ]
  test.each(cases)('%s', (pattern, expected) => {
    expect(resolve([pattern])).toEqual(expected)
  })
})

describe('several patterns and publishers', () => {
  test('patterns without wildcard beat globs on the same stem', () => {
    expect(resolve(['*/nginx', 'web/nginx@1.26.2'])).toEqual(['pub/web/nginx@1.26.2-0'])
  })
  test('a glob with a publisher beats one without', () => {
    expect(resolve(['web/*', 'pkg://alt/*'])).toEqual(['alt/web/nginx@1.26.2-0'])
  })
  test('what only a disabled publisher offers is told apart from what nobody knows', () => {
    expect(resolve(['foo'], { disabled: ['pub'] })).toBe('not-offered')
    expect(resolve(['fooo'], { disabled: ['pub'] })).toBe('no-match')
    expect(resolve(['web/nginx'], { disabled: ['pub'] })).toEqual(['alt/web/nginx@1.26.2-0'])
    expect(resolve(['web/nginx@1.26.10'], { disabled: ['pub'] })).toBe('no-match')
    expect(resolve(['foo@9'], { disabled: ['pub'] })).toBe('no-match')
    expect(resolve(['pkg://alt/lib/foo'], { disabled: ['pub'] })).toBe('no-match')
    expect(resolve(['pkg://pub/lib/foo@latest'], { disabled: ['pub'] })).toBe('not-offered')
  })
  test('versions of one stem are intersected', () => {
    expect(resolve(['web/nginx@1.26', 'web/nginx@1.26.10'])).toEqual(['pub/web/nginx@1.26.10-0'])
    expect(resolve(['web/nginx@1.26.2', 'web/nginx@1.26.10'])).toBe('multispec')
  })
  test('a sticky publisher keeps its package', () => {
    const installed = ['pkg://alt/web/nginx@1.26.2-0']
    expect(resolve(['web/nginx'], { installed })).toEqual(['alt/web/nginx@1.26.2-0'])
    expect(resolve(['web/nginx@1.26.10'], { installed })).toBe('wrong-publisher')
  })
  test('a publisher that is not sticky yields to rank, and the installed package stays choosable', () => {
    const installed = ['pkg://alt/web/nginx@1.26.2-0']
    expect(resolve(['web/nginx'], { installed, sticky: false })).toEqual([
      'alt/web/nginx@1.26.2-0',
      'pub/web/nginx@1.26.10-0',
    ])
  })
  test('update and uninstall look at what is installed', () => {
    expect(resolve(['foo'], { request: { operation: 'update' } })).toBe('not-installed')
    expect(resolve(['foo'], { request: { operation: 'update', ignoreMissing: true } })).toEqual([])
  })
  test('a rejected name cannot be asked for', () => {
    expect(resolve(['foo'], { request: { reject: ['foo'] } })).toBe('rejected')
    expect(resolve(['foo'], { request: { reject: ['nosuch'] } })).toBe('no-match')
  })
  test('only what enabled publishers offer or what is installed can be rejected', () => {
    const reject = (text: string, more: Parameters<typeof resolve>[1] = {}) =>
      resolve(['web/nginx'], { ...more, request: { reject: [text] } })
    const chosen = ['alt/web/nginx@1.26.2-0']
    expect(reject('foo', { disabled: ['pub'] })).toBe('not-offered')
    expect(reject('lib/*', { disabled: ['pub'] })).toBe('not-offered')
    expect(reject('foo', { disabled: ['pub'], installed: ['pkg://pub/lib/foo@1-0'] })).toEqual(chosen)
    expect(reject('*/*o*', { disabled: ['pub'], installed: ['pkg://pub/lib/foo@1-0'] })).toEqual(chosen)
  })
  test('a publisher beside a rejected name counts, a version does not', () => {
    const reject = (text: string) => resolve(['pkg://alt/web/nginx'], { request: { reject: [text] } })
    expect(reject('pkg://alt/lib/foo')).toBe('no-match')
    expect(reject('pkg://nobody/lib/foo')).toBe('no-match')
    expect(reject('pkg://pub/lib/foo@9')).toEqual(['alt/web/nginx@1.26.2-0'])
  })
})
