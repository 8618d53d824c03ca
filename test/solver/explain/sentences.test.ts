import { describe, expect, test } from 'vitest'
import { explainText, loadBackend } from '#solver'
import { explanationOf, runScenario, type Scenario, scenarioOf } from '../../support/scenario.ts'
import { packages } from '../../support/short-scenario.ts'

const file = { default_publisher: 'one' }
const newBackend = await loadBackend('minisat-wasm')
const self = 'feature/package/dependency/self'

type Package = Scenario['catalog'][number]
const one = (fmri: string, type: string, target: string | readonly string[], rest = {}): Package => ({
  fmri,
  depends: [{ type, fmri: target, ...rest }],
})

/** The smallest request in which a fact has a part, and its sentence. */
const cases: readonly (readonly [string, Partial<Scenario>, string])[] = [
  [
    'a named version',
    { catalog: [one('a@1', 'require', 'gone')], request: { op: 'install', patterns: ['a@1'] } },
    'You asked for a@1.',
  ],
  ['require', { catalog: [one('a@1', 'require', 'b@2'), { fmri: 'b@1' }] }, 'a@1 needs b 2 or newer.'],
  ['require-any', { catalog: [one('a@1', 'require-any', ['b', 'c'])] }, 'a@1 needs one of b, c.'],
  [
    'group-any',
    { catalog: [one('a@1', 'group-any', ['b', 'c']), one('b@1', 'require', 'gone')] },
    'a@1 needs one of b, c.',
  ],
  ['group', { catalog: [one('a@1', 'group', 'b'), one('b@1', 'require', 'gone')] }, 'a@1 groups b.'],
  [
    'incorporate',
    {
      catalog: packages('a@1 incorporate b@1, require b@2', 'b@1', 'b@2'),
    },
    'a@1 allows b only at 1.',
  ],
  [
    'optional',
    {
      catalog: packages('a@1 optional b@2, require b', 'b@1'),
    },
    'a@1 works with b only at 2 or newer.',
  ],
  [
    'exclude',
    {
      catalog: packages('a@1 exclude b@2, require b@2', 'b@2'),
    },
    'a@1 cannot be together with b 2 or newer.',
  ],
  [
    'conditional',
    {
      catalog: [one('a@1', 'conditional', 'gone@2', { predicate: 'b' }), { fmri: 'b@1' }],
      image: { installed: ['b@1'] },
    },
    'a@1 needs gone 2 or newer because of b.',
  ],
  [
    'origin',
    { catalog: [one('a@1', 'origin', 'b@2'), { fmri: 'b@1' }], image: { installed: ['b@1'] } },
    'a@1 may only be installed over b 2 or newer; b 1 is installed.',
  ],
  [
    'origin of the root image',
    {
      catalog: [one('a@1', 'origin', 'b@2', { 'root-image': true }), { fmri: 'b@2' }],
      image: { installed: ['b@2'], root: ['b@1'] },
    },
    'a@1 may only be installed over b 2 or newer; b 1 is installed at /.',
  ],
  [
    'origin, of several the one that fails',
    {
      catalog: packages('a@1 origin c@1, origin b@2', 'b@1', 'c@1'),
      image: { installed: ['b@1', 'c@1'] },
    },
    'a@1 may only be installed over b 2 or newer; b 1 is installed.',
  ],
  [
    'parent',
    { catalog: [one('a@1', 'parent', self)], image: { installed: [], parent: ['a@2'] } },
    'a@1 must match the parent image, which has a@2.',
  ],
  [
    'parent that lacks it',
    { catalog: [one('a@1', 'parent', 'b')], image: { installed: [], parent: [] } },
    'a@1 must match the parent image, which has no b.',
  ],
  [
    'held',
    {
      catalog: [one('inc@1', 'incorporate', 'a@1'), ...packages('inc@2', 'a@1', 'a@2')],
      image: { installed: ['inc@1'] },
      request: { op: 'install', patterns: ['a@2'] },
    },
    'inc 1 is installed and does not move unless you name it.',
  ],
  [
    'held by a hold',
    {
      catalog: [
        { ...one('inc@1', 'incorporate', 'a@1'), 'install-hold': 'os' },
        ...packages('inc@2', 'a@1', 'a@2'),
      ],
      image: { installed: ['inc@1'] },
      request: { op: 'install', patterns: ['a@2'] },
    },
    'inc 1 is installed and does not move unless you name it (hold os).',
  ],
  [
    'floor',
    {
      catalog: [one('a@1', 'exclude', 'b@2'), ...packages('b@1', 'b@2')],
      image: { installed: ['b@2'] },
    },
    'b 2 is installed and would have to go down to 1.',
  ],
  [
    'freeze',
    {
      catalog: [one('a@1', 'require', 'b@2'), { fmri: 'b@2' }],
      image: { installed: [], frozen: [{ fmri: 'b@1', reason: 'why' }] },
    },
    'b is frozen at 1: why.',
  ],
  [
    'reject',
    {
      catalog: [one('a@1', 'require', 'b'), { fmri: 'b@1' }],
      request: { op: 'install', patterns: ['a'], reject: ['b'] },
    },
    'b is excluded by --reject.',
  ],
  [
    'removed',
    {
      catalog: [one('a@1', 'require-any', ['b', 'gone']), { fmri: 'b@1' }],
      image: { installed: ['a@1', 'b@1'] },
      request: { op: 'uninstall', patterns: ['b'] },
    },
    'You asked for b to be removed.',
  ],
  [
    'removed by an actuator',
    {
      catalog: [one('a@1', 'require-any', ['b', 'gone']), ...packages('b@1', 'c@1 uninstalls b')],
      image: { installed: ['a@1', 'b@1', 'c@1'] },
      request: { op: 'uninstall', patterns: ['c'] },
    },
    'c takes b along when it goes.',
  ],
  [
    'named by an actuator',
    {
      catalog: [...packages('b@1'), one('b@2', 'require', 'gone'), ...packages('c@1 updates b@2')],
      image: { installed: ['b@1', 'c@1'] },
      request: { op: 'uninstall', patterns: ['c'] },
    },
    'c asks for pkg:/b@2 when it goes.',
  ],
  [
    'stays',
    { catalog: [one('a@1', 'exclude', 'b'), { fmri: 'b@1' }], image: { installed: ['b@1'] } },
    'b 1 is installed and nothing in this request removes it.',
  ],
  ['none', { catalog: [one('a@1', 'require', 'b@2'), { fmri: 'b@1' }] }, 'No publisher offers b 2 or newer.'],
  [
    'none inside',
    {
      catalog: packages('a@1 incorporate b@3, require b', 'b@1'),
    },
    'No known version of b is inside 3.',
  ],
  [
    'obsolete',
    { catalog: [one('a@1', 'require', 'b'), { fmri: 'b@1', obsolete: true }] },
    'Every version of b is obsolete.',
  ],
  [
    'variant',
    {
      catalog: [one('a@1', 'require', 'b'), { fmri: 'b@1', variants: { 'variant.arch': ['sparc'] } }],
      image: { installed: [], variants: { 'variant.arch': 'i386' } },
    },
    'b@1 is for variant.arch=sparc, not for i386.',
  ],
  [
    'explicit-install',
    { catalog: [one('a@1', 'require', 'b'), { fmri: 'b@1', 'explicit-install': true }] },
    'b@1 needs explicit installation.',
  ],
  [
    'unsupported',
    { catalog: [one('a@1', 'require', 'b'), one('b@1', 'strange', 'c')] },
    'b@1 has metadata that this version cannot read.',
  ],
  [
    'publisher',
    {
      publishers: [{ name: 'two' }, { name: 'one' }],
      catalog: [...packages('pkg://one/b@1', 'pkg://two/b@2'), one('pkg://two/a@1', 'require', 'b@2')],
      image: { installed: ['pkg://one/b@1'] },
    },
    'b is installed from one; 2 comes only from two.',
  ],
]

describe('each kind of fact has its sentence', () => {
  test.each(cases)('%s', (_, some, sentence) => {
    const problem = explanationOf(runScenario(file, scenarioOf(some), newBackend))
    expect(explainText(problem)).toContain(sentence)
  })
})
