import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SolveRequest } from '#model'
import { exitCode } from '../../../cli/exit-codes.ts'
import type { CommandProblem } from '../../../cli/problems.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { publishRepository } from '../../support/published-repository.ts'

/* Exit codes and the parsable line of plans. Source: image-plan §13, §14. */

const stamp = '20260101T000000Z'
const manifest = (name: string, ...lines: readonly string[]): string =>
  [`set name=pkg.fmri value=pkg://test/${name},5.11:${stamp}`, ...lines, ''].join('\n')
const owned = 'owner=root group=root mode=0644'
const manifests = [
  manifest(
    'app@1.0',
    'depend type=require fmri=lib@1.0',
    `file one path=etc/b.conf ${owned} preserve=true`,
    `file one path=etc/a.conf ${owned} preserve=true`,
    `file one path=etc/go.conf ${owned} preserve=true`,
    `file one path=etc/old.conf ${owned} preserve=renameold restart_fmri=svc:/b restart_fmri=svc:/a`,
    `file one path=usr/doc ${owned} facet.doc=true`,
    `file one path=usr/debug ${owned} variant.debug.x=true refresh_fmri=svc:/c`,
  ),
  manifest(
    'app@2.0',
    'depend type=require fmri=lib@2.0',
    `file two path=etc/b.conf ${owned} preserve=true`,
    `file one path=etc/a.conf owner=root group=root mode=0600 preserve=true`,
    `file two path=etc/old.conf ${owned} preserve=renameold restart_fmri=svc:/b restart_fmri=svc:/a suspend_fmri=svc:/d`,
    `file two path=etc/new.conf ${owned} preserve=true`,
    `file one path=usr/doc ${owned} facet.doc=true`,
    `file one path=usr/debug ${owned} variant.debug.x=true refresh_fmri=svc:/c`,
  ),
  manifest('lib@1.0', `file one path=usr/lib ${owned} disable_fmri=svc:/e reboot-needed=true`),
  manifest('lib@2.0', `file two path=usr/lib ${owned} disable_fmri=svc:/e reboot-needed=true`),
  ...['1', '2'].map((version) =>
    manifest(
      `tool-${version}@1.0`,
      `file one path=usr/tool${version} ${owned}`,
      `link path=usr/tool target=tool${version} mediator=tool mediator-version=${version} mediator-implementation=im@${version}`,
    ),
  ),
  manifest('agree@1.0', 'license one license=terms must-accept=true'),
  manifest('clash@1.0', `file two path=usr/lib ${owned}`),
  ...['1.0', '2.0'].map((version, index) =>
    manifest(
      `hold-${index}@1.0`,
      'depend type=require fmri=lib',
      `depend type=incorporate fmri=lib@${version}`,
    ),
  ),
]

let at: CommandLine
beforeAll(async () => {
  at = commandLine()
  publishRepository(
    at.path('repo'),
    manifests,
    new Map([
      ['one', 'one\n'],
      ['two', 'two\n'],
    ]),
  )
  await at.runs(0, 'image-create', '-p', 'repo', 'image')
})
afterAll(() => at.remove())

async function parsable(exit: number, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await at.runs(exit, '-R', 'image', words[0]!, '--parsable=0', ...words.slice(1))
  expect(ran.stdout.split('\n')).toHaveLength(2)
  expect(ran.stderr).toBe('')
  return JSON.parse(ran.stdout) as Record<string, unknown>
}
const fmri = (name: string): string => `pkg://test/${name},5.11:${stamp}`

const empty = {
  'activate-be': true,
  'add-packages': [],
  'affect-packages': [],
  'affect-services': [],
  'backup-be-name': null,
  'be-name': null,
  'boot-archive-rebuild': false,
  'change-editables': [],
  'change-facets': [],
  'change-mediators': [],
  'change-packages': [],
  'change-variants': [],
  'child-images': [],
  'create-backup-be': false,
  'create-new-be': false,
  'image-name': null,
  'item-messages': {},
  licenses: [],
  'release-notes': [],
  'remove-packages': [],
  'space-available': expect.any(Number) as number,
  'space-required': expect.any(Number) as number,
  version: 0,
}

describe('the parsable line, from an empty image to an empty image', () => {
  it('of what comes, also of a dry run', async () => {
    const wanted = {
      ...empty,
      'add-packages': [fmri('app@1.0'), fmri('lib@1.0'), fmri('tool-1@1.0')],
      'affect-services': [
        ['restart_fmri', 'svc:/a'],
        ['restart_fmri', 'svc:/b'],
      ],
      'change-editables': [['installed', ['etc/a.conf', 'etc/b.conf', 'etc/go.conf', 'etc/old.conf']]],
      'change-mediators': [
        [
          'tool',
          [
            [null, null],
            ['1', 'system'],
          ],
          [
            [null, null],
            ['im@1', 'system'],
          ],
        ],
      ],
    }
    expect(await parsable(0, 'install', '-n', 'app@1.0', 'lib@1.0', 'tool-1')).toEqual(wanted)
    expect(await parsable(0, 'install', 'app@1.0', 'lib@1.0', 'tool-1')).toEqual(wanted)
  })

  it('of what changes and goes', async () => {
    writeFileSync(at.path('image', 'etc/old.conf'), 'edited\n')
    expect(await parsable(0, 'update', '--reject', 'tool-1', 'app@2.0', 'lib@2.0')).toEqual({
      ...empty,
      'affect-services': [
        ['restart_fmri', 'svc:/a'],
        ['restart_fmri', 'svc:/b'],
        ['suspend_fmri', 'svc:/d'],
      ],
      'change-editables': [
        ['moved', [['etc/old.conf', 'etc/old.conf.old']]],
        ['removed', ['etc/go.conf']],
        ['installed', ['etc/new.conf', 'etc/old.conf']],
        ['updated', ['etc/a.conf', 'etc/b.conf']],
      ],
      'change-mediators': [
        [
          'tool',
          [
            ['1', 'system'],
            [null, null],
          ],
          [
            ['im@1', 'system'],
            [null, null],
          ],
        ],
      ],
      'change-packages': [
        [fmri('app@1.0'), fmri('app@2.0')],
        [fmri('lib@1.0'), fmri('lib@2.0')],
      ],
      'remove-packages': [fmri('tool-1@1.0')],
    })
  })

  it('of other settings', async () => {
    expect(await parsable(0, 'change-facet', 'zoo=true', 'doc=false')).toEqual({
      ...empty,
      'affect-packages': [fmri('app@2.0')],
      'change-facets': [
        ['facet.doc', false, null, 'local', false, false],
        ['facet.zoo', true, null, 'local', false, false],
      ],
    })
    expect(await parsable(0, 'change-facet', 'doc=None', 'zoo=None')).toMatchObject({
      'change-facets': [
        ['facet.doc', null, false, 'local', false, false],
        ['facet.zoo', null, true, 'local', false, false],
      ],
    })
    expect(await parsable(0, 'change-variant', 'debug.x=true')).toEqual({
      ...empty,
      'affect-packages': [fmri('app@2.0')],
      'affect-services': [['refresh_fmri', 'svc:/c']],
      'change-variants': [['variant.debug.x', 'true']],
    })
  })

  it('of mediators, with the version that only follows', async () => {
    await at.runs(0, '-R', 'image', 'install', '-q', 'tool-1', 'tool-2')
    expect(await parsable(0, 'set-mediator', '-V', '1', '-I', 'im', 'tool')).toEqual({
      ...empty,
      'affect-packages': [fmri('tool-1@1.0')],
      'change-mediators': [
        [
          'tool',
          [
            ['2', 'system'],
            ['1', 'local'],
          ],
          [
            ['im@2', 'system'],
            ['im(@1)', 'local'],
          ],
        ],
      ],
    })
  })

  it('of nothing to do', async () => {
    expect(await parsable(4, 'install', 'app')).toEqual(empty)
  })

  it('of a verification', async () => {
    writeFileSync(at.path('image', 'usr/doc'), 'damaged')
    const found = (await parsable(1, 'verify', 'app'))['item-messages'] as Record<
      string,
      Record<string, readonly Record<string, unknown>[]>
    >
    const parts = found[fmri('app@2.0')]!
    expect(Object.keys(parts)).toEqual(['messages', 'file: usr/doc'])
    for (const [message] of Object.values(parts)) {
      expect(Object.keys(message!)).toEqual(['msg_time', 'msg_level', 'msg_type', 'msg_text', 'msg_stage'])
      expect(message).toMatchObject({ msg_level: 'error', msg_type: 'general', msg_stage: 0 })
    }
  })

  it('of what is left', async () => {
    await at.runs(0, '-R', 'image', 'unset-mediator', '-q', 'tool')
    rmSync(at.path('image', 'etc/old.conf.old'))
    const line = await parsable(0, 'uninstall', 'app', 'lib', 'tool-1', 'tool-2')
    expect(line['remove-packages']).toEqual(['app@2.0', 'lib@2.0', 'tool-1@1.0', 'tool-2@1.0'].map(fmri))
    expect(line['affect-services']).toEqual([
      ['disable_fmri', 'svc:/e'],
      ['refresh_fmri', 'svc:/c'],
      ['restart_fmri', 'svc:/a'],
      ['restart_fmri', 'svc:/b'],
    ])
    expect(line['space-required']).toBeGreaterThan(0)
    expect(line['space-available']).toBeGreaterThan(0)
  })
})

describe('exit code', () => {
  it('9 is for searches of operations on packages', () => {
    const unsatisfiable = (operation: SolveRequest['operation'], beforeSearch: boolean): number =>
      exitCode({
        code: 'ips::solver_error::unsatisfiable',
        operation,
        beforeSearch,
      } as unknown as CommandProblem)
    expect(exitCode({ code: 'ips::solver_error::overconstrained', facts: [] })).toBe(9)
    for (const operation of ['install', 'exact-install', 'update', 'uninstall'] as const)
      expect([unsatisfiable(operation, false), unsatisfiable(operation, true)]).toEqual([9, 1])
    for (const operation of ['change-facet', 'change-variant'] as const)
      expect(unsatisfiable(operation, false)).toBe(1)
  })

  it.each<[number, string, string]>([
    [0, 'something to do', 'uninstall -n app'],
    [1, 'no such package', 'install no/such'],
    [1, 'a bad pattern', 'install a@b@c'],
    [1, 'what is needed', 'uninstall lib'],
    [1, 'a conflict of actions', 'install clash'],
    [2, 'no such option', 'install --bogus app'],
    [2, 'a bad mediation', 'set-mediator -V x.y tool'],
    [3, 'one of two done', 'unset-publisher absent spare'],
    [4, 'nothing to do', 'install lib'],
    [6, 'a licence', 'install agree'],
    [9, 'no solution', 'install hold-0 hold-1'],
    [9, 'no solution for an exact installation', 'exact-install hold-0 hold-1'],
  ])('%i: %s', async (exit, _, words) => {
    await at.pkg6('-R', 'image', 'install', '-q', 'app', 'lib')
    await at.pkg6('-R', 'image', 'set-publisher', '--no-refresh', 'spare')
    await at.runs(exit, '-R', 'image', ...words.split(' '))
  })
})
