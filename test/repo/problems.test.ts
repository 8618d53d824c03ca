import { expect, test } from 'vitest'
import { describeProblem, helpForProblem } from '#model'
import { type RepositoryProblem, repositoryMessages } from '#repo'

const uri = 'https://pkg.example.com/'
const unreachable: RepositoryProblem = {
  code: 'ips::repository_error::unreachable',
  uri,
  reason: 'connection refused',
  status: undefined,
}
const problems: readonly RepositoryProblem[] = [
  unreachable,
  { ...unreachable, reason: 'the server failed', status: 500 },
  { code: 'ips::repository_error::not_a_repository', uri, reason: 'it speaks version 2' },
  { code: 'ips::repository_error::not_found', uri, object: 'catalog.attrs' },
  { code: 'ips::repository_error::bad_catalog', uri, file: 'catalog.base.C', reason: 'it is not JSON' },
  { code: 'ips::repository_error::bad_manifest', uri, fmri: 'pkg://p/a@1', reason: 'line 3: unknown type' },
  {
    code: 'ips::repository_error::bad_digest',
    uri,
    object: 'file usr/bin/a',
    algorithm: 'sha256',
    expected: 'aa',
    found: 'bb',
  },
  { code: 'ips::repository_error::bad_size', uri, object: 'file usr/bin/a', expected: 10, found: 11 },
  { code: 'ips::repository_error::no_origin', publisher: 'example.com' },
  {
    code: 'ips::repository_error::all_origins_failed',
    object: 'manifest pkg://p/a@1',
    causes: [unreachable, unreachable],
  },
  {
    code: 'ips::repository_error::damaged_cache',
    publisher: 'example.com',
    path: '/c/catalog.base.C',
    reason: 'it is missing',
  },
  { code: 'ips::repository_error::storage', path: '/c/x', errno: 'ENOSPC' },
  { code: 'ips::repository_error::storage', path: '/c/x', errno: 'EACCES' },
]

test('every problem of the room has words', () => {
  expect(new Set(problems.map((problem) => problem.code))).toEqual(
    new Set(Object.keys(repositoryMessages.describe)),
  )
  const lines = problems.map((problem) => {
    const help = helpForProblem(repositoryMessages, problem)
    return describeProblem(repositoryMessages, problem) + (help === undefined ? '' : `\n  help: ${help}`)
  })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "No answer from https://pkg.example.com/: connection refused
    No answer from https://pkg.example.com/ (HTTP status 500): the server failed
    https://pkg.example.com/ is not a package repository: it speaks version 2
    https://pkg.example.com/ has no catalog.attrs
    The catalog file catalog.base.C of https://pkg.example.com/ is invalid: it is not JSON
    The manifest of pkg://p/a@1 from https://pkg.example.com/ is invalid: line 3: unknown type
    file usr/bin/a from https://pkg.example.com/ is not the published content: its sha256 is bb instead of aa
    file usr/bin/a from https://pkg.example.com/ has 11 bytes instead of 10
    The publisher example.com has no enabled origin
      help: Add one with: pkg6 set-publisher -g URI example.com
    manifest pkg://p/a@1 could not be fetched from any origin:
      1: No answer from https://pkg.example.com/: connection refused (happened 2 times)
    The stored catalog /c/catalog.base.C of example.com cannot be used: it is missing
      help: Fetch it again with: pkg6 refresh --full example.com
    /c/x could not be read or written: ENOSPC
      help: Free some space on the file system and run the command again.
    /c/x could not be read or written: EACCES"
  `)
})
