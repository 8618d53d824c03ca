import { describe, expect, it } from 'vitest'
import { describeProblem, helpForProblem } from '#model'
import type { PublicationProblem } from '#repo'
import { repositoryChangeMessages } from '#repo'
import { publicationMessages } from '../../../repo/publish/publication-problems.ts'

const uri = 'file:///srv/repo'
const examples: readonly (readonly [PublicationProblem, string, string | undefined])[] = [
  [
    {
      code: 'ips::repository_error::invalid_package',
      fmri: 'pkg://a.example/b@1',
      cause: { code: 'ips::validation_error::bad_stem', text: '-b', reason: 'it begins with a dash' },
    },
    'pkg://a.example/b@1 cannot be published.\nbad package name "-b": it begins with a dash',
    undefined,
  ],
  [
    {
      code: 'ips::repository_error::doubtful_packages',
      warnings: [
        { kind: 'unresolved-dependency', place: { file: 'a.p5m', line: 3 }, reason: 'it was not resolved' },
        {
          kind: 'conflict',
          place: { file: undefined, line: 4 },
          other: { file: 'b.p5m', line: 2 },
          reason: 'file a is delivered twice',
        },
      ],
    },
    'Nothing was published:\n  a.p5m, line 3: it was not resolved\n  line 4: file a is delivered twice (see b.p5m, line 2)',
    'Correct the manifests, or publish without --strict.',
  ],
  [
    { code: 'ips::repository_error::duplicate_package', fmri: 'pkg://a.example/b@1' },
    'pkg://a.example/b@1 is published already',
    undefined,
  ],
  [
    { code: 'ips::repository_error::unknown_package', uri, pattern: 'b*' },
    'file:///srv/repo has no package that matches b*',
    undefined,
  ],
  [
    {
      code: 'ips::repository_error::payload_unavailable',
      fmri: 'pkg://a.example/b@1',
      action: 'file x path=y',
      file: 'x',
    },
    'pkg://a.example/b@1: the file x was not found in any of the given folders\n  file x path=y',
    'Name the folder of the file with -d.',
  ],
  [
    { code: 'ips::repository_error::repository_exists', path: '/srv/repo' },
    '/srv/repo is not empty; a new repository needs a new or empty folder',
    undefined,
  ],
  [
    { code: 'ips::repository_error::publisher_exists', uri, publisher: 'a.example' },
    'file:///srv/repo has the publisher a.example already',
    undefined,
  ],
  [
    { code: 'ips::repository_error::unknown_publisher', uri, publisher: 'a.example' },
    'file:///srv/repo has no publisher a.example',
    undefined,
  ],
  [
    { code: 'ips::repository_error::no_default_publisher', uri },
    'The package names no publisher and file:///srv/repo has no default publisher',
    'Set one with: pkg6repo set -s REPOSITORY publisher/prefix=NAME',
  ],
  [
    {
      code: 'ips::repository_error::bad_property',
      property: 'publisher/x',
      reason: 'there is no such property',
    },
    'The property publisher/x cannot be set: there is no such property',
    undefined,
  ],
  [
    {
      code: 'ips::repository_error::locked',
      path: '/srv/repo/publisher/a.example',
      name: 'pkg6repo',
      hostname: 'build.example',
      pid: 7,
    },
    '/srv/repo/publisher/a.example is being changed by another client: pkg6repo on build.example, pid 7',
    'Run the command again when the other client has ended.',
  ],
  [
    {
      code: 'ips::repository_error::locked',
      path: '/srv/repo/publisher/a.example',
      name: 'pkg5',
      hostname: 'far.example',
      pid: undefined,
      unknowable: '/srv/repo/publisher/a.example/tmp/lock',
    },
    '/srv/repo/publisher/a.example is being changed by another client: pkg5 on far.example, pid unknown',
    'Run the command again when the other client has ended. If far.example no longer exists, remove /srv/repo/publisher/a.example/tmp/lock',
  ],
  [
    {
      code: 'ips::repository_error::unsafe_lock',
      path: '/srv/repo/tmp/lock',
      found: 'a symbolic link',
    },
    "The lock file '/srv/repo/tmp/lock' is a symbolic link; refusing to use it",
    "Check '/srv/repo/tmp/lock' and remove it.",
  ],
]

describe('the words of publication problems', () => {
  it.each(examples)('%j', (problem, text, help) => {
    expect(describeProblem(publicationMessages, problem)).toBe(text)
    expect(helpForProblem(publicationMessages, problem)).toBe(help)
    expect(describeProblem(repositoryChangeMessages, problem)).toBe(text)
  })

  it('are all shown here', () => {
    const shown = [...new Set(examples.map(([problem]) => problem.code))].sort()
    expect(shown).toEqual(Object.keys(publicationMessages.describe).sort())
  })
})
