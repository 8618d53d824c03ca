import { beforeAll, describe, expect, test } from 'vitest'
import { contractBackend, loadBackend, type NewSatBackend } from '#solver'
import { explanationOf, runScenario } from '../../support/scenario.ts'
import { type ShortScenario, scenario } from '../../support/short-scenario.ts'

let newBackend: NewSatBackend

beforeAll(async () => {
  newBackend = contractBackend(await loadBackend('minisat-wasm'))
})

/** Whether the reference client sees the failure without a search, and the packages that it names as the reason. */
type Case = readonly [title: string, before: boolean, subjects: readonly string[], short: ShortScenario]

/** `top` needs two packages that exclude each other, two steps away: only a search sees that. */
const clash = [
  'top@1 require left, require right',
  'left@1 require deep',
  'right@1 require deeper',
  'deep@1 exclude deeper',
  'deeper@1',
]

const cases: readonly Case[] = [
  [
    'an installed package excludes what a named one requires',
    true,
    ['baz'],
    { published: ['foo@1', 'baz@1 exclude foo', 'r@1 require foo'], installed: ['baz@1'], request: ['r'] },
  ],
  [
    'an installed package excludes the member of a named group',
    true,
    ['baz'],
    { published: ['foo@1', 'baz@1 exclude foo', 'g@1 group foo'], installed: ['baz@1'], request: ['g'] },
  ],
  [
    'an avoided member needs nothing',
    false,
    [],
    {
      published: [
        'foo@1',
        'baz@1 exclude foo',
        'g@1 group foo, require a, require b',
        'a@1 require c',
        'b@1 require d',
        'c@1 exclude d',
        'd@1',
      ],
      installed: ['baz@1'],
      avoid: ['foo'],
      request: ['g'],
    },
  ],
  [
    'only some versions of the named package require what is excluded',
    false,
    [],
    {
      published: ['foo@1', 'bar@1', 'baz@1 exclude foo, exclude bar', 'r@1 require foo', 'r@2 require bar'],
      installed: ['baz@1'],
      request: ['r'],
    },
  ],
  [
    'the new version of a named incorporation excludes what an installed package incorporates',
    true,
    ['osnet'],
    {
      published: [
        'perl@1.0',
        'perl@1.1',
        'osnet@1 require perl@1.0, incorporate perl@1.0',
        'entire@1.0 incorporate osnet@1',
        'entire@1.1 incorporate perl@1.1',
      ],
      installed: ['entire@1.0', 'osnet@1', 'perl@1.0'],
      request: ['entire@latest'],
    },
  ],
  [
    'the same through a second installed incorporation',
    true,
    ['osnet'],
    {
      published: [
        'perl@1.0',
        'perl@1.1',
        'osnet@1 require perl@1.0, incorporate perl@1.0',
        'userland@1 incorporate perl@1.0',
        'userland@2 incorporate perl@1.1',
        'entire@1.0 incorporate osnet@1, incorporate userland@1',
        'entire@1.1 incorporate userland@2',
      ],
      installed: ['entire@1.0', 'osnet@1', 'perl@1.0', 'userland@1'],
      request: ['entire@latest'],
    },
  ],
  [
    'a named group needs what an incorporation of the same request forbids',
    true,
    ['inc'],
    { published: ['b@1', 'inc@1 incorporate b@2', 'g@1 group b'], request: ['g', 'inc'] },
  ],
  [
    'two requirements of a named package exclude each other',
    true,
    ['both'],
    { published: ['both@1 require x, require y', 'x@1 exclude y', 'y@1 exclude x'], request: ['both'] },
  ],
  [
    'two deeper requirements clash',
    false,
    [],
    {
      published: ['top@1 require a, require b', 'a@1 require c', 'b@1 require d', 'c@1 exclude d', 'd@1'],
      request: ['top'],
    },
  ],
  [
    'nobody offers what the named package requires',
    true,
    ['a'],
    { published: ['a@1 require gone'], request: ['a'] },
  ],
  [
    'all members of a named group lack something',
    true,
    ['g'],
    { published: ['g@1 group m', 'm@1 require gone'], request: ['g'] },
  ],
  [
    'all members of a named group-any lack something',
    true,
    ['g'],
    { published: ['g@1 group-any m n', 'm@1 require gone', 'n@1 require gone'], request: ['g'] },
  ],
  [
    'an installed package has a conditional dependency that the named package starts',
    true,
    ['c'],
    {
      published: ['a@1', 'c@1 conditional gone if a'],
      installed: ['c@1'],
      request: ['a'],
    },
  ],
  [
    'a held incorporation stays though nothing is left of an avoided package that it incorporates',
    false,
    [],
    {
      published: ['inc@1 incorporate lib@1, hold os, group z', 'lib@1 require x', 'x@1', 'z@1', ...clash],
      installed: ['inc@1', 'lib@1', 'x@1'],
      avoid: ['lib'],
      request: 'install top --reject x',
    },
  ],
  [
    'an incorporation that is not held goes in that case, though the reasons have nothing to do with it',
    true,
    [],
    {
      published: ['inc@1 incorporate lib@1', 'user@1 require inc@1', 'lib@1 require x', 'x@1', ...clash],
      installed: ['inc@1', 'lib@1', 'user@1', 'x@1'],
      avoid: ['lib'],
      request: 'install top --reject x',
    },
  ],
  [
    'the incorporation that a child image takes over excludes what an installed package incorporates',
    true,
    ['other'],
    {
      published: [
        'inc@1 parent feature/package/dependency/self, incorporate lib@1',
        'inc@2 parent feature/package/dependency/self, incorporate lib@2',
        'other@1 require lib@1, incorporate lib@1',
        'lib@1',
        'lib@2',
      ],
      installed: ['inc@1', 'lib@1', 'other@1'],
      parent: ['inc@2'],
      request: 'update',
    },
  ],
  [
    'a rejected package is required by an installed one',
    true,
    ['user'],
    {
      published: ['user@1 require bad', 'bad@1', 'c@1'],
      installed: ['bad@1', 'user@1'],
      request: 'install c --reject bad',
    },
  ],
  [
    'an update of everything without a version left',
    true,
    ['os'],
    {
      published: ['os@1 parent feature/package/dependency/self'],
      installed: ['os@1'],
      parent: ['os@2'],
      request: 'update',
    },
  ],
]

describe('failures that the reference client finds before it searches', () => {
  test.each(cases)('%s', (title, before, subjects, short) => {
    const made = scenario('x', title, { ...short, problem: 'unsatisfiable' })
    const problem = explanationOf(runScenario({ default_publisher: 't' }, made, newBackend))
    expect([problem.beforeSearch, problem.subjects]).toEqual([before, subjects])
  })
})
