import { describe, expect, it } from 'vitest'
import { verifyPackage } from '#executor'
import { failingFilesystem, interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  change,
  createSmallImage,
  inspectionOf,
  mustApply,
  type PackageManifest,
  packageOf,
  plainFilter,
  targetOf,
} from '../../support/small-image.ts'

const core = packageOf('core@1', [
  'file content="root:x:0:0:Super-User:/root:/usr/bin/sh\\n" path=etc/passwd group=sys preserve=true',
  'file content="root:*LK*:6445::::::\\n" path=etc/shadow mode=0400 preserve=true',
  'file content="root::0:\\nbin::2:root\\nsys::3:root\\nstaff::10:\\n" path=etc/group preserve=true',
  'file content="root\\n" path=etc/ftpd/ftpusers preserve=true',
])
const app = packageOf('app@1', [
  'dir path=usr/bin group=bin',
  'dir path=var/tmpdir mode=1777 group=sys',
  'file content=hello path=usr/bin/hello mode=0755 group=bin timestamp=20200102T030405Z',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/vi target=vim',
  'link path=usr/bin/own target=x preserve=true',
  'link path=usr/bin/py target=py2 mediator=py mediator-version=2',
  'link path=usr/bin/py target=py3 mediator=py mediator-version=3',
  'file content=conf path=etc/app.conf preserve=true',
  'file content=legacy path=etc/app.legacy preserve=legacy',
  'file content=abandon path=etc/app.abandon preserve=abandon',
  'group groupname=exgrp gid=101',
  'user username=exusr uid=101 group=exgrp gcos-field="Example user" home-dir=/var/ex login-shell=/usr/bin/sh ftpuser=false group-list=staff',
  'dir path=var/ex owner=exusr group=exgrp',
  'license content=free license=free',
  'legacy pkg=EXapp name=App',
])

function installed(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  mustApply({ target: targetOf(fs) }, [change(undefined, core), change(undefined, app)])
  return fs
}

function verify(
  fs: MemoryFilesystem,
  package_: PackageManifest = app,
  options: { asRoot?: boolean; overlay?: PackageManifest } = {},
): string[] {
  const found = verifyPackage({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    ...package_,
    filter: plainFilter,
    linkChosen: inspectionOf([package_]).linkChosen,
    installedSet: { installed: () => undefined, avoided: new Set() },
    isDirectory: () => false,
    isDelivered: () => false,
    overlaidBy: () =>
      options.overlay && { fmri: options.overlay.fmri, action: options.overlay.manifest.actions[0]! },
    asRoot: options.asRoot ?? true,
  })
  return found.map(({ level, item, text }) => `${level} ${item}: ${text}`)
}

function remade(fs: MemoryFilesystem, path: string, make: () => void): void {
  if (fs.lstat(path)?.type === 'directory') fs.removeDirectory(path)
  else fs.unlink(path)
  make()
}

const bin = '/image/usr/bin'

/** What is damaged, and exactly what verify says. */
const damages: [string, (fs: MemoryFilesystem) => void, string[]][] = [
  ['nothing', () => {}, []],
  [
    'the content of a file',
    (fs) => {
      fs.appendFile(`${bin}/hello`, Buffer.from('!'), { fsync: false })
    },
    ['error file: usr/bin/hello: Hash: this should be that'],
  ],
  [
    'mode and owners',
    (fs) => {
      fs.setMode(`${bin}/hello`, 0o600)
      fs.setOwner(`${bin}/hello`, 7, 8)
      fs.setMode(bin, 0o700)
    },
    [
      'error dir: usr/bin: mode: 0700 should be 0755',
      "error file: usr/bin/hello: owner: '7 (7)' should be 'root (0)'",
      "error file: usr/bin/hello: group: '8 (8)' should be 'bin (2)'",
      'error file: usr/bin/hello: mode: 0600 should be 0755',
    ],
  ],
  [
    'everything missing',
    (fs) => {
      for (const name of ['hello', 'hi', 'vi', 'own', 'py']) fs.unlink(`${bin}/${name}`)
      fs.removeDirectory('/image/var/tmpdir')
      fs.unlink('/image/etc/app.conf')
      fs.unlink('/image/var/pkg/license/app/license.free')
      fs.unlink('/image/var/sadm/pkg/EXapp/pkginfo')
    },
    [
      'error dir: var/tmpdir: missing: directory does not exist',
      'error file: usr/bin/hello: missing: regular file does not exist',
      'error hardlink: usr/bin/hi: missing: regular file does not exist',
      'error link: usr/bin/vi: missing: symbolic link does not exist',
      'error link: usr/bin/py: missing: symbolic link does not exist',
      'error file: etc/app.conf: missing: regular file does not exist',
      'error license: free: License file /image/var/pkg/license/app/license.free does not exist.',
      'error legacy: EXapp: missing: regular file does not exist',
    ],
  ],
  [
    'links that point elsewhere',
    (fs) => {
      remade(fs, `${bin}/vi`, () => fs.plantLink(`${bin}/vi`, 'elsewhere'))
      remade(fs, `${bin}/own`, () => fs.plantLink(`${bin}/own`, 'elsewhere'))
      remade(fs, `${bin}/hi`, () => fs.plant(`${bin}/hi`, 'hello'))
    },
    [
      'error hardlink: usr/bin/hi: Broken: Path and Target (usr/bin/hello) inodes not the same',
      "error link: usr/bin/vi: Target: 'elsewhere' should be 'vim'",
    ],
  ],
  [
    'other types',
    (fs) => {
      remade(fs, `${bin}/hello`, () => fs.plantDirectory(`${bin}/hello`))
      remade(fs, `${bin}/vi`, () => fs.plant(`${bin}/vi`, ''))
      remade(fs, '/image/var/tmpdir', () => fs.plant('/image/var/tmpdir', 'x'))
    },
    [
      "error dir: var/tmpdir: file type: 'regular file' should be 'directory'",
      "error dir: var/tmpdir: group: 'root (0)' should be 'sys (3)'",
      'error dir: var/tmpdir: mode: 0644 should be 1777',
      "error file: usr/bin/hello: file type: 'directory' should be 'regular file'",
      "error file: usr/bin/hello: group: 'root (0)' should be 'bin (2)'",
      'error hardlink: usr/bin/hi: Broken: Path and Target (usr/bin/hello) inodes not the same',
      "error link: usr/bin/vi: file type: 'regular file' should be 'symbolic link'",
    ],
  ],
  [
    'a hard link without its target',
    (fs) => fs.unlink(`${bin}/hello`),
    [
      'error file: usr/bin/hello: missing: regular file does not exist',
      "error hardlink: usr/bin/hi: Target: 'usr/bin/hello' doesn't exist",
    ],
  ],
  [
    'an edited configuration file',
    (fs) => fs.appendFile('/image/etc/app.conf', Buffer.from('!'), { fsync: false }),
    ['info file: etc/app.conf: editable file has been changed'],
  ],
  ['a legacy and an abandoned file that are not there', () => {}, []],
  [
    'the time of a file',
    (fs) => fs.setTimes(`${bin}/hello`, 0, 0),
    ['error file: usr/bin/hello: Timestamp: 19700101T000000Z should be 20200102T030405Z'],
  ],
  [
    'a user that somebody removed',
    (fs) => remade(fs, '/image/etc/passwd', () => fs.plant('/image/etc/passwd', 'root:x:0:0::/:\n')),
    [
      "error user: exusr: gcos-field: '<missing>' should be 'Example user'",
      "error user: exusr: home-dir: '<missing>' should be '/var/ex'",
      "error user: exusr: group: '<missing>' should be 'exgrp'",
      "error user: exusr: login-shell: '<missing>' should be '/usr/bin/sh'",
      "error user: exusr: uid: '<missing>' should be '101'",
      'error dir: var/ex: owner: exusr is unknown',
    ],
  ],
  [
    'a group that somebody removed',
    (fs) =>
      remade(fs, '/image/etc/group', () =>
        fs.plant('/image/etc/group', 'root::0:\nbin::2:\nsys::3:\nstaff::10:exusr\n'),
      ),
    [
      "error group: exgrp: gid: '<missing>' should be '101'",
      "error group: exgrp: groupname: '<missing>' should be 'exgrp'",
      "error user: exusr: group: '<missing>' should be 'exgrp'",
      'error dir: var/ex: group: exgrp is unknown',
    ],
  ],
  [
    'a group that somebody renumbered',
    (fs) =>
      remade(fs, '/image/etc/group', () =>
        fs.plant('/image/etc/group', 'root::0:\nbin::2:\nsys::3:\nstaff::10:\nexgrp::102:\n'),
      ),
    [
      "error group: exgrp: gid: '102' should be '101'",
      "error user: exusr: group: '<missing>' should be 'exgrp'",
      "error user: exusr: group-list: '' should be 'staff'",
      "error dir: var/ex: group: '101 (101)' should be 'exgrp (102)'",
    ],
  ],
]

describe('passwords and their ageing', () => {
  const entry = (password: string, max = '') => `exusr:${password}:20000::${max}::::`
  it.each<[string, string, string, string[]]>([
    ['as stated', 'password=NP max=99', entry('NP', '99'), []],
    ['not stated', '', entry('anything', '5'), []],
    ['another', 'password=NP', entry('x'), ["password: 'x' should be 'NP'"]],
    ['another age', 'password=NP max=99', entry('NP', '1'), ["max: '1' should be '99'"]],
    ['set by the user', 'password=UP max=99', entry('secret', '1'), []],
    ['still to be set', 'password=UP max=99', entry('UP', '1'), ["max: '1' should be '99'"]],
    ['no entry', 'password=NP', 'other:NP:::::::', ["password: '<missing>' should be 'NP'"]],
    ['no entry and none stated', '', '', ["password: '<missing>' should be '*LK*'"]],
  ])('%s', (_, stated, line, wanted) => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    fs.plant('/image/etc/passwd', 'exusr:x:101:10:& User:/:\n')
    fs.plant('/image/etc/group', 'staff::10:\n')
    fs.plant('/image/etc/shadow', `${line}\n`)
    const user = packageOf('user@1', [`user username=exusr group=staff ${stated}`])
    expect(verify(fs, user)).toEqual(wanted.map((text) => `error user: exusr: ${text}`))
  })
})

describe('verify', () => {
  it.each(damages)('tells of %s', (_name, damage, wanted) => {
    const fs = installed()
    damage(fs)
    const found = verify(fs).map((line) => line.replace(/Hash: .*$/, 'Hash'))
    expect(found).toEqual(wanted.map((line) => line.replace(/Hash: .*$/, 'Hash')))
  })
  it('says of what may not be looked at that it was skipped, and goes on', () => {
    const fs = installed()
    fs.setMode('/image/var/tmpdir', 0o700)
    const denied = failingFilesystem(fs, 'EACCES', ({ path }) => path.startsWith('/image/usr/bin/'))
    const lines = verify(denied as MemoryFilesystem).filter((line) => !line.includes('missing'))
    expect(lines).toEqual([
      'error dir: var/tmpdir: mode: 0700 should be 1777',
      ...[
        'file: usr/bin/hello',
        'hardlink: usr/bin/hi',
        'link: usr/bin/vi',
        'link: usr/bin/own',
        'link: usr/bin/py',
      ].map((item) => `error ${item}: Skipping: Permission Denied`),
    ])
  })
  it('reads content in pieces', () => {
    const fs = installed()
    const whole: string[] = []
    const watched = interceptFilesystem(fs, ({ name, path }) => {
      if (name === 'readFile') whole.push(path)
    })
    verify(watched as MemoryFilesystem)
    // Only the user databases are read as a whole.
    expect(whole.filter((path) => !path.startsWith('/image/etc/'))).toEqual([])
    expect(whole.filter((path) => path.includes('app'))).toEqual([])
  })
  it('names both hashes', () => {
    const fs = installed()
    fs.appendFile(`${bin}/hello`, Buffer.from('!'), { fsync: false })
    const wanted = String(app.manifest.actions[2]!.attributes.get('pkg.content-hash')).split(':')[2]
    expect(verify(fs).find((line) => line.includes('Hash'))).toMatch(
      new RegExp(`Hash: (?!${wanted})[0-9a-f]{64} should be ${wanted}$`),
    )
  })
  it('says nothing about owners that only root could have set', () => {
    const fs = installed()
    fs.setOwner(`${bin}/hello`, 7, 8)
    expect(verify(fs, app, { asRoot: false })).toEqual([])
  })
  it('looks at the overlay instead of the overlaid file', () => {
    const base = packageOf('over/base@1', ['file content=base path=etc/o preserve=true overlay=allow'])
    const top = packageOf('over/top@1', ['file content=top path=etc/o preserve=true overlay=true mode=0600'])
    const fs = installed()
    mustApply({ target: targetOf(fs) }, [change(undefined, base), change(undefined, top)])
    const errors = () => verify(fs, base, { overlay: top }).filter((line) => !line.startsWith('info'))
    expect(errors()).toEqual([])
    fs.unlink('/image/etc/o')
    expect(errors()).toEqual(['error file: etc/o (from pkg:/over/top): missing: regular file does not exist'])
  })
  it('changes nothing', () => {
    const fs = installed()
    const before = fs.listing('/')
    verify(fs)
    verify(fs, core)
    expect(fs.listing('/')).toEqual(before)
  })
})

describe('verify, by attributes', () => {
  it.each([
    ['', ["error user: u: login-shell: '/mine' should be '/sh'"]],
    ['shell-change-ok=true', []],
  ])('looks at the shell of a user with "%s"', (more, wanted) => {
    const fs = installed()
    remade(fs, '/image/etc/passwd', () => fs.plant('/image/etc/passwd', 'u:x:5:0:& User:/:/mine\n'))
    remade(fs, '/image/etc/shadow', () => fs.plant('/image/etc/shadow', 'u:*LK*:1::::::\n'))
    const user = packageOf('p@1', [`user username=u group=root uid=5 login-shell=/sh ${more}`])
    expect(verify(fs, user)).toEqual(wanted)
  })

  it.each([
    ['', 'root\n', []],
    ['', 'u\n', ["error user: u: ftpuser: 'false' should be 'true'"]],
    ['ftpuser=False', 'u\n', []],
    ['ftpuser=False', 'root\n', ["error user: u: ftpuser: 'true' should be 'false'"]],
  ])('compares a user with "%s" with the list of those who may not use ftp, %j', (more, list, wanted) => {
    const fs = installed()
    remade(fs, '/image/etc/passwd', () => fs.plant('/image/etc/passwd', 'u:x:5:0:& User:/:/sh\n'))
    remade(fs, '/image/etc/shadow', () => fs.plant('/image/etc/shadow', 'u:*LK*:1::::::\n'))
    remade(fs, '/image/etc/ftpd/ftpusers', () => fs.plant('/image/etc/ftpd/ftpusers', list))
    expect(verify(fs, packageOf('p@1', [`user username=u group=root uid=5 ${more}`]))).toEqual(wanted)
  })

  const base = 'file content=base path=etc/o preserve=true overlay=allow'
  const top = 'file content=top path=etc/o preserve=true overlay=true mode=0600 owner=bin'
  const mismatch = [
    "file: etc/o (from pkg:/over/top): overlaid: owner: 'bin' should be 'root'",
    "file: etc/o (from pkg:/over/top): overlaid: mode: '0600' should be '0644'",
  ]
  it.each([
    ['', 'info'],
    [' overlay-attributes=deny', 'error'],
  ])('says how an overlay differs, with%s as %s', (deny, level) => {
    const fs = installed()
    const [under, over] = [packageOf('over/base@1', [base + deny]), packageOf('over/top@1', [top])]
    fs.plant('/image/etc/o', 'top', { mode: 0o600, uid: 2 })
    remade(fs, '/image/etc/passwd', () => fs.plant('/image/etc/passwd', 'root:x:0:0::/:\nbin:x:2:2::/:\n'))
    expect(verify(fs, under, { overlay: over })).toEqual(mismatch.map((text) => `${level} ${text}`))
  })

  it.each([
    ['', ['error file: f: Hash']],
    ['mountpoint=true', []],
    ['preserve=true', ['info file: f: editable file has been changed']],
    ['preserve=abandon', []],
    ['preserve=true elfhash=00', ['error file: f: Hash']],
  ])('looks at content of a file with "%s"', (attributes, wanted) => {
    const fs = installed()
    fs.plant('/image/f', 'other')
    const found = verify(fs, packageOf('p@1', [`file content=x path=f ${attributes}`]))
    expect(found.map((line) => line.replace(/Hash: .*/, 'Hash'))).toEqual(wanted)
  })

  it('compares sizes only where there is no hash', () => {
    const fs = installed()
    fs.plant('/image/f', 'other')
    const [known, unknown] = ['1', 'x'].map((hash) => ({
      ...packageOf('p@1', []),
      manifest: {
        actions: [
          {
            type: 'file' as const,
            payload: hash.repeat(40),
            attributes: new Map([
              ['path', 'f'],
              ['pkg.size', '7'],
              ['owner', 'root'],
              ['group', 'root'],
              ['mode', '0644'],
            ]),
          },
        ],
      },
    }))
    expect(verify(fs, known)[0]).toMatch(/^error file: f: Hash: /)
    expect(verify(fs, unknown)).toEqual(['error file: f: Size: 5 bytes should be 7'])
  })
})
