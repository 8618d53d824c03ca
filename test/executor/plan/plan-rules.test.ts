import { describe, expect, it } from 'vitest'
import {
  change,
  type PackageManifest,
  type PlanOptions,
  packageOf,
  planOf,
  type Side,
  shortChanges,
} from '../../support/small-image.ts'

/*
 * Rules of image-plan §2 to §6 that have no other test: what changes, what stays installed, and the changes or conflicts that come out.
 */
interface Case {
  readonly name: string
  readonly changes: readonly (readonly [Side, Side])[]
  readonly kept?: readonly PackageManifest[]
  readonly options?: PlanOptions
  /** As `shortChanges` has them, or `kind key` of conflicts. */
  readonly outcome: readonly string[]
}

const p = packageOf
const file = (path: string, more = '') => `file content="${path}" path=${path} ${more}`
const gone = (...lines: readonly string[]): readonly [Side, Side] => [p('gone@1', lines), undefined]
const comes = (...lines: readonly string[]): readonly [Side, Side] => [undefined, p('new@1', lines)]
const under = file('etc/c', 'preserve=true overlay=allow')
const over = 'file content=over path=etc/c preserve=true overlay=true'
const link = (version: string) =>
  `link path=bin/py target=py${version} mediator=py mediator-version=${version}`

const order: Case[] = [
  {
    name: 'users go by number, 1024 where none is stated, then by name',
    changes: [
      comes(
        'user username=a group=root',
        'user username=b uid=2000 group=root',
        'user username=c uid=5 group=root',
        'user username=b2 group=root',
      ),
    ],
    outcome: ['+ user c', '+ user a', '+ user b2', '+ user b'],
  },
  {
    name: 'the driver clone is removed last and installed first',
    changes: [
      gone('driver name=zz', 'driver name=clone', 'driver name=aa'),
      comes('driver name=zy', 'driver name=bb', 'legacy pkg=L', 'license content=l license=L'),
    ],
    outcome: [
      '- driver zz',
      '- driver aa',
      '- driver clone',
      '+ driver bb',
      '+ driver zy',
      '+ license L',
      '+ legacy L',
    ],
  },
]

const filtered: Case[] = [
  {
    name: "what variants leave out of a package that stays is in nobody's way",
    changes: [comes('file content=mine path=x')],
    kept: [p('stay@1', [file('x', 'variant.debug=true')])],
    outcome: ['+ file x'],
  },
  {
    name: 'what variants leave out of a package that stays needs no directory',
    changes: [gone('dir path=d')],
    kept: [p('stay@1', [file('d/f', 'variant.debug=true')])],
    outcome: ['- dir d'],
  },
]

const moves: Case[] = [
  {
    name: 'original_name at the same path is an update',
    changes: [
      [p('a@1', [file('etc/x')]), undefined],
      comes('file content=y path=etc/x original_name=a:etc/x'),
    ],
    outcome: ['~ file etc/x'],
  },
  ...[
    ['user', 'user username=u uid=1 group=root', 'user username=u uid=2 group=root', '~ user u'],
    ['group', 'group groupname=g gid=1', 'group groupname=g gid=2', '~ group g'],
    ['driver', 'driver name=d alias=x', 'driver name=d alias=y', '~ driver d'],
    ['legacy record', 'legacy pkg=L name=x', 'legacy pkg=L name=y', '~ legacy L'],
    ['link', 'link path=l target=x', 'link path=l target=y', '~ link l'],
    ['directory', 'dir path=d mode=0700', 'dir path=d', '~ dir d'],
  ].map(([what, old, next, outcome]) => ({
    name: `a ${what} that goes to another package is an update`,
    changes: [gone(old!), comes(next!)],
    outcome: [outcome!],
  })),
  {
    name: 'a user that goes to another package as it is stays',
    changes: [gone('user username=u uid=1 group=root'), comes('user username=u uid=1 group=root')],
    outcome: [],
  },
]

const references: Case[] = [
  {
    name: 'a directory about which packages disagreed stays when they go while another needs it as a parent',
    changes: [gone('dir path=d mode=0755'), [p('also@1', ['dir path=d mode=0700']), undefined]],
    kept: [p('stay@1', [file('d/f')])],
    outcome: [],
  },
  {
    name: 'a directory about which packages disagreed goes with the last of them',
    changes: [gone('dir path=d mode=0755'), [p('also@1', ['dir path=d mode=0700']), undefined]],
    outcome: ['- dir d'],
  },
  {
    name: 'a mediated link goes although another package has one there that is not chosen',
    changes: [gone(link('3'))],
    kept: [p('a@1', [link('2')])],
    options: { mediators: [{ mediator: 'py', version: '3', implementation: undefined }] },
    outcome: ['- link bin/py'],
  },
]

const types: Case[] = [
  {
    name: 'one type instead of another is no conflict',
    changes: [[p('a@1', ['link path=f target=x']), p('a@2', [file('f')])]],
    outcome: ['- link f', '+ file f'],
  },
  {
    name: 'with two types left nothing is removed there',
    changes: [gone(file('f'), file('g'))],
    kept: [p('b@1', ['link path=f target=x']), p('c@1', ['hardlink path=f target=x'])],
    outcome: ['- file g'],
  },
  {
    name: 'a delivered directory is put right before an implied one',
    changes: [gone('link path=d target=x')],
    kept: [p('b@1', [file('d/f')]), p('c@1', ['dir path=d mode=0700'])],
    outcome: ['- link d', '+ dir d'],
  },
]

const twice = (line: string): readonly (readonly [Side, Side])[] => [
  [undefined, p('a@1', [line])],
  [undefined, p('b@1', [line])],
]

const duplicates: Case[] = [
  ...[
    ['file', file('f'), 'f'],
    ['driver', 'driver name=d', 'd'],
    ['user', 'user username=u group=root', 'u'],
    ['group', 'group groupname=g', 'g'],
  ].map(([type, line, key]) => ({
    name: `a ${type} is never delivered twice`,
    changes: twice(line!),
    outcome: [`duplicate ${key}`],
  })),
  ...[
    ['set', 'set name=a value=b'],
    ['depend', 'depend type=require fmri=x'],
    ['signature', 'signature algorithm=sha256 value=00'],
    ['unknown', 'unknown path=x'],
  ].map(([type, line]) => ({
    name: `a ${type} action is nobody else's business`,
    changes: twice(line!),
    outcome: [],
  })),
  {
    name: 'of two files an editable one is left as it is when the other goes',
    changes: [gone(file('f'))],
    kept: [p('b@1', [file('f', 'preserve=true')])],
    outcome: [],
  },
  {
    name: 'a third file that goes leaves the overlay as it is',
    changes: [gone(file('etc/c'))],
    kept: [p('base@1', [under]), p('top@1', [over])],
    outcome: [],
  },
  {
    name: 'preserve may differ below overlay-attributes=deny',
    changes: [
      [
        undefined,
        p('top@1', [`${over.replace('preserve=true', 'preserve=renamenew')} overlay-attributes=deny`]),
      ],
    ],
    kept: [p('base@1', [under])],
    outcome: ['+ file etc/c'],
  },
  {
    name: 'system attributes may differ without overlay-attributes=deny',
    changes: [[undefined, p('top@1', [`${over} sysattr=hidden`])]],
    kept: [p('base@1', [under])],
    outcome: ['+ file etc/c'],
  },
  ...['owner=bin', 'group=bin', 'mode=0600', 'sysattr=hidden'].map((differs) => ({
    name: `overlay-attributes=deny of either side forbids another ${differs.replace(/=.*/, '')}`,
    changes: [[undefined, p('top@1', [`${over} ${differs}`])]] as const,
    kept: [p('base@1', [`${under} overlay-attributes=deny`])],
    outcome: ['inconsistent-attribute etc/c'],
  })),
]

const differing = (left: string, right: string): readonly (readonly [Side, Side])[] => [
  [undefined, p('a@1', [left])],
  [undefined, p('b@1', [right])],
]

const attributes: Case[] = [
  ...[
    ['dir path=x', 'dir path=x mode=0700'],
    ['dir path=x', 'dir path=x owner=bin'],
    ['dir path=x', 'dir path=x group=bin'],
    ['link path=x target=a', 'link path=x target=b'],
    ['hardlink path=x target=a', 'hardlink path=x target=b'],
    ['legacy pkg=x name=a', 'legacy pkg=x name=b'],
    ['legacy pkg=x', 'legacy pkg=x vendor=b'],
  ].map(([left, right]) => ({
    name: `packages may not disagree: ${left}, ${right}`,
    changes: differing(left!, right!),
    outcome: ['inconsistent-attribute x'],
  })),
  ...[
    ['dir path=x', 'dir path=x facet.doc=true'],
    ['link path=x target=a', 'link path=x target=a'],
    ['legacy pkg=x name=a arch=i386', 'legacy pkg=x name=a arch=sparc'],
    ['license content=a license=x', 'license content=b license=x'],
  ].map(([left, right]) => ({
    name: `packages may share: ${left}, ${right}`,
    changes: differing(left!, right!),
    outcome: Array(2).fill(`+ ${left!.split(' ')[0]} x`) as string[],
  })),
  {
    name: 'as many disagreements as before are tolerated',
    changes: [[p('a@1', ['dir path=d mode=0700', file('f')]), p('a@2', ['dir path=d mode=0700', file('g')])]],
    kept: [p('b@1', ['dir path=d'])],
    outcome: ['- file f', '+ file g'],
  },
  {
    name: 'one more disagreement than before is not',
    changes: [[undefined, p('c@1', ['dir path=d mode=0711'])]],
    kept: [p('a@1', ['dir path=d mode=0700']), p('b@1', ['dir path=d'])],
    outcome: ['inconsistent-attribute d'],
  },
  {
    name: 'when a disagreement goes away, what is left is put right',
    changes: [gone('dir path=d mode=0700')],
    kept: [p('b@1', ['dir path=d'])],
    outcome: ['+ dir d'],
  },
]

const elf = (version: string, more = '') =>
  p(`elf@${version}`, [`file content=${version} path=bin/x elfhash=${'a'.repeat(40)} ${more}`])

describe('content that counts as the same', () => {
  it('is neither updated nor fetched', () => {
    const plan = (content: 'file' | 'gelf', more: string) => {
      const found = planOf([change(elf('1'), elf('2', more))], { content })
      return found.ok ? [shortChanges(found.value).length, found.value.payloads.length] : found.error.code
    }
    expect([
      plan('file', ''),
      plan('gelf', ''),
      plan('file', 'mode=0700'),
      plan('gelf', 'mode=0700'),
    ]).toEqual([
      [1, 1],
      [0, 0],
      [1, 1],
      [1, 0],
    ])
  })
})

describe.each([
  ['order', order],
  ['packages that stay', filtered],
  ['moves', moves],
  ['reference counts', references],
  ['types at one path', types],
  ['duplicates', duplicates],
  ['unequal attributes', attributes],
] as const)('%s', (_, cases) => {
  it.each(cases)('$name', ({ changes, kept = [], options, outcome }) => {
    const found = planOf(
      changes.map(([from, to]) => change(from, to)),
      { kept, ...options },
    )
    if (found.ok) expect(shortChanges(found.value)).toEqual(outcome)
    else if (found.error.code === 'ips::installer_error::action_conflict')
      expect(found.error.conflicts.map(({ kind, key }) => `${kind} ${key}`)).toEqual(outcome)
    else expect(found.error.code).toBe(outcome)
  })
})
