import { describe, expect, it } from 'vitest'
import { type Filesystem, FilesystemError } from '#model'
import { type DiskCase, imageOf, leaves, leavesAfter } from '../support/disk-case.ts'
import { interceptFilesystem } from '../support/intercepted-filesystem.ts'
import type { MemoryFilesystem } from '../support/memory-filesystem.ts'
import { applyTo, change, mustApply, noonStamp, packageOf as p, targetOf } from '../support/small-image.ts'

/* Rules of image-plan §4 to §7 that show on disk only, but for those on edited files. */
const spool = (name: string, ...lines: readonly string[]) => p(name, ['dir path=var/spool', ...lines])

const salvage: DiskCase[] = [
  {
    name: 'a file where a directory is removed is salvaged',
    installed: [p('p@1', ['dir path=opt'])],
    edits: { 'opt/x': 'mine' },
    changes: [[p('p@1', ['dir path=opt', 'dir path=opt/x']), p('p@2', ['dir path=opt'])]],
    after: ['LOST/opt/x "mine"'],
  },
  {
    name: 'content goes to the directory that names its place most exactly',
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
    name: 'content goes to the directory that names its place most exactly, also out of a tree that is salvaged as a whole',
    edits: { 'var/spool/old/job': 'job', 'var/spool/old/mail/letter': 'letter', 'var/spool/old/in/x': 'x' },
    changes: [
      [
        spool('p@1', 'dir path=var/spool/old'),
        spool(
          'p@2',
          'dir path=var/spool/a salvage-from=var/spool/old',
          'dir path=var/spool/post salvage-from=var/spool/old/mail',
        ),
      ],
    ],
    after: ['var/spool/a/in/x "x"', 'var/spool/a/job "job"', 'var/spool/post/letter "letter"'],
  },
  {
    name: 'content of a directory that is no package of its own is found as well',
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
    name: 'a file where only a parent directory is wanted is salvaged',
    edits: { opt: 'mine' },
    changes: [[undefined, p('p@1', ['file content=x path=opt/sub/x'])]],
    after: ['LOST/opt "mine"', 'opt/sub/x "x"'],
  },
  {
    name: 'content is brought below directories that are there, and over nothing',
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

describe('salvage', () => {
  it.each(salvage)('$name', (one) => {
    expect(leavesAfter(one).sort()).toEqual([...one.after].sort())
  })
})

describe('on disk', () => {
  const special = p('p@1', ['dir path=opt', 'dir path=opt/x'])
  it('special files are salvaged with their directory, and told', () => {
    const fs = imageOf([special])
    fs.plantOther('/image/opt/x/device')
    const report = mustApply({ target: targetOf(fs) }, [change(special, undefined)])
    expect(report.salvaged).toEqual([{ from: 'opt/x', to: `var/pkg/lost+found/opt/x-${noonStamp}` }])
    expect(fs.lstat(`/image/${report.salvaged[0]!.to}/device`)?.type).toBe('other')
  })

  it('an implied directory is made 0755 root:root where a link was', () => {
    const [a, b] = [p('a@1', ['link path=d target=x']), p('b@1', ['file content=f path=d/f'])]
    const fs = imageOf([a])
    mustApply({ target: targetOf(fs) }, [change(a, undefined)], { kept: [b] })
    expect(fs.lstat('/image/d')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0 })
  })

  const stamped = (version: string, content: string, mode: string) =>
    p(`p@${version}`, [`file content=${content} path=f mode=${mode} timestamp=20200102T030405Z`])
  it('the time stamp is set with the content and not without', () => {
    const time = Date.UTC(2020, 0, 2, 3, 4, 5)
    const other = stamped('3', 'y', '0600')
    const fs = imageOf([stamped('1', 'x', '0644')])
    expect(fs.lstat('/image/f')?.mtime).toBe(time)
    fs.setTimes('/image/f', 5000, 5000)
    mustApply({ target: targetOf(fs) }, [change(stamped('1', 'x', '0644'), stamped('2', 'x', '0600'))])
    expect(fs.lstat('/image/f')).toMatchObject({ mode: 0o600, mtime: 5000 })
    mustApply({ target: targetOf(fs) }, [change(stamped('2', 'x', '0600'), other)])
    expect(fs.lstat('/image/f')?.mtime).toBe(time)
  })

  it('system attributes that cannot be set are told', () => {
    const fs = imageOf()
    const report = mustApply({ target: targetOf(fs) }, [
      change(undefined, p('p@1', ['file content=x path=f sysattr=hidden,system', 'file content=x path=g'])),
    ])
    expect(report.warnings).toEqual(['f: its system attributes (hidden,system) are not set'])
  })

  it('a legacy record takes from package and image what its action does not say', () => {
    const record = (lines: readonly string[], architecture?: string): readonly string[] => {
      const fs = imageOf()
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
    const report = mustApply({ target: targetOf(imageOf()) }, [
      change(undefined, p('p@1', ['driver name=net alias=pci1'])),
    ])
    expect(report.warnings).toEqual(['driver net: recorded, not bound'])
  })

  it('room for what is staged is asked for before anything is written', () => {
    const fs = imageOf()
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

  it('a hard link to a hard link that changes names the new file', () => {
    const before = p('p@1', ['file content=1 path=f', 'hardlink path=m target=f'])
    const after = p('p@2', ['file content=2 path=g', 'hardlink path=a target=m', 'hardlink path=m target=g'])
    const fs = imageOf([before])
    mustApply({ target: targetOf(fs) }, [change(before, after)])
    const inodes = ['a', 'g', 'm'].map((name) => fs.lstat(`/image/${name}`)?.inode)
    expect(new Set(inodes).size).toBe(1)
    expect(fs.text('/image/a')).toBe('2')
    const anew = imageOf()
    mustApply({ target: targetOf(anew) }, [change(undefined, after)])
    expect(anew.lstat('/image/a')?.inode).toBe(anew.lstat('/image/g')?.inode)
  })

  it('hard links that name each other are refused', () => {
    const fs = imageOf()
    const circle = p('p@1', ['hardlink path=a target=b', 'hardlink path=b target=a'])
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, circle)])).toMatchObject({
      error: { code: 'ips::installer_error::invalid_action' },
    })
    expect(leaves(fs)).toEqual([])
  })

  it('a hard link without its target stops everything', () => {
    const fs = imageOf()
    expect(
      applyTo({ target: targetOf(fs) }, [
        change(undefined, p('p@1', ['hardlink path=a target=b', 'dir path=d'])),
      ]),
    ).toMatchObject({
      error: { code: 'ips::installer_error::invalid_action', reason: 'its target b is not a file' },
    })
    expect(leaves(fs)).toEqual([])
    expect(fs.lstat('/image/d')).toBeUndefined()
  })
})

/** Everything at and below a path is on another file system, which the system does not list. */
function mounted(fs: MemoryFilesystem, path: string): Filesystem {
  return {
    ...fs,
    mountPoints: () => [],
    lstat(asked) {
      const status = fs.lstat(asked)
      return status !== undefined && (asked === path || asked.startsWith(`${path}/`))
        ? { ...status, device: 2 }
        : status
    },
  }
}

describe('a mount point', () => {
  it('that was delivered stops the removal of the directory above it, and nothing changes', () => {
    const one = p('p@1', ['dir path=srv', 'dir path=srv/site', 'file content=f path=f'])
    const fs = imageOf([one])
    const before = fs.listing('/image')
    const target = { ...targetOf(fs), filesystem: mounted(fs, '/image/srv/site') }
    expect(applyTo({ target }, [change(one, undefined)])).toEqual({
      ok: false,
      error: {
        code: 'ips::installer_error::mount_point',
        path: 'srv',
        mounted: 'srv/site',
      },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  it('takes nothing, is named, and nothing changes', () => {
    const fs = imageOf([p('p@1', ['dir path=srv'])])
    const before = fs.listing('/image')
    const filesystem: Filesystem = {
      ...fs,
      rename(from, to) {
        if (from.startsWith('/image/srv/') !== to.startsWith('/image/srv/'))
          throw new FilesystemError({
            code: 'ips::filesystem_error::call_failed',
            call: 'rename',
            path: from,
            errno: 'EXDEV',
          })
        fs.rename(from, to)
      },
    }
    const two = p('q@1', ['file content=x path=srv/x', 'file content=y path=opt/y'])
    expect(applyTo({ target: { ...targetOf(fs), filesystem } }, [change(undefined, two)])).toMatchObject({
      error: {
        code: 'ips::installer_error::step_failed',
        cause: { path: '/image/srv/x', errno: 'EXDEV' },
      },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  it('that was only implied stays without a word', () => {
    const one = p('p@1', ['dir path=srv', 'link path=srv/site/l target=x', 'file content=f path=f'])
    const two = p('p@2', ['dir path=srv'])
    const fs = imageOf([one])
    const target = { ...targetOf(fs), filesystem: mounted(fs, '/image/srv/site') }
    const report = mustApply({ target }, [change(one, two)])
    expect([report.warnings, report.salvaged]).toEqual([[], []])
    expect(fs.lstat('/image/srv/site')?.type).toBe('directory')
    expect(leaves(fs)).toEqual([])
  })
})
