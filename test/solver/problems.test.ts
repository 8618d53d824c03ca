import { expect, test } from 'vitest'
import { describeProblem, type Fmri, helpForProblem, parseFmri } from '#model'
import { type SolverProblem, solverMessages } from '#solver'

function fmri(text: string): Fmri {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

const facts = [
  { kind: 'named', subject: 'lynx@2' },
  { kind: 'incorporate', subject: 'inc@1', object: 'lynx', range: '1' },
] as const

/** One problem per code, with its whole text. */
const cases: readonly (readonly [SolverProblem, string, string | undefined])[] = [
  [
    {
      code: 'ips::solver_error::no_candidates',
      operation: 'install',
      patterns: [
        { text: 'lynks', why: 'no-match', nearest: ['web/lynx'] },
        { text: 'drv', why: 'wrong-variant', nearest: [] },
        { text: 'tin', why: 'not-offered', nearest: [] },
        { text: 'vi@2', why: 'wrong-publisher', nearest: [], installedFrom: 'a', offeredBy: ['b', 'c'] },
      ],
    },
    "'lynks' matches no known package.\n'drv' has no version for the variants of this image.\n'tin' is offered only by publishers that are disabled.\n'vi@2' is installed from a, which is sticky; the requested package comes only from b, c.",
    "Did you mean web/lynx?\nOnly publishers that are disabled offer 'tin'; 'pkg6 publisher' lists them.",
  ],
  [
    { code: 'ips::solver_error::bad_patterns', patterns: [{ text: 'a@01', reason: 'leading zero' }] },
    "'a@01' is not a package pattern: leading zero",
    undefined,
  ],
  [
    {
      code: 'ips::solver_error::ambiguous',
      patterns: [{ text: 'lynx', matches: [fmri('pkg://t/text/lynx@1'), fmri('pkg://t/web/lynx@1')] }],
    },
    "'lynx' matches several packages:\n  pkg://t/text/lynx\n  pkg://t/web/lynx",
    'Name one of them in full.',
  ],
  [
    {
      code: 'ips::solver_error::multispec',
      stems: [{ stem: 'lynx', patterns: ['lynx@1', 'lynx@2'] }],
    },
    'These patterns ask for different versions of lynx:\n  lynx@1\n  lynx@2',
    undefined,
  ],
  [
    {
      code: 'ips::solver_error::has_dependents',
      removed: [{ fmri: fmri('pkg://t/libz@1'), dependents: [fmri('pkg://t/lynx@1')] }],
    },
    'Cannot remove pkg://t/libz@1: it is required by\n  pkg://t/lynx@1',
    'Name the packages that require it as well.',
  ],
  [
    {
      code: 'ips::solver_error::unsatisfiable',
      operation: 'install',
      facts,
      more: [[{ kind: 'unknown', subject: 'web/links' }]],
      beforeSearch: true,
      subjects: ['lynx'],
      fixes: [
        {
          kind: 'request',
          operation: 'install',
          patterns: ['inc', 'lynx@2'],
          reject: ['vi'],
          ignoreMissing: false,
        },
        { kind: 'unfreeze', stem: 'lynx' },
      ],
    },
    'No version of lynx fits.\n  You asked for lynx@2.\n  inc@1 allows lynx only at 1.\nApart from that:\n  No enabled publisher offers web/links.',
    'Try:\n  pkg6 install --reject vi inc lynx@2\n  pkg6 unfreeze lynx',
  ],
  [
    { code: 'ips::solver_error::overconstrained', facts },
    'Nothing can be updated although newer versions exist.\n  You asked for lynx@2.\n  inc@1 allows lynx only at 1.',
    undefined,
  ],
  [
    { code: 'ips::solver_error::budget_exhausted', conflicts: 1000 },
    'No solution was found within 1000 conflicts of search.',
    undefined,
  ],
  [
    { code: 'ips::solver_error::backend_capacity', backend: 'logic-solver', detail: 'heap full' },
    'The logic-solver engine cannot hold the problem: heap full',
    'Run again with --sat-backend cadical.',
  ],
]

test.each(cases)('the words of $code', (problem, text, help) => {
  expect(describeProblem(solverMessages, problem)).toBe(text)
  expect(helpForProblem(solverMessages, problem)).toBe(help)
})

test('every code is in the table above', () => {
  expect(cases.map(([problem]) => problem.code).sort()).toEqual(Object.keys(solverMessages.describe).sort())
})
