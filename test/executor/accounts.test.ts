import { describe, expect, it } from 'vitest'
import type { ApplyReport, InstallerProblem } from '#executor'
import type { Result } from '#model'
import { createMemoryFilesystem, type MemoryFilesystem } from '../support/memory-filesystem.ts'
import { applyTo, change, createSmallImage, packageOf, targetOf } from '../support/small-image.ts'

/* Rules of image-plan §9: the databases before, the actions of a package before and after, and the databases then. */

const root = { passwd: 'root:x:0:0::/root:', shadow: 'root:*LK*:6445::::::', group: 'root::0:' }
type Texts = Readonly<Partial<Record<'passwd' | 'shadow' | 'group' | 'ftpusers', readonly string[]>>>
const paths = { passwd: 'passwd', shadow: 'shadow', group: 'group', ftpusers: 'ftpd/ftpusers' } as const
const names = ['passwd', 'shadow', 'group', 'ftpusers'] as const

function imageWith(texts: Texts): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  for (const name of names) {
    const own = name === 'ftpusers' ? [] : [root[name]]
    fs.plant(
      `/image/etc/${paths[name]}`,
      [...own, ...(texts[name] ?? [])].map((line) => `${line}\n`).join(''),
    )
  }
  return fs
}

/** The databases without root's lines, those that are empty then left out. */
function texts(fs: MemoryFilesystem): Texts {
  const entries = names.map((name) => {
    const lines = fs.text(`/image/etc/${paths[name]}`).split('\n')
    return [name, lines.filter((line) => line !== '' && !line.startsWith('root:'))] as const
  })
  return Object.fromEntries(entries.filter(([, lines]) => lines.length > 0))
}

function apply(
  fs: MemoryFilesystem,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): Result<ApplyReport, InstallerProblem> {
  const side = (version: string, lines: readonly string[] | undefined) =>
    lines === undefined ? undefined : packageOf(`p@${version}`, lines)
  return applyTo({ target: targetOf(fs) }, [change(side('1', before), side('2', after))])
}

interface Case {
  readonly name: string
  readonly disk?: Texts
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  readonly wanted: Texts
}

const groups: Case[] = [
  {
    name: 'gid from the action',
    after: ['group groupname=g gid=7'],
    wanted: { group: ['g::7:'] },
  },
  {
    name: 'next free gid from 100 on',
    disk: { group: ['a::100:', 'b::102:'] },
    after: ['group groupname=g'],
    wanted: { group: ['a::100:', 'b::102:', 'g::101:'] },
  },
  {
    name: 'gid on disk where the action has none, members stay, the password goes',
    disk: { group: ['g:secret:555:one,two'] },
    after: ['group groupname=g'],
    wanted: { group: ['g::555:one,two'] },
  },
  {
    name: 'another gid is rewritten, and users of the old one follow',
    disk: { group: ['g::5:one'], passwd: ['one:x:1:5::/:', 'two:x:2:6::/:'] },
    after: ['group groupname=g gid=9'],
    wanted: { group: ['g::9:one'], passwd: ['one:x:1:9::/:', 'two:x:2:6::/:'] },
  },
  {
    name: 'the line goes with the group',
    disk: { group: ['g::5:one', 'h::6:'] },
    before: ['group groupname=g gid=5'],
    after: [],
    wanted: { group: ['h::6:'] },
  },
]

const u = 'user username=u group=root'
const users: Case[] = [
  {
    name: 'what is missing is filled with defaults',
    after: [u],
    wanted: { passwd: ['u:x:100:0:& User:/:'], shadow: ['u:*LK*:20574::::::'] },
  },
  {
    name: 'all values of the new action win',
    disk: { passwd: ['u:x:5:9:Mine:/mine:/mine'], shadow: ['u:mine:1:2:3:4:5:6:7'] },
    before: [`${u} uid=5`],
    after: [
      `${u} uid=6 gcos-field=G home-dir=/h login-shell=/s password=NP lastchg=10 min=11 max=12 warn=13 inactive=14 expire=15 flag=16`,
    ],
    wanted: { passwd: ['u:x:6:0:G:/h:/s'], shadow: ['u:NP:10:11:12:13:14:15:16'] },
  },
  {
    name: 'the uid on disk stays where none is stated',
    disk: { passwd: ['u:x:77:0::/:'] },
    before: [u],
    after: [`${u} home-dir=/h`],
    wanted: { passwd: ['u:x:77:0:& User:/h:'], shadow: ['u:*LK*:20574::::::'] },
  },
  ...['UP', ''].map((password) => ({
    name: `a password that users set ("${password}") stays with its ageing once it differs`,
    disk: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:mine:1:2:3:4:5:6:7'] },
    before: [`${u} uid=5 password="${password}"`],
    after: [`${u} uid=5 password="${password}" max=99`],
    wanted: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:mine:1:2:3:4:5:6:7'] },
  })),
  {
    name: 'a password that users set is the new one where it does not differ',
    disk: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:UP:1::::::'] },
    before: [`${u} uid=5 password=UP`],
    after: [`${u} uid=5 password=UP max=99`],
    wanted: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:UP:1::99::::'] },
  },
  {
    name: 'other passwords are those of the package',
    disk: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:mine:1:2:3:4:5:6:7'] },
    before: [`${u} uid=5 password=NP`],
    after: [`${u} uid=5 password=NP max=99`],
    wanted: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:NP:1::99::::'] },
  },
  {
    name: 'a user that may use ftp is struck off the list at the first installation',
    disk: { ftpusers: ['u', 'v'] },
    after: [`${u} uid=5`],
    wanted: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:*LK*:20574::::::'], ftpusers: ['v'] },
  },
  {
    name: 'a user that may not use ftp is put on the list',
    after: [`${u} uid=5 ftpuser=false`],
    wanted: { passwd: ['u:x:5:0:& User:/:'], shadow: ['u:*LK*:20574::::::'], ftpusers: ['u'] },
  },
  {
    name: 'groups that the new version does not list lose the user',
    disk: {
      passwd: ['u:x:5:0:& User:/:'],
      shadow: ['u:*LK*:1::::::'],
      group: ['a::7:v,u', 'b::8:', 'c::9:u'],
    },
    before: [`${u} uid=5 group-list=a`],
    after: [`${u} uid=5 group-list=b`],
    wanted: {
      passwd: ['u:x:5:0:& User:/:'],
      shadow: ['u:*LK*:1::::::'],
      group: ['a::7:v', 'b::8:u', 'c::9:u'],
    },
  },
  {
    name: 'a removed user goes from all databases',
    disk: {
      passwd: ['u:x:5:0::/:', 'v:x:6:0::/:'],
      shadow: ['u:*LK*:1::::::'],
      group: ['a::7:u,v', 'b::8:u'],
      ftpusers: ['u'],
    },
    before: [`${u} uid=5`],
    after: [],
    wanted: { passwd: ['v:x:6:0::/:'], group: ['a::7:v', 'b::8:'] },
  },
]

describe.each([
  ['groups', groups],
  ['users', users],
] as const)('%s', (_, cases) => {
  it.each(cases)('$name', ({ disk = {}, before, after, wanted }) => {
    const fs = imageWith(disk)
    expect(apply(fs, before, after)).toMatchObject({ ok: true })
    expect(texts(fs)).toEqual(wanted)
  })
})

describe('what an account needs', () => {
  const refused = (fs: MemoryFilesystem, ...lines: readonly string[]): string => {
    const done = apply(fs, undefined, lines)
    if (done.ok) return 'done'
    return 'reason' in done.error ? done.error.reason : done.error.code
  }

  it('a user needs its group', () => {
    const fs = imageWith({})
    const before = fs.listing('/image')
    expect(refused(fs, 'user username=u group=absent', 'dir path=d')).toBe(
      'its group absent is unknown in this image',
    )
    expect(fs.listing('/image')).toEqual(before)
    expect(refused(fs, 'user username=u group=g', 'group groupname=g')).toBe('done')
  })

  it.each([
    'user username=u group=root home-dir=/:/bin/sh',
    'user username=u group=root gcos-field=a:b',
    'user username=u group=root password=a:b',
    'user username=a:0:0 group=root',
    'user username=u group=root uid=0x0',
    'group groupname=a::0',
    'group groupname=g gid=-1',
  ])('%s would break a line and is refused', (line) => {
    const fs = imageWith({})
    expect(apply(fs, undefined, [line])).toMatchObject({
      error: { code: 'ips::installer_error::invalid_action' },
    })
    expect(texts(fs)).toEqual({})
  })
  it('numbers that illumos gives are not for images with databases of their own', () => {
    expect(refused(imageWith({}), 'file content=f path=f owner=lp group=root')).toBe(
      'owner lp is unknown in this image',
    )
    expect(refused(imageWith({}), 'dir path=d owner=root group=staff')).toBe(
      'group staff is unknown in this image',
    )
  })
  it('numbers run out at 499', () => {
    const fs = imageWith({ group: Array.from({ length: 400 }, (_, index) => `g${index}::${index + 100}:`) })
    expect(refused(fs, 'group groupname=last')).toBe('no number is free for it')
  })

  it.each(['group groupname=g', 'user username=u group=root'])('%s waits for databases, in vain', (line) => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    expect(refused(fs, line)).toBe('the image has no user databases')
  })

  it('a user that two packages exchange is no removal', () => {
    const fs = imageWith({ passwd: ['u:x:5:0:& User:/:'], shadow: ['u:mine:1::::::'] })
    const lines = ['user username=u group=root uid=5 password=UP', 'file content=f path=f owner=u']
    const [one, two] = [packageOf('one@1', lines), packageOf('two@1', lines)]
    expect(applyTo({ target: targetOf(fs) }, [change(one, undefined), change(undefined, two)])).toMatchObject(
      {
        ok: true,
      },
    )
    expect(texts(fs)).toEqual({ passwd: ['u:x:5:0:& User:/:'], shadow: ['u:mine:1::::::'] })
  })

  it('a file of a user that the plan removes names the package that does', () => {
    const fs = imageWith({ passwd: ['u:x:5:0:& User:/:'], group: ['g::5:'] })
    const gone = packageOf('gone@1', ['user username=u group=root uid=5', 'group groupname=g gid=5'])
    const reasonFor = (line: string): unknown => {
      const done = applyTo({ target: targetOf(fs) }, [
        change(gone, undefined),
        change(undefined, packageOf('new@1', [line])),
      ])
      return !done.ok && 'reason' in done.error ? done.error.reason : done
    }
    const removed = 'pkg://test/gone@1,5.11:20260101T000000Z goes, and with it'
    expect(reasonFor('file content=f path=f owner=u')).toBe(
      `owner u is unknown in this image any more: ${removed} u`,
    )
    expect(reasonFor('dir path=d group=g')).toBe(`group g is unknown in this image any more: ${removed} g`)
    expect(reasonFor('dir path=d owner=stranger')).toBe('owner stranger is unknown in this image')
  })

  it('a new user owns files of the same plan', () => {
    const fs = imageWith({})
    expect(
      refused(
        fs,
        'file content=f path=f owner=u group=g',
        'user username=u group=g uid=9',
        'group groupname=g gid=8',
      ),
    ).toBe('done')
    expect(fs.lstat('/image/f')).toMatchObject({ uid: 9, gid: 8 })
  })
})
