import { describe, expect, it } from 'vitest'
import type { PackageManifest } from '#executor'
import type { Filesystem } from '#model'
import { interceptFilesystem } from '../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../support/memory-filesystem.ts'
import {
  applyTo,
  change,
  createSmallImage,
  mustApply,
  noonStamp,
  packageOf,
  type Side,
  targetOf,
} from '../support/small-image.ts'

/* Rules of image-plan §4 to §7 that show on disk only: what is installed, what somebody did, what changes, and what is there then. */
interface Case {
  readonly name: string
  readonly installed?: readonly PackageManifest[]
  /** Path and text of files that are written; null: the file is removed; a directory ends with a slash. */
  readonly edits?: Readonly<Record<string, string | null>>
  readonly changes: readonly (readonly [Side, Side])[]
  readonly kept?: readonly PackageManifest[]
  /** Everything that is no directory, with its content; lost+found without time stamp. */
  readonly after: readonly string[]
}

const p = packageOf
const conf = (version: string, more: string) =>
  p(`p@${version}`, [`file content=c${version} path=etc/c ${more}`, 'dir path=etc'])

function leaves(fs: MemoryFilesystem): string[] {
  return fs
    .listing('/image')
    .filter((line) => !/^\d+ \d+ \d+ dir /.test(line))
    .map((line) => line.split(' ').slice(4).join(' ').replace('var/pkg/lost+found/', 'LOST/'))
    .map((line) => line.replace(`-${noonStamp}`, ''))
}

function edit(fs: MemoryFilesystem, edits: Case['edits'] = {}): void {
  for (const [path, text] of Object.entries(edits)) {
    if (path.endsWith('/')) fs.plantDirectory(`/image/${path.slice(0, -1)}`)
    else if (text === null) fs.unlink(`/image/${path}`)
    else if (text.startsWith('-> ')) {
      fs.unlink(`/image/${path}`)
      fs.plantLink(`/image/${path}`, text.slice(3))
    } else fs.plant(`/image/${path}`, text)
  }
}

function imageOf({ installed = [], edits }: Pick<Case, 'installed' | 'edits'>): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  mustApply(
    createSmallImage(fs),
    installed.map((one) => change(undefined, one)),
  )
  edit(fs, edits)
  return fs
}

const editable = ['true', 'renameold', 'renamenew']

const firstInstall: Case[] = [
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
  ...[
    ['true', ['etc/c "mine"']],
    ['renameold', ['etc/c "c2"', 'etc/c.old "mine"']],
    ['renamenew', ['etc/c "mine"', 'etc/c.new "c2"']],
    ['legacy', ['etc/c "mine"']],
  ].map(([preserve, after]) => ({
    name: `${preserve as string}: a new file of an installed package salvages nothing`,
    installed: [p('p@1', ['dir path=etc'])],
    edits: { 'etc/c': 'mine' },
    changes: [[p('p@1', ['dir path=etc']), conf('2', `preserve=${preserve as string}`)]] as const,
    after: after as string[],
  })),
]

const updates: Case[] = [
  {
    name: 'none: a local change is lost with new content',
    installed: [conf('1', '')],
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), conf('2', '')]],
    after: ['etc/c "c2"'],
  },
  {
    name: 'none: a local change stays where only the mode changes',
    installed: [p('p@1', ['file content=c path=etc/c'])],
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
    installed: [conf('1', '')],
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), conf('2', `preserve=${preserve as string}`)]] as const,
    after: after as string[],
  })),
  {
    name: 'legacy: what is there gets another name once',
    installed: [conf('1', 'preserve=true')],
    changes: [[conf('1', 'preserve=true'), conf('2', 'preserve=legacy')]],
    after: ['etc/c "c2"', 'etc/c.legacy "c1"'],
  },
  {
    name: 'an unchanged file that is missing does not come back',
    installed: [p('p@1', ['file content=c path=etc/c preserve=true', 'dir path=opt'])],
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
    installed: [conf('1', 'preserve=install-only')],
    edits: { 'etc/c': null },
    changes: [[conf('1', 'preserve=install-only'), conf('2', 'preserve=install-only')]],
    after: [],
  },
  {
    name: 'a downgrade keeps the newer content where nobody edited it',
    installed: [conf('2', 'preserve=true')],
    changes: [[conf('2', 'preserve=true'), conf('1', 'preserve=true')]],
    after: ['etc/c "c2"'],
  },
  {
    name: 'a downgrade over preserve-version puts the edited file aside',
    installed: [conf('2', 'preserve=true preserve-version=2')],
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
    installed: [p('p@1', ['link path=l target=x preserve=true'])],
    edits: edits as Record<string, string | null>,
    changes: [
      [p('p@1', ['link path=l target=x preserve=true']), p('p@2', ['link path=l target=y preserve=true'])],
    ] as const,
    after: after as string[],
  })),
  {
    name: 'a link without preserve is made again',
    installed: [p('p@1', ['link path=l target=x'])],
    edits: { l: '-> mine' },
    changes: [[p('p@1', ['link path=l target=x']), p('p@2', ['link path=l target=y'])]],
    after: ['l -> y'],
  },
]

const named = (version: string, path: string, original?: string) =>
  p(`p${version}@1`, [
    `file content=c${version} path=${path} preserve=true${original === undefined ? '' : ` original_name=${original}`}`,
  ])

const moved: Case[] = [
  {
    name: 'a chain of names carries an edited file along',
    installed: [named('2', 'etc/two', 'p1:etc/one')],
    edits: { 'etc/two': 'mine' },
    changes: [
      [named('2', 'etc/two', 'p1:etc/one'), undefined],
      [undefined, named('3', 'etc/three', 'p1:etc/one')],
    ],
    after: ['etc/three "mine"'],
  },
  {
    name: 'a moved file that is missing is delivered',
    installed: [named('1', 'etc/one')],
    edits: { 'etc/one': null },
    changes: [
      [named('1', 'etc/one'), undefined],
      [undefined, named('2', 'etc/two', 'p1:etc/one')],
    ],
    after: ['etc/two "c2"'],
  },
  {
    name: 'a moved file that is missing is installed as if it were new',
    installed: [named('1', 'etc/one')],
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
    installed: [named('1', 'etc/one')],
    edits: { 'etc/one': null },
    changes: [
      [named('1', 'etc/one'), undefined],
      [undefined, p('other@1', ['file content=c1 path=etc/one preserve=true'])],
    ],
    after: [],
  },
  {
    name: 'an overlaid file that moves leaves the overlay',
    installed: [
      p('base@1', ['file content=base path=etc/c preserve=true overlay=allow']),
      p('top@1', ['file content=top path=etc/c preserve=true overlay=true']),
    ],
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

const removals: Case[] = [
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
    installed: [
      p('base@1', ['file content=base path=c preserve=true overlay=allow']),
      p('top@1', ['file content=top path=c preserve=true overlay=true']),
    ],
    changes: [
      [p('base@1', ['file content=base path=c preserve=true overlay=allow']), undefined],
      [p('top@1', ['file content=top path=c preserve=true overlay=true']), undefined],
    ],
    after: [],
  },
  {
    name: 'true: an edited file that an update drops is deleted',
    installed: [conf('1', 'preserve=true')],
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', 'preserve=true'), p('p@2', ['dir path=etc'])]],
    after: [],
  },
  {
    name: 'none: an edited file is deleted',
    installed: [conf('1', '')],
    edits: { 'etc/c': 'mine' },
    changes: [[conf('1', ''), undefined]],
    after: [],
  },
]

const spool = (name: string, ...lines: readonly string[]) => p(name, ['dir path=var/spool', ...lines])

const salvage: Case[] = [
  {
    name: 'a file where a directory is removed is salvaged',
    installed: [p('p@1', ['dir path=opt'])],
    edits: { 'opt/x': 'mine' },
    changes: [[p('p@1', ['dir path=opt', 'dir path=opt/x']), p('p@2', ['dir path=opt'])]],
    after: ['LOST/opt/x "mine"'],
  },
  {
    name: 'content goes to the directory that names its place most exactly',
    installed: [spool('p@1', 'dir path=var/spool/old', 'dir path=var/spool/old/mail')],
    edits: {
      'var/spool/old/job': 'job',
      'var/spool/old/mail/letter': 'letter',
      'var/spool/old/mail/in/x': 'x',
    },
    changes: [
      [
        spool('p@1', 'dir path=var/spool/old', 'dir path=var/spool/old/mail'),
        spool(
          'p@2',
          'dir path=var/spool/a salvage-from=var/spool/old',
          'dir path=var/spool/post salvage-from=/var/spool/old/mail/',
        ),
      ],
    ],
    after: ['var/spool/a/job "job"', 'var/spool/post/in/x "x"', 'var/spool/post/letter "letter"'],
  },
  {
    name: 'content of a directory that is no package of its own is found as well',
    installed: [spool('p@1', 'dir path=var/spool/old')],
    edits: { 'var/spool/old/job': 'job', 'var/spool/old/mail/letter': 'letter', 'var/spool/old/x/y': 'y' },
    changes: [
      [
        spool('p@1', 'dir path=var/spool/old'),
        spool(
          'p@2',
          'dir path=var/spool/a salvage-from=var/spool/old/x salvage-from=var/spool/old/absent',
          'dir path=var/spool/post salvage-from=var/spool/old/mail',
        ),
      ],
    ],
    after: ['LOST/var/spool/old/job "job"', 'var/spool/a/y "y"', 'var/spool/post/letter "letter"'],
  },
  {
    name: 'content is brought below directories that are there, and over nothing',
    installed: [spool('p@1', 'dir path=var/spool/old')],
    edits: { 'var/spool/old/in/job': 'job', 'var/spool/old/taken': 'old', 'var/spool/new/taken': 'mine' },
    changes: [
      [
        spool('p@1', 'dir path=var/spool/old'),
        spool('p@2', 'dir path=var/spool/new salvage-from=var/spool/old', 'dir path=var/spool/new/in'),
      ],
    ],
    after: ['LOST/var/spool/old/taken "old"', 'var/spool/new/in/job "job"', 'var/spool/new/taken "mine"'],
  },
  {
    name: 'an edited file that was salvaged by itself is brought too',
    installed: [spool('q@1', 'dir path=var/spool/old', 'file content=c path=var/spool/old/c preserve=true')],
    edits: { 'var/spool/old/c': 'mine' },
    changes: [
      [
        spool('q@1', 'dir path=var/spool/old', 'file content=c path=var/spool/old/c preserve=true'),
        undefined,
      ],
      [undefined, spool('p@2', 'dir path=var/spool/new salvage-from=var/spool/old')],
    ],
    after: ['var/spool/new/c "mine"'],
  },
]

describe.each([
  ['first installation', firstInstall],
  ['update', updates],
  ['original_name', moved],
  ['removal', removals],
  ['salvage', salvage],
] as const)('%s', (_, cases) => {
  it.each(cases)('$name', ({ installed = [], edits, changes, kept = [], after }) => {
    const fs = imageOf({ installed, ...(edits === undefined ? {} : { edits }) })
    mustApply(
      { target: targetOf(fs) },
      changes.map(([from, to]) => change(from, to)),
      { kept },
    )
    expect(leaves(fs).sort()).toEqual([...after].sort())
  })
})

describe('on disk', () => {
  const special = p('p@1', ['dir path=opt', 'dir path=opt/x'])
  it('special files are salvaged with their directory, and told', () => {
    const fs = imageOf({ installed: [special] })
    fs.plantOther('/image/opt/x/device')
    const report = mustApply({ target: targetOf(fs) }, [change(special, undefined)])
    expect(report.salvaged).toEqual([{ from: 'opt/x', to: `var/pkg/lost+found/opt/x-${noonStamp}` }])
    expect(fs.lstat(`/image/${report.salvaged[0]!.to}/device`)?.type).toBe('other')
  })

  it('an implied directory is made 0755 root:root where a link was', () => {
    const [a, b] = [p('a@1', ['link path=d target=x']), p('b@1', ['file content=f path=d/f'])]
    const fs = imageOf({ installed: [a] })
    mustApply({ target: targetOf(fs) }, [change(a, undefined)], { kept: [b] })
    expect(fs.lstat('/image/d')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0 })
  })

  it('a kept file gets mode and owner, one that is not there stays away', () => {
    const next = conf('2', 'preserve=true mode=0600 owner=bin group=sys')
    const fs = imageOf({ installed: [conf('1', 'preserve=true')], edits: { 'etc/c': 'mine' } })
    mustApply({ target: targetOf(fs) }, [change(conf('1', 'preserve=true'), next)])
    expect(fs.lstat('/image/etc/c')).toMatchObject({ mode: 0o600, uid: 2, gid: 3 })
    expect(fs.text('/image/etc/c')).toBe('mine')
  })

  it('an abandoned file is not touched at all', () => {
    const next = conf('2', 'preserve=abandon mode=0600')
    const fs = imageOf({ installed: [conf('1', '')] })
    mustApply({ target: targetOf(fs) }, [change(conf('1', ''), next)])
    expect(fs.lstat('/image/etc/c')?.mode).toBe(0o644)
  })

  const stamped = (version: string, content: string, mode: string) =>
    p(`p@${version}`, [`file content=${content} path=f mode=${mode} timestamp=20200102T030405Z`])
  it('the time stamp is set with the content and not without', () => {
    const time = Date.UTC(2020, 0, 2, 3, 4, 5)
    const other = stamped('3', 'y', '0600')
    const fs = imageOf({ installed: [stamped('1', 'x', '0644')] })
    expect(fs.lstat('/image/f')?.mtime).toBe(time)
    fs.setTimes('/image/f', 5000, 5000)
    mustApply({ target: targetOf(fs) }, [change(stamped('1', 'x', '0644'), stamped('2', 'x', '0600'))])
    expect(fs.lstat('/image/f')).toMatchObject({ mode: 0o600, mtime: 5000 })
    mustApply({ target: targetOf(fs) }, [change(stamped('2', 'x', '0600'), other)])
    expect(fs.lstat('/image/f')?.mtime).toBe(time)
  })

  it('system attributes that cannot be set are told', () => {
    const fs = imageOf({})
    const report = mustApply({ target: targetOf(fs) }, [
      change(undefined, p('p@1', ['file content=x path=f sysattr=hidden,system', 'file content=x path=g'])),
    ])
    expect(report.warnings).toEqual(['f: its system attributes (hidden,system) are not set'])
  })

  it('a legacy record takes from package and image what its action does not say', () => {
    const record = (lines: readonly string[], architecture?: string): readonly string[] => {
      const fs = imageOf({})
      mustApply({ target: targetOf(fs) }, [change(undefined, p('a/b@1.5', lines))], { architecture })
      return fs.text('/image/var/sadm/pkg/EX/pkginfo').split('\n').slice(0, -1)
    }
    const rest = ['PKG=EX', 'PKGINST=EX', 'VERSION=1.5', 'INSTDATE=May 01 2026 12:00']
    const summary = `set name=pkg.summary value=${'s'.repeat(300)}`
    expect(record(['legacy pkg=EX', summary], 'i386')).toEqual([
      'ARCH=i386',
      'BASEDIR=/',
      'CATEGORY=system',
      `NAME=${'s'.repeat(256)}`,
      ...rest,
    ])
    expect(record(['legacy pkg=EX arch=sparc name=N vendor=V version=2', summary], 'i386')).toEqual([
      'ARCH=sparc',
      'BASEDIR=/',
      'CATEGORY=system',
      'NAME=N',
      'PKG=EX',
      'PKGINST=EX',
      'VENDOR=V',
      'VERSION=2',
      'INSTDATE=May 01 2026 12:00',
    ])
  })

  it('drivers are recorded, and told', () => {
    const report = mustApply({ target: targetOf(imageOf({})) }, [
      change(undefined, p('p@1', ['driver name=net alias=pci1'])),
    ])
    expect(report.warnings).toEqual(['driver net: recorded, not bound'])
  })

  it('room for what is staged is asked for before anything is written', () => {
    const fs = imageOf({})
    const large = p('p@1', [`file content=${'x'.repeat(300)} path=f`])
    const calls: string[] = []
    const filesystem = interceptFilesystem({ ...fs, freeSpace: () => 299 }, ({ name, writes }) => {
      if (writes) calls.push(name)
    })
    expect(applyTo({ target: { ...targetOf(fs), filesystem } }, [change(undefined, large)])).toMatchObject({
      error: { code: 'ips::installer_error::no_space', available: 299 },
    })
    expect([calls, leaves(fs)]).toEqual([[], []])
  })

  it('a hard link without its target stops everything', () => {
    const fs = imageOf({})
    expect(
      applyTo({ target: targetOf(fs) }, [
        change(undefined, p('p@1', ['hardlink path=a target=b', 'dir path=d'])),
      ]),
    ).toMatchObject({
      error: { code: 'ips::installer_error::invalid_action', reason: 'its target b is no file' },
    })
    expect(leaves(fs)).toEqual([])
    expect(fs.lstat('/image/d')).toBeUndefined()
  })
})

/** Everything at and below a path is on another file system. */
function mounted(fs: MemoryFilesystem, path: string): Filesystem {
  return {
    ...fs,
    lstat(asked) {
      const status = fs.lstat(asked)
      return status !== undefined && (asked === path || asked.startsWith(`${path}/`))
        ? { ...status, device: 2 }
        : status
    },
  }
}

describe('a mount point', () => {
  it('that was delivered stops what would remove it, and nothing changes', () => {
    const one = p('p@1', ['dir path=export', 'dir path=export/home', 'file content=f path=f'])
    const fs = imageOf({ installed: [one] })
    const before = fs.listing('/image')
    const target = { ...targetOf(fs), filesystem: mounted(fs, '/image/export/home') }
    expect(applyTo({ target }, [change(one, undefined)])).toEqual({
      ok: false,
      error: {
        code: 'ips::installer_error::mount_point',
        fmri: 'pkg://test/p@1,5.11:20260101T000000Z',
        path: 'export/home',
      },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  it('that was only implied stays without a word', () => {
    const one = p('p@1', ['dir path=export', 'link path=export/home/l target=x', 'file content=f path=f'])
    const two = p('p@2', ['dir path=export'])
    const fs = imageOf({ installed: [one] })
    const target = { ...targetOf(fs), filesystem: mounted(fs, '/image/export/home') }
    const report = mustApply({ target }, [change(one, two)])
    expect([report.warnings, report.salvaged]).toEqual([[], []])
    expect(fs.lstat('/image/export/home')?.type).toBe('directory')
    expect(leaves(fs)).toEqual([])
  })
})
