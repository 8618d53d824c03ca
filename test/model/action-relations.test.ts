import { getHashes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Action,
  actionDiffKey,
  actionDigests,
  actionsDiffer,
  actionTypes,
  hashNames,
  isPayloadName,
  parseAction,
  parseDependency,
  payloadName,
  preferredDigest,
  sharingRule,
} from '#model'
import { digestAlgorithms, sameContent } from '../../model/digest.ts'

function action(text: string): Action {
  const parsed = parseAction(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`)
  return parsed.value
}

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
const [long, other] = ['c'.repeat(64), 'd'.repeat(64)]

describe('digests (manifest-and-actions §4)', () => {
  const full = action(
    `file ${a} path=x chash=${b} elfhash=${b} pkg.content-hash=gzip:sha512t_256:${long} ` +
      `pkg.content-hash=file:sha256:${long} pkg.content-hash=file:sha512t_256:${other} ` +
      `pkg.content-hash=gelf:sha512t_256:${long} pkg.content-hash=gelf.unsigned:sha512t_256:${long}`,
  )

  test('all of them, best first within a subject', () => {
    expect(actionDigests(full).map(({ subject, algorithm }) => `${subject} ${algorithm}`)).toEqual([
      'file sha512t_256',
      'file sha256',
      'file sha1',
      'gzip sha512t_256',
      'gzip sha1',
      'gelf sha512t_256',
      'gelf sha1',
      'gelf.unsigned sha512t_256',
    ])
    expect(preferredDigest(actionDigests(full), 'file')?.hex).toBe(other)
    expect(preferredDigest(actionDigests(full), 'gelf.unsigned')?.hex).toBe(long)
    expect(preferredDigest([], 'file')).toBeUndefined()
  })

  test.each([
    'file NOHASH path=x',
    'file path=x',
    `file ${a.slice(1)} path=x`,
    `file ${a.toUpperCase()} path=x`,
    'file ../../etc/passwd path=x',
    `file path=x pkg.content-hash=file:sha256:${a}`,
    `file path=x pkg.content-hash=file:md5:${long}`,
    `file path=x pkg.content-hash=sha256:${long}`,
    `file path=x pkg.content-hash=other:sha256:${long}`,
    'file path=x pkg.content-hash=abc chash=xyz',
    `dir path=x chash=${a}`,
  ])('%s states none', (text) => {
    expect(actionDigests(action(text))).toEqual([])
    expect(payloadName(action(text))).toBeUndefined()
  })

  test('the payload is named by its SHA-1 whatever else is stated', () => {
    expect(payloadName(full)).toBe(a)
  })
  test('names of payloads are told from all else', () => {
    const sha1 = 'a1'.repeat(20)
    expect(isPayloadName(sha1)).toBe(true)
    for (const text of [
      '',
      sha1.slice(1),
      `${sha1}0`,
      'a'.repeat(64),
      sha1.toUpperCase(),
      `${sha1}\n`,
      `../${sha1.slice(3)}`,
    ])
      expect(isPayloadName(text), text).toBe(false)
    expect(Object.keys(hashNames)).toEqual(digestAlgorithms)
    for (const name of Object.values(hashNames)) expect(getHashes()).toContain(name)
  })

  test.each<[string, string, boolean]>([
    [`file ${a} path=x`, `file ${a} path=y`, true],
    [`file ${a} path=x`, `file ${b} path=x`, false],
    [
      `file ${a} path=x pkg.content-hash=file:sha256:${long}`,
      `file ${b} path=x pkg.content-hash=file:sha256:${long}`,
      true,
    ],
    [
      `file ${a} path=x pkg.content-hash=file:sha256:${long}`,
      `file ${a} path=x pkg.content-hash=file:sha512t_256:${long}`,
      true,
    ],
    [
      `file ${a} path=x pkg.content-hash=file:sha256:${long}`,
      `file ${a} path=x pkg.content-hash=file:sha256:${other}`,
      false,
    ],
    [`file ${a} path=x`, `file path=x pkg.content-hash=file:sha256:${long}`, false],
    ['file NOHASH path=x', 'file NOHASH path=x', false],
  ])('%s and %s: same content %s', (left, right, expected) => {
    expect(sameContent(action(left), action(right))).toBe(expected)
    expect(sameContent(action(right), action(left))).toBe(expected)
  })

  test('ELF files may be compared by their ELF content', () => {
    const [left, right] = [`file ${a} path=x elfhash=${b}`, `file ${b} path=x elfhash=${b}`].map(action)
    expect(sameContent(left!, right!)).toBe(false)
    expect(sameContent(left!, right!, 'gelf')).toBe(true)
    expect(actionsDiffer(left!, right!)).toBe(true)
    expect(actionsDiffer(left!, right!, 'gelf')).toBe(false)
    expect(sameContent(action(`file ${a} path=x`), action(`file ${a} path=x`), 'gelf')).toBe(true)
  })
})

describe('successors (manifest-and-actions §7, image-plan §2.1)', () => {
  test.each<[string, string, boolean]>([
    ['file path=a', 'file path=a mode=1', true],
    ['file path=a', 'dir path=a', false],
    ['file path=a', 'file path=b', false],
    ['link path=a target=b', 'link path=a target=c', true],
    ['link path=a mediator=m mediator-version=1', 'link path=a mediator=m mediator-version=1 target=x', true],
    ['link path=a mediator=m mediator-version=1', 'link path=a mediator=m mediator-version=2', false],
    ['link path=a mediator=m mediator-implementation=x', 'link path=a mediator=m mediator-version=x', false],
    ['hardlink path=a mediator=m mediator-version=1', 'hardlink path=a mediator=m mediator-version=2', false],
    ['link path=a mediator=m mediator-version=1', 'link path=a', false],
    ['depend type=require-any fmri=x fmri=y', 'depend type=require-any fmri=y fmri=x', true],
    ['depend type=require-any fmri=x fmri=y', 'depend type=require-any fmri=x', false],
  ])('%s is followed by %s: %s', (left, right, expected) => {
    expect(actionDiffKey(action(left)) === actionDiffKey(action(right))).toBe(expected)
  })

  test('unknown actions follow nothing', () => {
    expect(actionDiffKey(action('unknown path=a'))).toBeUndefined()
  })

  test.each<[string, string, boolean]>([
    ['dir path=a mode=1', 'dir path=a mode=1', false],
    ['dir path=a mode=1', 'dir path=a mode=2', true],
    ['dir path=a mode=1', 'dir path=a', true],
    ['dir path=a', 'dir path=a mode=1', true],
    ['dir path=a t=1 t=2', 'dir path=a t=2 t=1', false],
    ['dir path=a t=1 t=1 t=2', 'dir path=a t=1 t=2 t=2', true],
    ['dir path=a t=1', 'dir path=a t=1 t=1', true],
    ['dir path=a chash=1', 'dir path=a chash=2', true],
    ['dir path=a', 'file path=a', true],
    [`file ${a} path=a chash=${a}`, `file ${a} path=a chash=${b}`, false],
    [`file ${a} path=a`, `file ${a} path=a elfhash=${b} pkg.content-hash=file:sha256:${long}`, false],
    [`file ${a} path=a`, `file ${b} path=a`, true],
    [`file ${a} path=a`, 'file path=a', true],
    [`file ${a} path=a mode=1`, `file ${a} path=a mode=2`, true],
    ['signature algorithm=x value=1', 'signature algorithm=x value=1', false],
  ])('%s differs from %s: %s', (left, right, expected) => {
    expect(actionsDiffer(action(left), action(right))).toBe(expected)
    expect(actionsDiffer(action(right), action(left))).toBe(expected)
  })
})

describe('sharing (manifest-and-actions §3)', () => {
  test('four types share the paths, four are alone, the rest have their own', () => {
    expect(actionTypes.map((type) => sharingRule(type).namespace)).toEqual([
      undefined,
      undefined,
      'group',
      'user',
      'path',
      'path',
      'path',
      'path',
      'driver',
      undefined,
      'license',
      'legacy',
      undefined,
    ])
    expect(actionTypes.filter((type) => sharingRule(type).refcountable)).toEqual([
      'dir',
      'hardlink',
      'link',
      'license',
      'legacy',
    ])
    expect(sharingRule('link').unique).toEqual(['path', 'target'])
    expect(sharingRule('dir').unique).toEqual(['path', 'mode', 'owner', 'group'])
  })
})

describe('dependencies (solver-semantics §4)', () => {
  test('one and several targets, predicate, tags', () => {
    expect(
      parseDependency(action('depend type=require-any fmri=pkg:/a@1 fmri=b facet.x=true')),
    ).toMatchObject({
      ok: true,
      value: {
        type: 'require-any',
        targets: [
          { stem: 'a', version: { release: '1' } },
          { stem: 'b', version: undefined },
        ],
        predicate: undefined,
        rootImage: false,
        tags: [{ name: 'facet.x', values: ['true'] }],
      },
    })
    expect(parseDependency(action('depend type=conditional fmri=a predicate=b@2'))).toMatchObject({
      value: { predicate: { stem: 'b', version: { release: '2' } } },
    })
    expect(parseDependency(action('depend type=origin fmri=a root-image=TRUE'))).toMatchObject({
      value: { rootImage: true },
    })
    expect(parseDependency(action('depend type=require fmri=a root-image=true predicate=b'))).toMatchObject({
      value: { rootImage: false, predicate: undefined },
    })
  })

  test.each([
    ['depend type=bogus fmri=a', /unknown dependency type/],
    ['depend type=toString fmri=a', /unknown dependency type/],
    ['depend fmri=a', /exactly one type/],
    ['depend type=a type=b fmri=x', /exactly one type/],
    ['depend type=require fmri=_a', /bad fmri/],
    ['depend type=require fmri=a@', /bad fmri/],
    ['depend type=require fmri=a fmri=b', /names one fmri/],
    ['depend type=conditional fmri=a', /exactly one predicate/],
    ['depend type=conditional fmri=a predicate=b predicate=c', /exactly one predicate/],
    ['depend type=conditional fmri=a predicate=@', /bad predicate/],
    ['dir path=a', /not a depend action/],
  ])('%s is refused', (text, why) => {
    expect(parseDependency(action(text))).toMatchObject({
      ok: false,
      error: { code: 'ips::validation_error::bad_action', reason: expect.stringMatching(why) },
    })
  })
})
