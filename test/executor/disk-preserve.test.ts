import { describe, expect, it } from 'vitest'
import { type DiskCase, imageOf, leavesAfter } from '../support/disk-case.ts'
import { change, mustApply, packageOf as p, targetOf } from '../support/small-image.ts'

/* Rules of image-plan §5 and §6 on what happens to edited files, which show on disk only. */
const conf = (version: string, more: string) =>
  p(`p@${version}`, [`file content=c${version} path=etc/c ${more}`, 'dir path=etc'])

const editable = ['true', 'renameold', 'renamenew']

const firstInstall: DiskCase[] = [
  ...editable.map((preserve) => ({
    name: `${preserve}: what was there is salvaged at the first installation`,
    edits: { 'etc/c': 'mine' },
    changes: [[undefined, conf('1', `preserve=${preserve}`)]] as const,
    after: ['etc/c "c1"', 'LOST/etc/c "mine"'],
  })),
  {
    name: 'legacy: what was there is salvaged and nothing delivered',
    edits: { 'etc/c': 'mine' },
    changes: [[undefined, conf('1', 'preserve=legacy')]],
    after: ['LOST/etc/c "mine"'],
  },
  {
    name: 'install-only: what was there stays',
    edits: { 'etc/c': 'mine' },
    changes: [[undefined, conf('1', 'preserve=install-only')]],
    after: ['etc/c "mine"'],
  },
  {
    name: 'a link in the place of an editable file is salvaged',
    installed: [conf('1', '')],
    edits: { 'etc/c': '-> mine' },
    changes: [[undefined, conf('1', 'preserve=true')]],
    after: ['etc/c "c1"', 'LOST/etc/c -> mine'],
  },
  {
    name: 'a link in the place of another file is replaced',
    installed: [conf('1', '')],
    edits: { 'etc/c': '-> mine' },
    changes: [[undefined, conf('1', '')]],
    after: ['etc/c "c1"'],
  },
  ...[
    ['true', ['etc/c "mine"']],
    ['renameold', ['etc/c "c2"', 'etc/c.old "mine"']],
    ['renamenew', ['etc/c "mine"', 'etc/c.new "c2"']],
    ['legacy', ['etc/c "mine"']],
  ].map(([preserve, after]) => ({
    name: `${preserve as string}: a new file of an installed package salvages nothing`,
    edits: { 'etc/c': 'mine' },
    changes: [[p('p@1', ['dir path=etc']), conf('2', `preserve=${preserve as string}`)]] as const,
    after: after as string[],
  })),
]

const updates: DiskCase[] = [
  ...[
    ['true', ['etc/c -> mine']],
    ['renameold', ['etc/c "c2"', 'etc/c.old -> mine']],
    ['renamenew', ['etc/c -> mine', 'etc/c.new "c2"']],
    ['install-only', ['etc/c -> mine']],
    ['abandon', ['etc/c -> mine']],
    ['legacy', ['etc/c "c2"', 'etc/c.legacy -> mine']],
  ].map(([preserve, after]) => ({
    name: `${preserve as string}: a link that somebody put in the place counts as an edited file`,
    edits: { 'etc/c': '-> mine' },
    changes: [[conf('1', 'preserve=true'), conf('2', `preserve=${preserve as string}`)]] as const,
    after: after as string[],
  })),
  {
    name: 'legacy: a link in the place of a legacy file is salvaged',
    edits: { 'etc/c': '-> mine' },
    installed: [conf('1', '')],
    changes: [[conf('1', 'preserve=legacy'), conf('2', 'preserve=legacy')]],
    after: ['etc/c "c2"', 'LOST/etc/c -> mine'],
  },
  ...[
    ['true', ['etc/c -> mine']],
    ['renameold', ['etc/c "c"', 'etc/c.old -> mine']],
    ['renamenew', ['etc/c -> mine', 'etc/c.new "c"']],
  ].map(([preserve, after]) => ({
    name: `${preserve as string}: a link stays a link where only the mode changes`,
    edits: { 'etc/c': '-> mine', 'etc/mine': 'text' },
    changes: [
      [
        p('p@1', ['dir path=etc', `file content=c path=etc/c preserve=${preserve as string}`]),
        p('p@2', ['dir path=etc', `file content=c path=etc/c mode=0600 preserve=${preserve as string}`]),
      ],
    ] as const,
    after: [...(after as string[]), 'etc/mine "text"'],
  })),
  {
    name: 'a downgrade keeps a link, and puts it aside over preserve-version',
    edits: { 'etc/c': '-> mine', 'etc/d': '-> mine' },
    changes: [
      [
        p('p@2', [
          'dir path=etc',
          'file content=c2 path=etc/c preserve=true',
          'file content=d2 path=etc/d preserve=true preserve-version=2',
        ]),
        p('p@1', [
          'dir path=etc',
          'file content=c1 path=etc/c preserve=true',
          'file content=d1 path=etc/d preserve=true',
        ]),
      ],
    ],
    after: ['etc/c -> mine', 'etc/d "d1"', 'etc/d.update -> mine'],
  },
  {
    name: 'a link in the place of a new file of an installed package is kept',
    installed: [conf('1', '')],
    edits: { 'etc/c': '-> mine' },
    changes: [[p('p@1', ['dir path=etc']), conf('2', 'preserve=true')]],
    after: ['etc/c -> mine'],
  },
  {
    name: 'none: a local change is lost with new content',
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), conf('2', '')]],
    after: ['etc/c "c2"'],
  },
  {
    name: 'none: a local change stays where only the mode changes',
    edits: { 'etc/c': 'mine' },
    changes: [[p('p@1', ['file content=c path=etc/c']), p('p@2', ['file content=c path=etc/c mode=0600'])]],
    after: ['etc/c "mine"'],
  },
  ...[
    ['true', ['etc/c "mine"']],
    ['renameold', ['etc/c "c2"', 'etc/c.old "mine"']],
    ['renamenew', ['etc/c "mine"', 'etc/c.new "c2"']],
    ['install-only', ['etc/c "mine"']],
    ['abandon', ['etc/c "mine"']],
  ].map(([preserve, after]) => ({
    name: `${preserve as string}: an edited file at an update`,
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), conf('2', `preserve=${preserve as string}`)]] as const,
    after: after as string[],
  })),
  {
    name: 'legacy: what is there gets another name once',
    changes: [[conf('1', 'preserve=true'), conf('2', 'preserve=legacy')]],
    after: ['etc/c "c2"', 'etc/c.legacy "c1"'],
  },
  {
    name: 'an unchanged file that is missing does not come back',
    edits: { 'etc/c': null },
    changes: [
      [
        p('p@1', ['file content=c path=etc/c preserve=true', 'dir path=opt']),
        p('p@2', ['file content=c path=etc/c preserve=true']),
      ],
    ],
    after: [],
  },
  {
    name: 'install-only that is missing does not come back',
    edits: { 'etc/c': null },
    changes: [[conf('1', 'preserve=install-only'), conf('2', 'preserve=install-only')]],
    after: [],
  },
  {
    name: 'a downgrade keeps the newer content where nobody edited it',
    changes: [[conf('2', 'preserve=true'), conf('1', 'preserve=true')]],
    after: ['etc/c "c2"'],
  },
  {
    name: 'a downgrade over preserve-version puts the edited file aside',
    edits: { 'etc/c': 'mine' },
    changes: [[conf('2', 'preserve=true preserve-version=2'), conf('1', 'preserve=true')]],
    after: ['etc/c "c1"', 'etc/c.update "mine"'],
  },
  ...[
    ['removed', { l: null }, []],
    ['changed', { l: '-> mine' }, ['l -> mine']],
    ['left alone', {}, ['l -> y']],
  ].map(([what, edits, after]) => ({
    name: `an editable link that somebody ${what as string}`,
    edits: edits as Record<string, string | null>,
    changes: [
      [p('p@1', ['link path=l target=x preserve=true']), p('p@2', ['link path=l target=y preserve=true'])],
    ] as const,
    after: after as string[],
  })),
  {
    name: 'a link without preserve is made again',
    edits: { l: '-> mine' },
    changes: [[p('p@1', ['link path=l target=x']), p('p@2', ['link path=l target=y'])]],
    after: ['l -> y'],
  },
]

const named = (version: string, path: string, original?: string) =>
  p(`p${version}@1`, [
    `file content=c${version} path=${path} preserve=true${original === undefined ? '' : ` original_name=${original}`}`,
  ])

const moved: DiskCase[] = [
  {
    name: 'a chain of names carries an edited file along',
    edits: { 'etc/two': 'mine' },
    changes: [
      [named('2', 'etc/two', 'p1:etc/one'), undefined],
      [undefined, named('3', 'etc/three', 'p1:etc/one')],
    ],
    after: ['etc/three "mine"'],
  },
  {
    name: 'a link in the place of a file that moves is salvaged, because it may lead elsewhere from the new place',
    edits: { 'etc/one': '-> mine' },
    changes: [
      [named('1', 'etc/one'), undefined],
      [undefined, named('2', 'opt/two', 'p1:etc/one')],
    ],
    after: ['opt/two "c2"', 'LOST/etc/one -> mine'],
  },
  {
    name: 'a moved file that is missing is delivered',
    edits: { 'etc/one': null },
    changes: [
      [named('1', 'etc/one'), undefined],
      [undefined, named('2', 'etc/two', 'p1:etc/one')],
    ],
    after: ['etc/two "c2"'],
  },
  {
    name: 'a moved file that is missing is installed as if it were new',
    edits: { 'etc/one': null },
    changes: [
      [named('1', 'etc/one'), undefined],
      [
        undefined,
        p('p2@1', [
          'file content=once path=etc/once preserve=install-only original_name=p1:etc/one',
          'file content=x path=etc/x',
        ]),
      ],
    ],
    after: ['etc/once "once"', 'etc/x "x"'],
  },
  {
    name: 'a preserved file that another package takes over as it is stays missing',
    edits: { 'etc/one': null },
    changes: [
      [named('1', 'etc/one'), undefined],
      [undefined, p('other@1', ['file content=c1 path=etc/one preserve=true'])],
    ],
    after: [],
  },
  {
    name: 'an overlaid file that moves leaves the overlay',
    changes: [
      [
        p('base@1', ['file content=base path=etc/c preserve=true overlay=allow']),
        p('base@2', ['file content=base path=etc/d preserve=true original_name=base:etc/c']),
      ],
    ],
    kept: [p('top@1', ['file content=top path=etc/c preserve=true overlay=true'])],
    after: ['etc/c "top"', 'etc/d "top"'],
  },
]

const removals: DiskCase[] = [
  ...[...editable, 'legacy'].map((preserve) => ({
    name: `${preserve}: an edited file is salvaged when its package goes`,
    installed: [conf('1', '')],
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', `preserve=${preserve}`), undefined]] as const,
    after: ['LOST/etc/c "mine"'],
  })),
  ...['abandon', 'install-only'].map((preserve) => ({
    name: `${preserve}: the file stays when its package goes`,
    installed: [p('p@1', ['file content=c1 path=etc/c'])],
    changes: [[p('p@1', [`file content=c1 path=etc/c preserve=${preserve}`]), undefined]] as const,
    // Nobody delivers its directory any more, so it is salvaged with what is in it.
    after: ['LOST/etc/c "c1"'],
  })),
  {
    name: 'an overlay that goes with what it overlays goes by its own content',
    changes: [
      [p('base@1', ['file content=base path=c preserve=true overlay=allow']), undefined],
      [p('top@1', ['file content=top path=c preserve=true overlay=true']), undefined],
    ],
    after: [],
  },
  {
    name: 'true: a link that somebody put in the place is salvaged when its package goes',
    edits: { 'etc/c': '-> mine' },
    changes: [[conf('1', 'preserve=true'), undefined]],
    after: ['LOST/etc/c -> mine'],
  },
  ...['link path=etc/c target=x', 'hardlink path=etc/c target=../keep'].map((action) => ({
    name: `${action.split(' ')[0]}: what somebody put in its place is salvaged`,
    installed: [p('p@1', ['file content=c1 path=etc/c', 'file content=k path=keep'])],
    edits: { 'etc/c': action.startsWith('link') ? 'mine' : '-> mine' },
    changes: [
      [p('p@1', [action, 'file content=k path=keep']), p('p@2', ['file content=k path=keep'])],
    ] as const,
    after: [action.startsWith('link') ? 'LOST/etc/c "mine"' : 'LOST/etc/c -> mine', 'keep "k"'],
  })),
  {
    name: 'true: an edited file that an update drops is deleted',
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', 'preserve=true'), p('p@2', ['dir path=etc'])]],
    after: [],
  },
  {
    name: 'none: an edited file is deleted',
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), undefined]],
    after: [],
  },
]

describe.each([
  ['first installation', firstInstall],
  ['update', updates],
  ['original_name', moved],
  ['removal', removals],
] as const)('%s', (_, cases) => {
  it.each(cases)('$name', (one) => {
    expect(leavesAfter(one).sort()).toEqual([...one.after].sort())
  })
})

describe('on disk', () => {
  it('a kept file gets mode and owner, one that is not there stays away', () => {
    const next = conf('2', 'preserve=true mode=0600 owner=bin group=sys')
    const fs = imageOf([conf('1', 'preserve=true')], { 'etc/c': 'mine' })
    mustApply({ target: targetOf(fs) }, [change(conf('1', 'preserve=true'), next)])
    expect(fs.lstat('/image/etc/c')).toMatchObject({ mode: 0o600, uid: 2, gid: 3 })
    expect(fs.text('/image/etc/c')).toBe('mine')
  })

  it.each(['1', '2'])('a file with new content or mode beside it is left alone, with its mode: c%s', (to) => {
    const lines = (more: string) => [
      `file content=c${to} path=etc/c preserve=renamenew ${more}`,
      'dir path=etc',
    ]
    const [old, next] = [
      to === '1' ? p('p@1', lines('')) : conf('1', 'preserve=renamenew'),
      p('p@2', lines('mode=0600 owner=bin group=sys')),
    ]
    const fs = imageOf([old], { 'etc/c': 'mine' })
    mustApply({ target: targetOf(fs) }, [change(old, next)])
    expect(fs.lstat('/image/etc/c')).toMatchObject({ mode: 0o644, uid: 0, gid: 0 })
    expect(fs.lstat('/image/etc/c.new')).toMatchObject({ mode: 0o600, uid: 2, gid: 3 })
    expect([fs.text('/image/etc/c'), fs.text('/image/etc/c.new')]).toEqual(['mine', `c${to}`])
  })

  it('an abandoned file is not touched at all', () => {
    const next = conf('2', 'preserve=abandon mode=0600')
    const fs = imageOf([conf('1', '')])
    mustApply({ target: targetOf(fs) }, [change(conf('1', ''), next)])
    expect(fs.lstat('/image/etc/c')?.mode).toBe(0o644)
  })
})
