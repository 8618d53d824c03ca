import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InstallerProblem } from '#executor'
import { createImageFilter } from '#model'
import {
  change,
  goodPlan,
  type PackageManifest,
  type PlanOptions,
  packageOf,
  planOf,
  type Side,
  shortChanges,
} from '../../support/small-image.ts'

/** One case: packages by name, what changes, what stays, and the changes or the conflicts that come out. */
interface Case {
  readonly name: string
  readonly changes: readonly (readonly [Side, Side])[]
  readonly kept?: readonly PackageManifest[]
  readonly plan?: readonly string[]
  /** `kind key` of each conflict. */
  readonly conflicts?: readonly string[]
  readonly options?: PlanOptions
}

function conflictsOf(problem: InstallerProblem): string[] {
  if (problem.code !== 'ips::installer_error::action_conflict') return [problem.code]
  return problem.conflicts.map((each) => `${each.kind} ${each.key} ${each.parties.length}`)
}

const p = packageOf
const file = (path: string, more = '') => `file content="${path}" path=${path} ${more}`

const order: Case[] = [
  {
    name: 'removals come last first, then installs, then updates, over all packages',
    changes: [
      [p('gone@1', [file('a/b/c'), 'link path=a/l target=c', 'license content=x license=L']), undefined],
      [
        undefined,
        p('new@1', [
          'group groupname=g gid=5',
          'group groupname=h',
          'user username=u uid=3 group=g',
          'link path=n/l target=x',
          file('n/f'),
          'dir path=n',
        ]),
      ],
      [p('up@1', ['file content=1 path=u/f']), p('up@2', ['file content=2 path=u/f'])],
    ],
    plan: [
      '- license L',
      '- link a/l',
      '- file a/b/c',
      '- dir a/b',
      '- dir a',
      '+ group g',
      '+ group h',
      '+ user u',
      '+ dir n',
      '+ file n/f',
      '+ link n/l',
      '~ file u/f',
    ],
  },
  {
    name: 'a hard link follows the hard link it points to',
    changes: [[undefined, p('h@1', ['hardlink path=a target=b', 'hardlink path=b target=c', file('c')])]],
    plan: ['+ file c', '+ hardlink b', '+ hardlink a'],
  },
  {
    name: 'hard links in a circle come last',
    changes: [
      [
        undefined,
        p('h@1', [
          'hardlink path=a target=b',
          'hardlink path=b target=a',
          'hardlink path=z target=f',
          file('f'),
        ]),
      ],
    ],
    plan: ['+ file f', '+ hardlink z', '+ hardlink a', '+ hardlink b'],
  },
]

const consolidation: Case[] = [
  {
    name: 'an unchanged action is not in the plan',
    changes: [[p('a@1', [file('f'), 'dir path=d']), p('a@2', [file('f'), 'dir path=d mode=755'])]],
    plan: ['~ dir d'],
  },
  {
    name: 'a file that goes from one package to another unchanged is not touched',
    changes: [
      [p('a@1', [file('f')]), undefined],
      [undefined, p('b@1', [file('f')])],
    ],
    plan: [],
  },
  {
    name: 'a file that goes to another package with other content is an update',
    changes: [
      [p('a@1', ['file content=1 path=f']), undefined],
      [undefined, p('b@1', ['file content=2 path=f'])],
    ],
    plan: ['~ file f'],
  },
  {
    name: 'original_name finds a removed file by package and path',
    changes: [
      [p('a@1', [file('etc/old')]), undefined],
      [undefined, p('b@1', [file('etc/new', 'original_name=a:etc/old')])],
    ],
    plan: ['~ file etc/new (from etc/old)'],
  },
  {
    name: 'original_name finds a removed file by its own original_name',
    changes: [
      [
        p('a@1', [file('etc/old', 'original_name=z:etc/first')]),
        p('a@2', [file('etc/new', 'original_name=z:etc/first')]),
      ],
    ],
    plan: ['~ file etc/new (from etc/old)'],
  },
  {
    name: 'original_name of a file that stays is nothing',
    changes: [[undefined, p('b@1', [file('etc/new', 'original_name=a:etc/old')])]],
    kept: [p('a@1', [file('etc/old')])],
    plan: ['+ file etc/new'],
  },
  {
    name: 'a directory stays while another package delivers it or needs it',
    changes: [[p('a@1', ['dir path=x', 'dir path=y', 'dir path=z', file('w/f')]), undefined]],
    kept: [p('b@1', ['dir path=x', file('y/deep/f'), file('w/g')])],
    plan: ['- file w/f', '- dir z'],
  },
  {
    name: 'parents that only removed paths implied go too',
    changes: [[p('a@1', [file('i/j/k/f')]), undefined]],
    plan: ['- file i/j/k/f', '- dir i/j/k', '- dir i/j', '- dir i'],
  },
  {
    name: 'the metadata folder and its parents never go',
    changes: [[p('a@1', ['dir path=var', 'dir path=var/pkg', file('var/x/f')]), undefined]],
    plan: ['- file var/x/f', '- dir var/x'],
  },
  {
    name: 'a link stays while another package delivers it',
    changes: [[p('a@1', ['link path=l target=t', 'hardlink path=h target=t']), undefined]],
    kept: [p('b@1', ['link path=l target=t', 'hardlink path=h target=t'])],
    plan: [],
  },
  {
    name: 'two packages that drop the same link remove it once',
    changes: [
      [p('a@1', ['link path=l target=t']), undefined],
      [p('b@1', ['link path=l target=t']), undefined],
    ],
    plan: ['- link l'],
  },
  {
    name: 'legacy stays while another package delivers it, licences belong to each package',
    changes: [[p('a@1', ['legacy pkg=X', 'license content=l license=L']), undefined]],
    kept: [p('b@1', ['legacy pkg=X', 'license content=l license=L'])],
    plan: ['- license L'],
  },
  {
    name: 'hard links of an updated file are refreshed, in packages that stay too',
    changes: [
      [
        p('a@1', ['file content=1 path=d/f', 'hardlink path=d/h target=f']),
        p('a@2', ['file content=2 path=d/f', 'hardlink path=d/h target=f']),
      ],
    ],
    kept: [
      p('b@1', [
        'hardlink path=e/h target=../d/f',
        'hardlink path=e/i target=/d/f',
        'hardlink path=e/j target=x',
        file('e/x'),
      ]),
    ],
    plan: ['~ file d/f', '~ hardlink d/h', '~ hardlink e/h', '~ hardlink e/i'],
  },
  {
    name: 'a mediated hard link that is not chosen is not refreshed with its target',
    changes: [
      [
        undefined,
        p('a@1', ['file content=1 path=p1', 'hardlink mediator=m mediator-version=1 path=doc target=p1']),
      ],
    ],
    kept: [p('b@1', ['file content=2 path=p2', 'hardlink mediator=m mediator-version=2 path=doc target=p2'])],
    plan: ['+ file p1'],
  },
  {
    name: 'hard links to hard links are refreshed after them, also in a circle',
    changes: [
      [
        p('a@1', [
          'file content=1 path=f',
          'hardlink path=z target=f',
          'hardlink path=a target=z',
          'hardlink path=o target=o2',
          'hardlink path=o2 target=o',
        ]),
        p('a@2', [
          'file content=2 path=f',
          'hardlink path=z target=f',
          'hardlink path=a target=z',
          'hardlink path=o target=f',
          'hardlink path=o2 target=o',
        ]),
      ],
    ],
    plan: ['~ file f', '~ hardlink o', '~ hardlink z', '~ hardlink a', '~ hardlink o2'],
  },
  {
    name: 'an action that facets or variants leave out is removed',
    changes: [
      [
        p('a@1', [file('doc', 'facet.doc=true'), file('x86', 'variant.arch=i386')]),
        p('a@1', [file('doc', 'facet.doc=true'), file('x86', 'variant.arch=i386')]),
      ],
    ],
    options: {
      oldFilter: createImageFilter(new Map([['variant.arch', 'i386']]), []),
      newFilter: createImageFilter(new Map([['variant.arch', 'sparc']]), [
        { name: 'facet.doc', value: false, source: 'local' },
      ]),
    },
    plan: ['- file x86', '- file doc'],
  },
]

const mediated = (target: string, version: string, more = '') =>
  `link path=bin/py target=${target} mediator=py mediator-version=${version} ${more}`

const mediation: Case[] = [
  {
    name: 'only the highest version is delivered',
    changes: [
      [undefined, p('a@1', [mediated('py2', '2'), mediated('py3', '3.10'), mediated('py39', '3.9')])],
    ],
    plan: ['+ link bin/py'],
  },
  {
    name: 'a better one replaces that of a package that stays, without a gap',
    changes: [[undefined, p('b@1', [mediated('py3', '3')])]],
    kept: [p('a@1', [mediated('py2', '2')])],
    plan: ['+ link bin/py'],
  },
  {
    name: 'a worse one is not delivered',
    changes: [[undefined, p('b@1', [mediated('py1', '1'), file('f')])]],
    kept: [p('a@1', [mediated('py2', '2')])],
    plan: ['+ file f'],
  },
  {
    name: 'when the chosen one goes, that of a package that stays comes',
    changes: [[p('b@1', [mediated('py3', '3')]), undefined]],
    kept: [p('a@1', [mediated('py2', '2')])],
    plan: ['+ link bin/py'],
  },
  {
    name: 'the administrator decides',
    changes: [[undefined, p('b@1', [mediated('py3', '3'), mediated('py2', '2')])]],
    options: { mediators: [{ mediator: 'py', version: '2', implementation: undefined }] },
    plan: ['+ link bin/py'],
  },
  {
    name: 'nothing is delivered where nothing fits the administrator',
    changes: [[undefined, p('b@1', [mediated('py3', '3')])]],
    options: { mediators: [{ mediator: 'py', version: '4', implementation: undefined }] },
    plan: [],
  },
  {
    name: 'another setting moves links of packages that stay',
    changes: [],
    kept: [p('a@1', [mediated('py2', '2'), mediated('py3', '3')])],
    options: { oldMediators: [], mediators: [{ mediator: 'py', version: '2', implementation: undefined }] },
    plan: ['+ link bin/py'],
  },
  {
    name: 'a chosen link stays while another package delivers the same mediation',
    changes: [[p('b@1', [mediated('py3', '3')]), undefined]],
    kept: [p('a@1', [mediated('py3', '3')])],
    plan: [],
  },
  {
    name: 'priority goes before version',
    changes: [
      [undefined, p('b@1', [mediated('py3', '3'), mediated('py2', '2', 'mediator-priority=vendor')])],
    ],
    plan: ['+ link bin/py'],
  },
]

const under = file('etc/c', 'preserve=true overlay=allow')
const over = 'file content=over path=etc/c preserve=true overlay=true'

const conflicts: Case[] = [
  {
    name: 'two packages with one file',
    changes: [
      [undefined, p('a@1', [file('f')])],
      [undefined, p('b@1', [file('f')])],
    ],
    conflicts: ['duplicate f 2'],
  },
  {
    name: 'a file that a package that stays has',
    changes: [[undefined, p('a@1', [file('f')])]],
    kept: [p('b@1', [file('f')]), p('c@1', [file('g')])],
    conflicts: ['duplicate f 2'],
  },
  {
    name: 'one package with a file and a link at one path',
    changes: [[undefined, p('a@1', [file('f'), 'link path=f target=x'])]],
    conflicts: ['inconsistent-type f 2'],
  },
  {
    name: 'a link where another package needs a directory',
    changes: [[undefined, p('a@1', ['link path=usr target=x'])]],
    kept: [p('b@1', [file('usr/bin/f')])],
    conflicts: ['inconsistent-type usr 2'],
  },
  {
    name: 'all conflicts are told together',
    changes: [
      [
        undefined,
        p('a@1', [file('f'), 'dir path=d mode=0700', 'link path=l target=a', 'user username=u group=g']),
      ],
      [
        undefined,
        p('b@1', [file('f'), 'dir path=d mode=0755', 'link path=l target=b', 'user username=u group=h']),
      ],
    ],
    conflicts: ['inconsistent-attribute d 2', 'duplicate f 2', 'inconsistent-attribute l 2', 'duplicate u 2'],
  },
  {
    name: 'directories that agree but for zeros of the mode',
    changes: [
      [undefined, p('a@1', ['dir path=d mode=755'])],
      [undefined, p('b@1', ['dir path=d mode=0755'])],
    ],
    plan: ['+ dir d', '+ dir d'],
  },
  {
    name: 'an implied directory never conflicts with a delivered one',
    changes: [[undefined, p('a@1', ['dir path=d mode=0700'])]],
    kept: [p('b@1', [file('d/f')])],
    plan: ['+ dir d'],
  },
  {
    name: 'links of one mediator may share a path, of two mediators not',
    changes: [
      [undefined, p('a@1', [mediated('a', '1')])],
      [undefined, p('b@1', [mediated('b', '2').replace('mediator=py', 'mediator=other')])],
    ],
    conflicts: ['inconsistent-attribute bin/py 2'],
  },
  {
    name: 'a conflict that was there before is tolerated',
    changes: [[p('a@1', [file('f'), file('g')]), p('a@1', [file('f')])]],
    kept: [p('b@1', [file('f')])],
    plan: ['- file g'],
  },
  {
    name: 'as many types as before are tolerated when the packages are the same',
    changes: [[p('a@1', [file('f')]), p('a@1', ['file content=other path=f'])]],
    kept: [p('b@1', ['link path=f target=x'])],
    plan: ['~ file f'],
  },
  {
    name: 'when a conflict goes away, what is left is put right',
    changes: [[p('a@1', [file('f')]), undefined]],
    kept: [p('b@1', ['file content=b path=f'])],
    plan: ['+ file f'],
  },
  {
    name: 'when a type goes away, what is left is put right',
    changes: [[p('a@1', ['link path=f target=x']), undefined]],
    kept: [p('b@1', ['file content=b path=f'])],
    plan: ['- link f', '+ file f'],
  },
  {
    name: 'two links that become one file are removed',
    changes: [
      [p('a@1', ['link path=f target=x']), p('a@2', [file('f', 'preserve=legacy')])],
      [p('b@1', ['link path=f target=x']), undefined],
    ],
    plan: ['- link f', '+ file f'],
  },
  {
    name: 'with two deliverers left nothing is removed',
    changes: [[p('a@1', [file('f')]), undefined]],
    kept: [p('b@1', [file('f')]), p('c@1', [file('f')])],
    plan: [],
  },
]

const overlays: Case[] = [
  {
    name: 'an overlay replaces the overlaid file',
    changes: [[undefined, p('top@1', [over])]],
    kept: [p('base@1', [under])],
    plan: ['+ file etc/c'],
  },
  {
    name: 'both at once deliver only the overlay',
    changes: [
      [undefined, p('base@1', [under])],
      [undefined, p('top@1', [over])],
    ],
    plan: ['+ file etc/c'],
  },
  {
    name: 'the overlaid file is neither updated nor removed',
    changes: [[p('base@1', [under]), p('base@2', [file('etc/c', 'preserve=true overlay=allow mode=0600')])]],
    kept: [p('top@1', [over])],
    plan: [],
  },
  {
    name: 'removing the overlaid package leaves the overlay',
    changes: [[p('base@1', [under]), undefined]],
    kept: [p('top@1', [over])],
    plan: [],
  },
  {
    name: 'removing the overlay leaves the content',
    changes: [[p('top@1', [over]), undefined]],
    kept: [p('base@1', [under])],
    plan: [],
  },
  {
    name: 'removing both removes the file once',
    changes: [
      [p('top@1', [over]), undefined],
      [p('base@1', [under]), undefined],
    ],
    plan: ['- file etc/c', '- dir etc'],
  },
  {
    name: 'overlay=allow needs preserve',
    changes: [[undefined, p('top@1', [over])]],
    kept: [p('base@1', [file('etc/c', 'overlay=allow')])],
    conflicts: ['duplicate etc/c 2'],
  },
  {
    name: 'three cannot share a path',
    changes: [[undefined, p('top2@1', [over])]],
    kept: [p('base@1', [under]), p('top@1', [over])],
    conflicts: ['duplicate etc/c 3'],
  },
  {
    name: 'attributes may differ',
    changes: [[undefined, p('top@1', [`${over} mode=0600 owner=bin`])]],
    kept: [p('base@1', [under])],
    plan: ['+ file etc/c'],
  },
  {
    name: 'attributes may not differ with overlay-attributes=deny',
    changes: [[undefined, p('top@1', [`${over} mode=0600 overlay-attributes=deny`])]],
    kept: [p('base@1', [under])],
    conflicts: ['inconsistent-attribute etc/c 2'],
  },
]

describe.each([
  ['order', order],
  ['consolidation', consolidation],
  ['mediated links', mediation],
  ['conflicts', conflicts],
  ['overlays', overlays],
] as const)('%s', (_title, cases) => {
  it.each(cases)('$name', ({ changes, kept = [], plan, conflicts: wanted, options }) => {
    const found = planOf(
      changes.map(([from, to]) => change(from, to)),
      { kept, ...options },
    )
    if (wanted !== undefined)
      expect(found.ok ? shortChanges(found.value) : conflictsOf(found.error)).toEqual(wanted)
    else expect(found.ok ? shortChanges(found.value) : found.error).toEqual(plan)
  })
})

const picked = (setting: string | undefined) => {
  const offered = p('a@1', [mediated('py2', '2'), mediated('py3', '3')])
  const plan = goodPlan([change(undefined, offered)], {
    mediators: [{ mediator: 'py', version: setting, implementation: undefined }],
  })
  return Array.from(plan.changes, ({ new: link }) => link?.action.attributes.get('target'))
}

describe('facts of a plan', () => {
  it('delivers the link of the chosen mediation', () => {
    expect([picked(undefined), picked('2'), picked('3')]).toEqual([['py3'], ['py2'], ['py3']])
  })
  it('names packages, payloads, licences and actuators', () => {
    const one = p('a@1', [
      'file content=1 path=f restart_fmri=svc:/x',
      'license content=L license=L must-accept=true',
      file('same'),
    ])
    const two = p('a@2', [
      'file content=22 path=f restart_fmri=svc:/x suspend_fmri=svc:/y',
      'license content=M license=L must-accept=True must-display=true',
      file('same', 'mode=0600'),
    ])
    const plan = goodPlan([change(one, two)])
    expect(plan.packages).toEqual([{ from: one.fmri, to: two.fmri }])
    expect(Array.from(plan.payloads, ({ action }) => action.attributes.get('path') ?? 'L')).toEqual([
      'f',
      'L',
    ])
    expect(plan.licenses).toMatchObject([
      { name: 'L', mustAccept: true, mustDisplay: true, replaces: { mustAccept: true, mustDisplay: false } },
    ])
    expect(plan.actuators).toEqual([
      { name: 'restart_fmri', value: 'svc:/x' },
      { name: 'suspend_fmri', value: 'svc:/y' },
    ])
    expect(plan.installBytes).toBe(2 + 1 + 4)
  })
  it('counts a payload once, however many files have it', () => {
    const bytes = (...lines: readonly string[]) =>
      goodPlan([change(undefined, p('a@1', lines))]).downloadBytes
    const line = (text: string, path: string) => `file content=${text} path=${path}`
    const each = bytes(line('x', 'a'))
    expect(each).toBeGreaterThan(0)
    expect(bytes(line('x', 'a'), line('x', 'b'), line('y', 'c'))).toBe(2 * each)
  })
  it('names a package that only a mediator affects', () => {
    const kept = p('a@1', [mediated('py2', '2')])
    const plan = goodPlan([change(undefined, p('b@1', [mediated('py3', '3'), file('f')]))], { kept: [kept] })
    expect(plan.packages.map(({ from, to }) => [from?.stem, to?.stem])).toEqual([[undefined, 'b']])
  })
})

const paths = fc.constantFrom('a', 'b', 'a/x', 'a/y', 'b/x', 'b/y/z', 'c')
const lines = fc.oneof(
  fc.tuple(paths, fc.constantFrom('1', '2')).map(([path, text]) => `file content=${text} path=${path}/f`),
  paths.map((path) => `dir path=${path}`),
  paths.map((path) => `link path=${path}/l target=t`),
)
const manifest = fc.uniqueArray(lines, { maxLength: 6, selector: (line) => /path=([^ ]+)/.exec(line)?.[1] })

describe('laws', () => {
  it('the order of packages and of actions does not matter', () => {
    fc.assert(
      fc.property(manifest, manifest, manifest, (one, two, three) => {
        const changes = [change(p('a@1', one), p('a@2', two)), change(undefined, p('b@1', three))]
        const mirrored = [
          change(undefined, p('b@1', [...three].reverse())),
          change(p('a@1', [...one].reverse()), p('a@2', [...two].reverse())),
        ]
        const [left, right] = [planOf(changes), planOf(mirrored)]
        expect(left.ok).toBe(right.ok)
        if (left.ok && right.ok) expect(shortChanges(left.value)).toEqual(shortChanges(right.value))
      }),
      { numRuns: 300 },
    )
  })
  it('planning a package against itself changes nothing', () => {
    fc.assert(
      fc.property(manifest, (one) => {
        const same = p('a@1', one)
        expect([...goodPlan([change(same, same)]).changes]).toEqual([])
      }),
    )
  })
})
