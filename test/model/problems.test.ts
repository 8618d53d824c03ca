import { expect, test } from 'vitest'
import { describeProblem, helpForProblem, modelMessages, type ValidationProblem } from '#model'

const text = 'x'
const reason = 'why'
const problems: readonly ValidationProblem[] = [
  { code: 'ips::validation_error::bad_stem', text, reason },
  { code: 'ips::validation_error::bad_version', text, reason },
  { code: 'ips::validation_error::bad_fmri', text, reason },
  { code: 'ips::validation_error::bad_pattern', text, reason },
  { code: 'ips::validation_error::bad_publisher', text, reason },
  { code: 'ips::validation_error::bad_uri', text, reason },
  { code: 'ips::validation_error::bad_action', text, reason, offset: 3 },
  { code: 'ips::validation_error::bad_action', text, reason, offset: undefined },
  {
    code: 'ips::validation_error::bad_manifest',
    errors: [
      { line: 3, text, reason },
      { line: 0, text: '', reason },
    ],
  },
  {
    code: 'ips::validation_error::forbidden_action',
    imageKind: 'user',
    fmri: 'pkg://p/a@1',
    action: 'user username=u',
    reason,
  },
]

test('every code has words', () => {
  expect(new Set(problems.map(({ code }) => code as string))).toEqual(
    new Set(Object.keys(modelMessages.describe)),
  )
  const words = problems.map((problem) =>
    [describeProblem(modelMessages, problem), helpForProblem(modelMessages, problem) ?? '(no help)'].join(
      '\n',
    ),
  )
  expect(words.join('\n\n')).toMatchInlineSnapshot(`
    "bad package name "x": why
    (no help)

    bad version "x": why
    A version looks like 1.2.3, 1.2.3-4 or 1.2.3,5.11-4:20230501T120000Z.

    bad FMRI "x": why
    An FMRI looks like pkg://publisher/category/name@1.2.3-4; publisher and version may be left out.

    bad package pattern "x": why
    A pattern is a name or its last components, or has * and ?; it may end in a version: name@1.2 or name@latest.

    bad publisher name "x": why
    (no help)

    bad URI "x": why
    An origin begins with http://, https:// or file://, or is the absolute path of a repository.

    bad action at byte 3: why
      x
    (no help)

    bad action: why
      x
    (no help)

    bad manifest:
      line 3: why: x
      why
    (no help)

    pkg://p/a@1 cannot be installed in a user image: why
      user username=u
    Install the package in a full image."
  `)
})

test('a manifest of bad lines only is described by twenty', () => {
  const errors = Array.from({ length: 50 }, (_, index) => ({ line: index + 1, text, reason }))
  const words = describeProblem(modelMessages, { code: 'ips::validation_error::bad_manifest', errors })
  expect(words.split('\n').length).toBe(22)
  expect(words).toMatch(/and 30 more$/)
})
