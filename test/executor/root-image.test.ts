import { describe, expect, it } from 'vitest'
import {
  createDryRunExecutor,
  createFilesystemExecutor,
  type Finding,
  planRepair,
  type Repair,
  verifyPackage,
} from '#executor'
import { createImageFilter, type ImageFilter } from '#model'
import { imageOf, leaves } from '../support/disk-case.ts'
import type { MemoryFilesystem } from '../support/memory-filesystem.ts'
import {
  change,
  goodPlan,
  inspectionOf,
  mustApply,
  type PackageManifest,
  packageOf as p,
  plainFilter,
  readerOf,
  targetOf,
} from '../support/small-image.ts'

function findingsOf(
  fs: MemoryFilesystem,
  packages: readonly PackageManifest[],
  filter: ImageFilter = plainFilter,
): readonly (Finding & Pick<PackageManifest, 'fmri'>)[] {
  const inspection = inspectionOf(packages, filter)
  return packages.flatMap((package_) =>
    verifyPackage({
      filesystem: fs,
      root: '/image',
      metadata: '/image/var/pkg',
      ...package_,
      ...inspection,
      overlaidBy: (path) => inspection.overlaidBy(path, package_.fmri),
      filter,
      installedSet: { installed: () => undefined, avoided: new Set() },
      asRoot: true,
    })
      .filter(({ level }) => level === 'error')
      .map((found) => ({ ...found, fmri: package_.fmri })),
  )
}

function errorsOf(
  fs: MemoryFilesystem,
  packages: readonly PackageManifest[],
  filter: ImageFilter = plainFilter,
): string[] {
  return findingsOf(fs, packages, filter).map(({ item, text }) => `${item}: ${text}`)
}

/** Repairs everything; returns the content of lost+found. */
function fix(fs: MemoryFilesystem, packages: readonly PackageManifest[], filter = plainFilter): string[] {
  const repairs = findingsOf(fs, packages, filter).flatMap(({ fmri, action, repair }): Repair[] =>
    repair === undefined ? [] : [{ fmri, action, repair }],
  )
  const plan = planRepair({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    repairs: [...new Map(repairs.map((each) => [each.action, each])).values()],
    packages: packages.map(({ fmri }) => fmri),
    manifests: readerOf(packages),
    filter,
    linkChosen: () => true,
    discards: [],
  })
  if (!plan.ok) throw new Error(plan.error.code)
  const done = createFilesystemExecutor(targetOf(fs)).execute(plan.value, { commit: () => undefined })
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return done.value.salvaged.map(({ from }) => from)
}

const databases = [
  'file content="" path=etc/passwd group=sys preserve=true',
  'file content="" path=etc/shadow group=sys mode=0400 preserve=true',
  'file content="" path=etc/group group=sys preserve=true',
  'file content="" path=etc/ftpd/ftpusers group=sys preserve=true',
]
const accounts = [
  'group groupname=root gid=0',
  'group groupname=sys gid=3',
  'user username=root uid=0 group=root home-dir=/root login-shell=/bin/sh password=NP lastchg=13817 group-list=other group-list=sys',
  'user username=guest uid=7 group=sys ftpuser=false shell-change-ok=true login-shell=/bin/sh',
]

describe('the first installation of a root image', () => {
  const base = p('base@1', [...accounts, ...databases])
  const text = (fs: MemoryFilesystem, name: string): string => fs.text(`/image/etc/${name}`)

  it('with empty databases verifies clean', () => {
    const fs = imageOf([base])
    expect(errorsOf(fs, [base])).toEqual([])
    expect(text(fs, 'shadow').split('\n')[0]).toBe('root:NP:13817::::::')
    expect(text(fs, 'group')).toBe('root::0:\nsys::3:root\nother:::root\n')
    expect(text(fs, 'ftpd/ftpusers')).toBe('guest\n')
  })

  it('a group that a user list has named gets a number when it comes', () => {
    const fs = imageOf([base])
    const more = p('more@1', ['group groupname=other'])
    mustApply({ target: targetOf(fs) }, [change(undefined, more)], { kept: [base] })
    expect(text(fs, 'group')).toBe('root::0:\nsys::3:root\nother::100:root\n')
    expect(errorsOf(fs, [base, more])).toEqual([])
  })

  it.each(['passwd', 'shadow', 'group', 'ftpd/ftpusers'])(
    '%s that is lost is repaired with all accounts',
    (name) => {
      const fs = imageOf([base])
      const before = text(fs, name)
      fs.unlink(`/image/etc/${name}`)
      fix(fs, [base])
      expect(errorsOf(fs, [base])).toEqual([])
      expect(text(fs, name).split('\n').sort()).toEqual(before.split('\n').sort())
    },
  )

  it('the repair of one database leaves the others as an administrator has them', () => {
    const fs = imageOf([base])
    fs.plant(
      '/image/etc/passwd',
      text(fs, 'passwd').replace('guest:x:7:3:& User:/:/bin/sh', 'guest:x:7:3:Guest:/tmp:/bin/zsh'),
      { gid: 3 },
    )
    const passwd = text(fs, 'passwd')
    expect(passwd).toContain('zsh')
    fs.unlink('/image/etc/ftpd/ftpusers')
    fix(fs, [base])
    expect([text(fs, 'passwd'), text(fs, 'ftpd/ftpusers')]).toEqual([passwd, 'guest\n'])
  })
})

describe('an empty database of accounts', () => {
  it('names nobody in a dry run either, once it is fetched', () => {
    const owned = p('p@1', ['file content="" path=etc/passwd', 'file content=x path=x owner=web'])
    const target = targetOf(imageOf([]))
    const plan = goodPlan([change(undefined, owned)])
    const dryRun = (payloadPath: typeof target.payloadPath) =>
      createDryRunExecutor({ ...target, payloadPath }).execute(plan, { commit: () => undefined })
    expect(dryRun(target.payloadPath)).toMatchObject({
      error: { code: 'ips::installer_error::invalid_action' },
    })
    expect(dryRun(() => undefined).ok).toBe(true)
  })
})

describe('a file that facets or variants leave out', () => {
  const lines = [
    'file content=doc path=usr/doc facet.doc=true',
    'file content=conf path=etc/conf facet.doc=true preserve=true',
    'file content=sparc path=usr/x variant.arch=sparc',
    'file content=i386 path=usr/x variant.arch=i386',
    'file content=only path=usr/only variant.arch=sparc',
    'dir path=usr/d facet.doc=true',
    'link path=usr/l target=x facet.doc=true',
  ]
  const one = p('one@1', lines)
  const two = p('two@1', ['file content=doc2 path=usr/shared', 'file content=d path=usr/both facet.doc=true'])
  const three = p('three@1', ['file content=other path=usr/both'])
  const filter = createImageFilter(new Map([['variant.arch', 'i386']]), [
    { name: 'facet.doc', value: false, source: 'local' },
  ])
  const all = [one, two, three]

  it('and that is there is an error, unless another action delivers the path', () => {
    const fs = imageOf([])
    mustApply(
      { target: targetOf(fs) },
      all.map((each) => change(undefined, each)),
      { newFilter: filter, oldFilter: filter },
    )
    expect(errorsOf(fs, all, filter)).toEqual([])
    for (const path of ['usr/doc', 'usr/only', 'etc/conf']) fs.plant(`/image/${path}`, path)
    expect(errorsOf(fs, all, filter)).toEqual([
      'file: usr/doc: File should not exist',
      'file: etc/conf: File should not exist',
      'file: usr/only: File should not exist',
    ])
  })

  it('is removed by a repair, and salvaged where it is not the file of the package', () => {
    const fs = imageOf([])
    mustApply(
      { target: targetOf(fs) },
      all.map((each) => change(undefined, each)),
      { newFilter: filter, oldFilter: filter },
    )
    const before = leaves(fs)
    fs.plant('/image/usr/doc', 'doc')
    fs.plant('/image/usr/only', 'mine')
    expect(fix(fs, all, filter)).toEqual(['usr/only'])
    expect(leaves(fs).filter((leaf) => !leaf.startsWith('LOST/'))).toEqual(before)
    expect(leaves(fs).filter((leaf) => leaf.startsWith('LOST/'))).toEqual(['LOST/usr/only "mine"'])
    expect(errorsOf(fs, all, filter)).toEqual([])
  })
})

describe('an editable file', () => {
  it('that may not be edited any more gets its content, though that is the same', () => {
    const [old, next] = [
      p('p@1', ['file content=c path=etc/c preserve=true', 'file content=d path=etc/d preserve=true']),
      p('p@2', ['file content=c path=etc/c', 'file content=d path=etc/d']),
    ]
    const fs = imageOf([old], { 'etc/c': 'mine' })
    mustApply({ target: targetOf(fs) }, [change(old, next)])
    expect(leaves(fs)).toEqual(['etc/c "c"', 'etc/d "d"'])
    expect(errorsOf(fs, [next])).toEqual([])
  })

  it('with a wrong owner and mode is told for it and for the file over it, and repaired once', () => {
    const under = p('under@1', ['file content=low path=etc/c group=sys preserve=true overlay=allow'])
    const over = p('over@1', ['file content=up path=etc/c group=sys mode=0600 preserve=true overlay=true'])
    const fs = imageOf([under])
    mustApply({ target: targetOf(fs) }, [change(undefined, over)], { kept: [under] })
    fs.setMode('/image/etc/c', 0o444)
    fs.setOwner('/image/etc/c', 1, 1)
    const words = ['owner', 'group', 'mode']
    expect(errorsOf(fs, [under, over]).map((text) => text.replace(/: ('|\d).*/, ''))).toEqual([
      ...words.map((word) => `file: etc/c (from pkg:/over): ${word}`),
      ...words.map((word) => `file: etc/c: ${word}`),
    ])
    expect(fix(fs, [under, over])).toEqual([])
    expect(errorsOf(fs, [under, over])).toEqual([])
    expect(fs.text('/image/etc/c')).toBe('up')
  })
})

describe('a legacy record', () => {
  it('goes with its numbered ones, and leaves other files', () => {
    const one = p('p@1', ['legacy pkg=EX', 'legacy pkg=TWO'])
    const two = p('p@2', ['file content=x path=x'])
    const fs = imageOf([one])
    for (const name of ['pkginfo.2', 'pkginfo.13']) fs.plant(`/image/var/sadm/pkg/EX/${name}`, 'numbered')
    for (const name of ['pkginfo.2', 'pkginfo.old', 'save']) fs.plant(`/image/var/sadm/pkg/TWO/${name}`, 'x')
    mustApply({ target: targetOf(fs) }, [change(one, two)])
    expect(leaves(fs)).toEqual(['var/sadm/pkg/TWO/pkginfo.old "x"', 'var/sadm/pkg/TWO/save "x"', 'x "x"'])
    expect(fs.lstat('/image/var/sadm/pkg/EX')).toBeUndefined()
  })
})
