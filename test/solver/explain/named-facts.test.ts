import { expect, test } from 'vitest'
import { explainText } from '#solver'
import { readWorld } from '../../support/checked-world.ts'
import { availableEngines } from '../../support/engines.ts'
import { findFactFaults } from '../../support/fact-check.ts'
import {
  explanationOf,
  runScenario,
  type Scenario,
  scenarioInput,
  scenarioOf,
} from '../../support/scenario.ts'
import { packages } from '../../support/short-scenario.ts'

const engines = await availableEngines()
const file = { default_publisher: 'one' }

/** Requests for a package of which most versions are out for reasons that are not in the request. */
const cases: readonly (readonly [string, Partial<Scenario>, readonly string[]])[] = [
  [
    'a disabled publisher',
    {
      publishers: [{ name: 'one' }, { name: 'two', enabled: false }],
      catalog: packages('pkg://one/a@1 require gone', 'pkg://two/a@2'),
    },
    ['You asked for a.', 'No enabled publisher offers a@2.', 'a@1 needs gone.', 'No publisher offers gone.'],
  ],
  [
    'another variant',
    {
      catalog: packages('a@1 require gone', 'a@2 variant.arch=sparc'),
      image: { installed: [], variants: { 'variant.arch': 'i386' } },
    },
    [
      'You asked for a.',
      'a@2 is for variant.arch=sparc, not for i386.',
      'a@1 needs gone.',
      'No publisher offers gone.',
    ],
  ],
  [
    'a higher ranked publisher',
    {
      publishers: [{ name: 'one' }, { name: 'two' }],
      catalog: packages('pkg://one/a@1 require gone', 'pkg://two/a@2'),
    },
    [
      'You asked for a.',
      'a is taken from a higher ranked publisher; 2 comes only from two.',
      'a@1 needs gone.',
      'No publisher offers gone.',
    ],
  ],
  [
    'a sticky publisher',
    {
      publishers: [{ name: 'two' }, { name: 'one' }],
      catalog: packages('pkg://one/a@1 exclude b', 'pkg://two/a@2', 'pkg://two/b@1'),
      image: { installed: ['pkg://one/a@1'] },
      request: { op: 'install', patterns: ['a', 'b'] },
    },
    [
      'You asked for a.',
      'You asked for b.',
      'a is installed from one; 2 comes only from two.',
      'a@1 cannot be together with b.',
    ],
  ],
  [
    'a version that was not asked for',
    {
      publishers: [{ name: 'one' }, { name: 'two', enabled: false }],
      catalog: packages('pkg://one/a@1 require gone', 'pkg://two/a@2'),
      request: { op: 'install', patterns: ['a@1'] },
    },
    ['You asked for a@1.', 'a@1 needs gone.', 'No publisher offers gone.'],
  ],
  [
    'newer versions of another publisher, where the latest is that of a sticky one',
    {
      publishers: [{ name: 'two' }, { name: 'one' }],
      catalog: packages('pkg://one/a@1', 'pkg://one/a@2 require gone', 'pkg://two/a@3'),
      image: { installed: ['pkg://one/a@1'] },
      request: { op: 'install', patterns: ['a@latest'] },
    },
    ['You asked for a@latest.', 'a@2 needs gone.', 'No publisher offers gone.'],
  ],
]

for (const [engine, newBackend] of engines) {
  test.each(cases)(
    `what keeps versions of a named package out is said: %s (${engine})`,
    (_, some, expected) => {
      const scenario = scenarioOf(some)
      const problem = explanationOf(runScenario(file, scenario, newBackend))
      expect([...explainText(problem)].sort()).toEqual([...expected].sort())
      const { catalog, snapshot, request } = scenarioInput(file, scenario)
      expect(findFactFaults(readWorld(catalog, snapshot, request), problem.facts, newBackend)).toEqual([])
    },
  )
}
