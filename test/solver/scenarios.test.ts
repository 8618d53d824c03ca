import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contractBackend, explainText, fixCommand, loadBackend } from '#solver'
import { availableEngines } from '../support/engines.ts'
import { sampledNumbers } from '../support/sampling.ts'
import {
  explanationOf,
  mismatch,
  outcomeOf,
  runScenario,
  type Scenario,
  type ScenarioFile,
  scenarioOf,
} from '../support/scenario.ts'
import { projectRoot } from '../support/shared-data.ts'
import { packages } from '../support/short-scenario.ts'
import { scenarios } from './scenarios/all.ts'

const read = (path: string): ScenarioFile => JSON.parse(readFileSync(path, 'utf8'))
/** The file format's name of the publisher that nobody names. */
const own = { default_publisher: 't' }
const specified = read(join(projectRoot, 'docs', 'spec', 'solver-scenarios.json'))
/** The share that logic-solver gets. Each of its engines takes a heap of 64 MiB, more than the work of a scenario. */
const shareOf = <T>(all: readonly T[]) => sampledNumbers(all.length, 12).map((number) => all[number - 1]!)
const engines = await availableEngines()

for (const [name, newBackend] of engines) {
  const checked = contractBackend(newBackend)
  const taken = <T>(all: readonly T[]) => (name === 'logic-solver' ? shareOf(all) : all)
  describe(`with ${name}`, () => {
    test.each(taken(scenarios).map((scenario) => [scenario.title, scenario] as const))(
      '%s',
      (_, scenario) => {
        const result = runScenario(own, scenario, checked)
        expect(mismatch(scenario, outcomeOf(own, scenario, result))).toBeUndefined()
      },
    )
    test.each(taken(specified.scenarios).map((scenario) => [scenario.id, scenario] as const))(
      'specification: %s',
      (_, scenario) => {
        const result = runScenario(specified, scenario, checked)
        expect(mismatch(scenario, outcomeOf(specified, scenario, result))).toBeUndefined()
      },
    )
  })
}

/** Short form of a scenario that has no plan. */
function impossible(catalog: Scenario['catalog'], rest: Partial<Scenario>): Scenario {
  return scenarioOf({ catalog, request: { op: 'install', patterns: ['lynx'] }, ...rest })
}

const heldLynx: Scenario['catalog'] = packages(
  'inc@1 incorporate lynx@1',
  'inc@2 incorporate lynx@2',
  'lynx@1',
  'lynx@2',
)

/** A holding package that could be newer but for its needs, and one that needs what is rejected. */
const standstill: Scenario['catalog'] = packages(
  'os@1 hold os',
  'os@2 hold os, require gone',
  'user@1 require bad',
  'bad@1',
)
const needsRejected = [
  'user 1 is installed and nothing in this request removes it.',
  'user@1 needs bad.',
  'bad is excluded by --reject.',
]

const newCadical = await loadBackend('cadical')

describe('explanations', () => {
  const checked = contractBackend(newCadical)
  const cases: readonly (readonly [string, Scenario, readonly string[], readonly string[]])[] = [
    [
      'a held incorporation, with both ways out',
      impossible(heldLynx, {
        image: { installed: ['inc@1', 'lynx@1'] },
        request: { op: 'install', patterns: ['lynx@2'] },
      }),
      [
        'You asked for lynx@2.',
        'inc@1 allows lynx only at 1.',
        'inc 1 is installed and does not move unless you name it.',
      ],
      ['pkg6 install pkg:/inc lynx@2', 'pkg6 install --reject pkg:/inc lynx@2'],
    ],
    [
      'a freeze and its reason',
      impossible(packages('lynx@1', 'lynx@2'), {
        image: { installed: ['lynx@1'], frozen: [{ fmri: 'lynx@1', reason: '2 is broken' }] },
        request: { op: 'install', patterns: ['lynx@2'] },
      }),
      ['You asked for lynx@2.', 'lynx is frozen at 1: 2 is broken.'],
      ['pkg6 unfreeze lynx'],
    ],
    [
      'a chain to a package that nobody offers',
      impossible(packages('lynx@1 require libz@2', 'libz@2 require gone@3', 'libz@3 require gone@3'), {}),
      [
        'You asked for lynx.',
        'lynx@1 needs libz 2 or newer.',
        'libz needs gone 3 or newer.',
        'No publisher offers gone.',
      ],
      [],
    ],
    [
      'a rejected alternative',
      impossible(packages('lynx@1 require-any b c', 'b@1', 'c@1'), {
        request: { op: 'install', patterns: ['lynx'], reject: ['b', 'c'] },
      }),
      [
        'You asked for lynx.',
        'lynx@1 needs one of b, c.',
        'b is excluded by --reject.',
        'c is excluded by --reject.',
      ],
      ['pkg6 install --reject c lynx', 'pkg6 install --reject b lynx'],
    ],
    [
      'a package that older versions would not help',
      impossible(packages('lynx@1 require b@1', 'lynx@2 require b@2', 'b@1', 'b@2', 'c@1'), {
        image: { installed: ['lynx@2', 'b@2'] },
        request: { op: 'install', patterns: ['c'], reject: ['b'] },
      }),
      [
        'lynx 2 is installed and is not downgraded.',
        'lynx@2 needs b 2 or newer.',
        'b is excluded by --reject.',
      ],
      ['pkg6 install c', 'pkg6 install --reject b --reject pkg:/lynx c'],
    ],
    [
      'a package that would have to go down, and not just by one version',
      impossible(packages('lynx@1', 'lynx@2 exclude c', 'lynx@3 exclude c', 'c@1'), {
        image: { installed: ['lynx@3'] },
        request: { op: 'install', patterns: ['c'] },
      }),
      [
        'You asked for c.',
        'lynx@3 cannot be together with c.',
        'lynx 3 is installed and would have to go down to 1.',
      ],
      ['pkg6 install c pkg:/lynx@1', 'pkg6 install --reject pkg:/lynx c'],
    ],
    [
      'a downgrade that only a package asks for which cannot come',
      impossible(packages('a@1', 'a@2 incorporate a@1'), {
        image: { installed: ['a@2'] },
        request: { op: 'install', patterns: ['a'] },
      }),
      ['You asked for a.', 'a@2 allows a only at 1.', 'a 2 is installed and would have to go down to 1.'],
      ['pkg6 install pkg:/a@1'],
    ],
    [
      'a pattern that a shell would read otherwise',
      impossible(packages('lynx@1 require gone', 'lynx@2 require gone', 'c@1'), {
        request: { op: 'install', patterns: ['ly*', 'c'] },
      }),
      ['You asked for ly*.', 'lynx needs gone.', 'No publisher offers gone.'],
      ['pkg6 install c'],
    ],
    [
      'a group whose member cannot come',
      impossible(packages('lynx@1 group vi', 'vi@1 require gone'), {}),
      ['You asked for lynx.', 'lynx@1 groups vi.', 'vi@1 needs gone.', 'No publisher offers gone.'],
      ['pkg6 install --reject pkg:/vi lynx'],
    ],
    [
      'a library that a held package keeps at a version which would not do',
      impossible(
        packages('inc@1 incorporate lib@1', 'lib@1', 'lib@2', 'run@1 require lib@2', 'lynx@1 require run'),
        { image: { installed: ['inc@1'] }, request: { op: 'install', patterns: ['lynx'] } },
      ),
      [
        'You asked for lynx.',
        'lynx@1 needs run.',
        'run@1 needs lib 2 or newer.',
        'inc@1 allows lib only at 1.',
        'inc 1 is installed and nothing in this request removes it.',
      ],
      ['pkg6 install --reject pkg:/inc lynx'],
    ],
    [
      'an installed library that a held package keeps at a version which would not do',
      impossible(packages('inc@1 incorporate lib@1', 'lib@1', 'lib@2', 'lynx@1 require lib@2'), {
        image: { installed: ['inc@1', 'lib@1'] },
        request: { op: 'install', patterns: ['lynx'] },
      }),
      [
        'You asked for lynx.',
        'lynx@1 needs lib 2 or newer.',
        'inc@1 allows lib only at 1.',
        'inc 1 is installed and nothing in this request removes it.',
      ],
      ['pkg6 install --reject pkg:/inc lynx'],
    ],
    [
      'an update of everything in which the member of a group cannot come',
      impossible(packages('desk@1 require bad', 'desk@2 group vi', 'bad@1', 'vi@1 require gone'), {
        image: { installed: ['desk@1', 'bad@1'] },
        request: { op: 'update', reject: ['bad'] },
      }),
      [
        'desk 1 is installed and nothing in this request removes it.',
        'desk@1 needs bad.',
        'desk@2 groups vi.',
        'vi@1 needs gone.',
        'No publisher offers gone.',
        'bad is excluded by --reject.',
      ],
      ['pkg6 update --reject bad --reject pkg:/vi', 'pkg6 update --reject bad --reject pkg:/desk'],
    ],
    [
      'an update that would do nothing without what is rejected, and an obsolete member of a group',
      impossible([...standstill, ...packages('meta@1 group m', 'm@1 obsolete')], {
        image: { installed: ['os@1', 'user@1', 'bad@1', 'meta@1'] },
        request: { op: 'update', reject: ['bad'] },
      }),
      needsRejected,
      ['pkg6 update --reject bad --reject pkg:/user'],
    ],
    [
      'an update that would do no more without what is rejected than to drop what was renamed',
      impossible([...standstill, ...packages('old@1 renamed, require new', 'new@1')], {
        image: { installed: ['os@1', 'user@1', 'bad@1', 'old@1', 'new@1'] },
        request: { op: 'update', reject: ['bad'] },
      }),
      needsRejected,
      ['pkg6 update', 'pkg6 update --reject bad --reject pkg:/user'],
    ],
  ]
  test.each(cases)('%s', (_, scenario, sentences, fixes) => {
    const problem = explanationOf(runScenario(own, scenario, checked))
    expect(explainText(problem)).toEqual(sentences)
    expect(problem.fixes.map(fixCommand)).toEqual(fixes)
  })

  test('reasons that have nothing to do with each other are given side by side', () => {
    const scenario = impossible(
      packages('a@1 require gone', 'b@1 require c@2', 'c@1', 'd@1 require a', 'e@1'),
      { request: { op: 'install', patterns: ['a', 'b', 'd', 'e'] } },
    )
    const { facts, more, subjects, fixes } = explanationOf(runScenario(own, scenario, checked))
    // That d needs a, and a needs what is gone, is no other reason.
    expect([facts, ...more].map((reason) => explainText({ facts: reason }))).toEqual([
      ['You asked for a.', 'a@1 needs gone.', 'No publisher offers gone.'],
      ['You asked for b.', 'b@1 needs c 2 or newer.', 'No publisher offers c 2 or newer.'],
    ])
    expect(subjects).toEqual(['a', 'b'])
    expect(fixes.map(fixCommand)).toEqual([])
  })

  test('a way out may need one change for each reason', () => {
    const scenario = impossible(packages('a@1 require gone', 'b@1 require c@2', 'c@1', 'e@1'), {
      request: { op: 'install', patterns: ['a', 'b', 'e'] },
    })
    const { fixes } = explanationOf(runScenario(own, scenario, checked))
    expect(fixes.map(fixCommand)).toEqual(['pkg6 install e'])
  })

  const rejected = ['x', 'y'].map((fmri) => ({ fmri: `${fmri}@1` }))
  test.each([
    [
      'from packages that are held',
      impossible(
        [
          ...rejected,
          ...['x', 'y'].flatMap((stem) =>
            [1, 2].map((version) => ({
              fmri: `inc-${stem}@${version}`,
              'install-hold': `os.${stem}`,
              depends: [
                ...(version === 1 ? [{ type: 'require', fmri: stem }] : []),
                { type: 'incorporate', fmri: `lib@${version}` },
              ],
            })),
          ),
          { fmri: 'c@1' },
        ],
        {
          image: { installed: ['inc-x@1', 'inc-y@1', 'x@1', 'y@1'] },
          request: { op: 'install', patterns: ['c'], reject: ['x', 'y'] },
        },
      ),
      [
        [
          'inc-x 1 is installed and does not move unless you name it (hold os.x).',
          'inc-x@1 needs x.',
          'x is excluded by --reject.',
        ],
        [
          'inc-y 1 is installed and does not move unless you name it (hold os.y).',
          'inc-y@1 needs y.',
          'y is excluded by --reject.',
        ],
      ],
      ['pkg6 install --reject x --reject y pkg:/inc-y pkg:/inc-x c'],
    ],
    [
      'from a named package and from an installed one that needs what is rejected',
      impossible([...rejected, ...packages('lynx@1 require gone', 'user@1 require x')], {
        image: { installed: ['user@1', 'x@1'] },
        request: { op: 'install', patterns: ['lynx'], reject: ['x'] },
      }),
      [
        ['You asked for lynx.', 'lynx@1 needs gone.', 'No publisher offers gone.'],
        [
          'user 1 is installed and nothing in this request removes it.',
          'user@1 needs x.',
          'x is excluded by --reject.',
        ],
      ],
      [],
    ],
  ] as const)('reasons are given side by side: %s', (_, scenario, reasons, commands) => {
    const { facts, more, fixes } = explanationOf(runScenario(own, scenario, checked))
    expect([facts, ...more].map((reason) => explainText({ facts: reason }))).toEqual(reasons)
    expect(fixes.map(fixCommand)).toEqual(commands)
  })

  test('a contradiction that shows before its package is expanded is explained', async () => {
    // What is named comes first, and c lacks e@2 whatever is done.
    const names = Array.from({ length: 16 }, (_, index) => `f${index}`)
    const lacking = [
      { type: 'require', fmri: 'e@2' },
      { type: 'group-any', fmri: ['a', 'b'] },
    ]
    const scenario = impossible(
      [
        { fmri: 'c@1', depends: lacking },
        ...packages('e@1 group c', 'a@1'),
        ...names.map((name) => ({ fmri: `${name}@1` })),
      ],
      { image: { installed: ['a@1', 'c@1'] }, request: { op: 'install', patterns: ['e', 'a', ...names] } },
    )
    const minisat = contractBackend(await loadBackend('minisat-wasm'))
    expect(explainText(explanationOf(runScenario(own, scenario, minisat)))).toEqual([
      'c 1 is installed and nothing in this request removes it.',
      'c@1 needs e 2 or newer.',
      'No publisher offers e 2 or newer.',
    ])
  })

  test('every scenario without a plan has facts', () => {
    const silent = specified.scenarios.filter((scenario) => {
      const result = runScenario(specified, scenario, newCadical)
      return !result.ok && 'facts' in result.error && result.error.facts.length === 0
    })
    expect(silent.map((scenario) => scenario.id)).toEqual([])
  })
})
