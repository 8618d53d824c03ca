import { describe, expect, it } from 'vitest'
import { type ImageProblem, imageMessages } from '#image'
import { describeProblem, helpForProblem } from '#model'

const call = (errno: string) =>
  ({ code: 'ips::filesystem_error::call_failed', call: 'rename', path: '/image/x', errno }) as const

/** One of each code; a code without an example here does not compile. */
const examples: { readonly [C in ImageProblem['code']]: Extract<ImageProblem, { code: C }> } = {
  'ips::image_error::not_an_image': {
    code: 'ips::image_error::not_an_image',
    path: '/image',
    source: 'environment',
  },
  'ips::image_error::corrupt_foreign': {
    code: 'ips::image_error::corrupt_foreign',
    path: '/image/var/pkg/pkg5.image',
    reason: 'it is empty',
  },
  'ips::image_error::excluded_paths': {
    code: 'ips::image_error::excluded_paths',
    paths: ['usr/share/doc/a', 'usr/share/doc/b'],
  },
  'ips::image_error::no_repository': {
    code: 'ips::image_error::no_repository',
    publishers: ['example.org', 'example.net'],
  },
  'ips::image_error::already_imported': { code: 'ips::image_error::already_imported', path: '/image' },
  'ips::image_error::foreign_image': { code: 'ips::image_error::foreign_image', path: '/image' },
  'ips::image_error::already_an_image': { code: 'ips::image_error::already_an_image', path: '/image' },
  'ips::image_error::directory_not_empty': { code: 'ips::image_error::directory_not_empty', path: '/image' },
  'ips::image_error::corrupt_config': {
    code: 'ips::image_error::corrupt_config',
    path: '/image/pkg6.image.json',
    reason: 'it is not JSON',
  },
  'ips::image_error::unsupported_format': {
    code: 'ips::image_error::unsupported_format',
    path: '/image/pkg6.image.json',
    format: 9,
  },
  'ips::image_error::corrupt_db': {
    code: 'ips::image_error::corrupt_db',
    path: '/image/installed.db',
    reason: 'file is not a database',
  },
  'ips::image_error::locked': {
    code: 'ips::image_error::locked',
    name: 'pkg6',
    hostname: 'host.example',
    pid: 12,
    unknowable: '/image/lock',
  },
  'ips::image_error::unsafe_lock': {
    code: 'ips::image_error::unsafe_lock',
    path: '/image/lock',
    found: 'a symbolic link',
  },
  'ips::image_error::interrupted': { code: 'ips::image_error::interrupted', root: '/image' },
  'ips::image_error::storage': {
    code: 'ips::image_error::storage',
    path: '/image/x',
    cause: call('ENOSPC'),
  },
  'ips::image_error::no_permission': { code: 'ips::image_error::no_permission', path: '/image/x' },
  'ips::image_error::unmovable_metadata': {
    code: 'ips::image_error::unmovable_metadata',
    path: '/image/var/pkg',
    errno: 'EXDEV',
  },
  'ips::image_error::read_only': { code: 'ips::image_error::read_only', path: '/image/x' },
  'ips::image_error::unknown_publisher': { code: 'ips::image_error::unknown_publisher', name: 'x.example' },
  'ips::image_error::publisher_disabled': { code: 'ips::image_error::publisher_disabled', name: 'x.example' },
  'ips::image_error::duplicate_origin': {
    code: 'ips::image_error::duplicate_origin',
    publisher: 'x.example',
    uri: 'file:///repo/',
  },
  'ips::image_error::unknown_origin': {
    code: 'ips::image_error::unknown_origin',
    publisher: 'x.example',
    uri: 'file:///repo/',
  },
  'ips::image_error::duplicate_mirror': {
    code: 'ips::image_error::duplicate_mirror',
    publisher: 'x.example',
    uri: 'file:///repo/',
  },
  'ips::image_error::bad_digest': { code: 'ips::image_error::bad_digest', digest: 'x' },
  'ips::image_error::no_payload': { code: 'ips::image_error::no_payload', digest: 'ab' },
  'ips::image_error::unknown_mirror': {
    code: 'ips::image_error::unknown_mirror',
    publisher: 'x.example',
    uri: 'file:///repo/',
  },
  'ips::image_error::bad_search_place': {
    code: 'ips::image_error::bad_search_place',
    publisher: 'x.example',
  },
  'ips::image_error::publisher_not_served': {
    code: 'ips::image_error::publisher_not_served',
    publisher: 'x.example',
    uri: 'file:///repo/',
    served: ['a.example', 'b.example'],
  },
  'ips::image_error::bad_property': {
    code: 'ips::image_error::bad_property',
    name: 'send-uuid',
    value: 'maybe',
    reason: 'it must be True or False',
  },
  'ips::image_error::not_packaged': {
    code: 'ips::image_error::not_packaged',
    paths: ['etc/absent', 'usr/bin/vi'],
  },
  'ips::image_error::bad_mediator': {
    code: 'ips::image_error::bad_mediator',
    faults: [
      { part: 'mediator', value: 'a_b', reason: 'only letters, digits and - are allowed' },
      { part: 'mediator-version', value: 'x.y', reason: 'Bad Version: x.y' },
    ],
  },
  'ips::image_error::unsupported_property': {
    code: 'ips::image_error::unsupported_property',
    name: 'signature-policy',
    value: 'require-signatures',
    why: 'this client does not verify signatures',
  },
  'ips::image_error::unknown_property': { code: 'ips::image_error::unknown_property', name: 'colour' },
  'ips::image_error::unknown_property_value': {
    code: 'ips::image_error::unknown_property_value',
    name: 'signature-required-names',
    value: 'Somebody',
  },
  'ips::image_error::single_property': { code: 'ips::image_error::single_property', name: 'send-uuid' },
  'ips::image_error::signature_names': { code: 'ips::image_error::signature_names' },
  'ips::image_error::bad_freeze': {
    code: 'ips::image_error::bad_freeze',
    uninstalled: ['absent'],
    mismatched: ['app/hello@1.1'],
    unmatched: ['x*'],
    severalVersions: [{ stem: 'dep/lib', versions: ['1', '2'] }],
  },
  'ips::image_error::avoid_installed': {
    code: 'ips::image_error::avoid_installed',
    stems: ['app/editor', 'app/hello'],
  },
  'ips::image_error::not_avoided': { code: 'ips::image_error::not_avoided', stems: ['app/hello'] },
  'ips::image_error::group_member': { code: 'ips::image_error::group_member', stems: ['app/hello'] },
  'ips::image_error::bad_setting': {
    code: 'ips::image_error::bad_setting',
    names: ['facet.version-lock.*'],
    why: 'every-lock-false',
  },
  'ips::image_error::refresh_failed': {
    code: 'ips::image_error::refresh_failed',
    failures: [
      {
        publisher: 'x.example',
        problem: { code: 'ips::repository_error::no_origin', publisher: 'x.example' },
      },
    ],
  },
  'ips::image_error::missing_manifest': {
    code: 'ips::image_error::missing_manifest',
    fmri: 'pkg://x.example/a@1',
    reason: 'the file is gone',
  },
}

describe('the words of the image room', () => {
  it('are these', () => {
    const text = Object.values(examples).map((problem) => {
      const help = helpForProblem(imageMessages, problem)
      return `${problem.code}\n  ${describeProblem(imageMessages, problem)}${help === undefined ? '' : `\n  > ${help}`}`
    })
    expect(text.join('\n')).toMatchSnapshot()
  })

  it('cover every code, and each example is of its code', () => {
    expect(Object.keys(examples).sort()).toEqual(Object.keys(imageMessages.describe).sort())
    expect(Object.keys(imageMessages.help).sort()).toEqual(Object.keys(imageMessages.describe).sort())
    for (const [code, problem] of Object.entries(examples)) expect(problem.code).toBe(code)
  })

  it('offer room where room is missing, and nothing where nothing helps', () => {
    const helpFor = (errno: string) =>
      helpForProblem(imageMessages, { code: 'ips::image_error::storage', path: '/x', cause: call(errno) })
    expect(helpFor('ENOSPC')).toContain('Free some space')
    expect(helpFor('EIO')).toBeUndefined()
  })
})
