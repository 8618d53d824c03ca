import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  change,
  createSmallImage,
  mustApply,
  noonStamp,
  packageOf,
  type SmallImage,
} from '../../support/small-image.ts'
import { listTree } from '../../support/tree-listing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'pkg6-apply-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const asRoot = process.getuid?.() === 0

const app1 = packageOf('app@1.0', [
  'dir path=usr',
  'dir path=usr/bin mode=0755 group=bin',
  'file content="hello 1" path=usr/bin/hello mode=0555 group=bin timestamp=20200102T030405Z',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hello',
  'file content="conf 1" path=etc/app.conf preserve=true',
  'dir path=var/spool/app mode=1777',
  'license content="free" license="MIT style"',
  'legacy pkg=EXapp name="App" version=1.0 arch=i386',
])
const app2 = packageOf('app@2.0', [
  'dir path=usr',
  'dir path=usr/bin mode=0755 group=bin',
  'file content="hello 2" path=usr/bin/hello mode=4555 group=bin',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hi',
  'file content="conf 2" path=etc/app.conf preserve=true',
  'file content="new" path=opt/app/new',
])

function tree(image: SmallImage): string[] {
  return listTree(image.filesystem, image.target.root, (path) => path === 'var/pkg')
}

const installed = [
  '0755 0 0 dir etc',
  '0644 0 0 file etc/app.conf "conf 1"',
  '0755 0 0 dir usr',
  '0755 0 2 dir usr/bin',
  '0777 0 0 link usr/bin/greet -> hello',
  '0555 0 2 file usr/bin/hello "hello 1"',
  '0555 0 2 hardlink usr/bin/hi -> usr/bin/hello "hello 1"',
  '0755 0 0 dir var',
  '0755 0 0 dir var/sadm',
  '0755 0 0 dir var/sadm/pkg',
  '0755 0 0 dir var/sadm/pkg/EXapp',
  '0644 0 0 file var/sadm/pkg/EXapp/pkginfo "ARCH=i386\\nBASEDIR=/\\nCATEGORY=system\\nNAME=App\\nPKG=EXapp\\nPKGINST=EXapp\\nVERSION=1.0\\nINSTDATE=May 01 2026 12:00\\n"',
  '0755 0 0 dir var/spool',
  '1777 0 0 dir var/spool/app',
]

const fillings: [string, () => SmallImage][] = [['memory', () => createSmallImage(createMemoryFilesystem())]]
if (asRoot) {
  fillings.push(['node', () => createSmallImage(createNodeFilesystem(), mkdtempSync(join(scratch, 'case-')))])
}

describe('many files in one directory', () => {
  it('are removed without reading it again for each', () => {
    const names = Array.from({ length: 200 }, (_, index) => `license content=${index} license=L${index}`)
    const many = packageOf('many@1', ['dir path=usr', ...names])
    const image = createSmallImage(createMemoryFilesystem())
    mustApply(image, [change(undefined, many)])
    let reads = 0
    const filesystem = interceptFilesystem(image.filesystem, ({ name }) => {
      if (name === 'readDirectory') reads += 1
    })
    mustApply({ target: { ...image.target, filesystem } }, [change(many, undefined)])
    expect(image.filesystem.readDirectory(`${image.target.metadata}/license`)).toEqual([])
    expect(reads).toBeLessThan(20)
  })
})

describe.each(fillings)('carrying plans out on the %s file system', (_name, open) => {
  it('installs, updates and uninstalls a package of every kind of action', () => {
    const image = open()
    const { filesystem: fs, target } = image
    mustApply(image, [change(undefined, app1)])
    expect(tree(image)).toEqual(installed)
    expect(fs.lstat(`${target.root}/usr/bin/hello`)?.mtime).toBe(Date.UTC(2020, 0, 2, 3, 4, 5))
    expect(listTree(fs, `${target.metadata}/license`)).toEqual([
      '0755 0 0 dir app',
      '0444 0 0 file app/license.MIT%20style "free"',
    ])
    const edited = `${target.root}/etc/app.conf`
    fs.appendFile(edited, Buffer.from(' edited'), { fsync: false })
    mustApply(image, [change(app1, app2)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir etc',
      '0644 0 0 file etc/app.conf "conf 1 edited"',
      '0755 0 0 dir opt',
      '0755 0 0 dir opt/app',
      '0644 0 0 file opt/app/new "new"',
      '0755 0 0 dir usr',
      '0755 0 2 dir usr/bin',
      '0777 0 0 link usr/bin/greet -> hi',
      '4555 0 2 file usr/bin/hello "hello 2"',
      '4555 0 2 hardlink usr/bin/hi -> usr/bin/hello "hello 2"',
      '0755 0 0 dir var',
      '0755 0 0 dir var/sadm',
    ])
    const report = mustApply(image, [change(app2, undefined)])
    expect(tree(image)).toEqual(['0755 0 0 dir var', '0755 0 0 dir var/sadm'])
    const place = `var/pkg/lost+found/etc/app.conf-${noonStamp}`
    expect(report.salvaged).toEqual([{ from: 'etc/app.conf', to: place }])
    expect(Buffer.from(fs.readFile(`${target.root}/${place}`)).toString()).toBe('conf 1 edited')
  })
  it('leaves nothing in the metadata folder but licences and lost+found', () => {
    const image = open()
    mustApply(image, [change(undefined, app1)])
    expect(image.filesystem.readDirectory(image.target.metadata)).toEqual(['license'])
    mustApply(image, [change(app1, undefined)])
    expect(image.filesystem.readDirectory(image.target.metadata)).toEqual(['license'])
    expect(image.filesystem.readDirectory(`${image.target.metadata}/license`)).toEqual([])
  })
})

describe('carrying plans out', () => {
  const fresh = (): [SmallImage, MemoryFilesystem] => {
    const fs = createMemoryFilesystem()
    return [createSmallImage(fs), fs]
  }
  it('swaps files between packages and turns directories into links', () => {
    const a1 = packageOf('a@1', ['file content=x path=lib/x', 'file content=inner path=lib/d/inner'])
    const b1 = packageOf('b@1', ['file content=y path=lib/y'])
    const a2 = packageOf('a@2', ['file content=y2 path=lib/y', 'link path=lib/d target=e'])
    const b2 = packageOf('b@2', ['file content=x path=lib/x'])
    const [image] = fresh()
    mustApply(image, [change(undefined, a1), change(undefined, b1)])
    mustApply(image, [change(a1, a2), change(b1, b2)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir lib',
      '0777 0 0 link lib/d -> e',
      '0644 0 0 file lib/x "x"',
      '0644 0 0 file lib/y "y2"',
      '0755 0 0 dir var',
    ])
    mustApply(image, [change(a2, a1), change(b2, b1)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir lib',
      '0755 0 0 dir lib/d',
      '0644 0 0 file lib/d/inner "inner"',
      '0644 0 0 file lib/x "x"',
      '0644 0 0 file lib/y "y"',
      '0755 0 0 dir var',
    ])
  })
  it('moves an edited file to its new path by original_name', () => {
    const old = packageOf('old@1', ['file content=conf path=etc/old.conf preserve=true'])
    const young = packageOf('young@1', [
      'file content=conf2 path=etc/young.conf preserve=true original_name=old:etc/old.conf mode=0600',
    ])
    const [image, fs] = fresh()
    mustApply(image, [change(undefined, old)])
    fs.plant('/image/etc/old.conf', 'edited')
    mustApply(image, [change(old, undefined), change(undefined, young)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir etc',
      '0600 0 0 file etc/young.conf "edited"',
      '0755 0 0 dir var',
    ])
  })
  it('delivers a moved file that nobody edited anew', () => {
    const old = packageOf('old@1', ['file content=conf path=etc/old.conf preserve=true'])
    const young = packageOf('young@1', [
      'file content=conf2 path=etc/young.conf preserve=true original_name=old:etc/old.conf',
    ])
    const [image] = fresh()
    mustApply(image, [change(undefined, old)])
    mustApply(image, [change(old, undefined), change(undefined, young)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir etc',
      '0644 0 0 file etc/young.conf "conf2"',
      '0755 0 0 dir var',
    ])
  })
  it('salvages a directory with unpackaged content as a whole, and brings it to salvage-from', () => {
    const one = packageOf('p@1', ['dir path=var/spool/old mode=0700', 'file content=k path=var/spool/keep'])
    const two = packageOf('p@2', [
      'dir path=var/spool/new salvage-from=var/spool/old',
      'file content=k path=var/spool/keep',
    ])
    const [image, fs] = fresh()
    mustApply(image, [change(undefined, one)])
    fs.plant('/image/var/spool/old/job', 'spooled')
    fs.plant('/image/var/spool/old/sub/job', 'spooled too')
    mustApply(image, [change(one, two)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir var',
      '0755 0 0 dir var/spool',
      '0644 0 0 file var/spool/keep "k"',
      '0755 0 0 dir var/spool/new',
      '0644 0 0 file var/spool/new/job "spooled"',
      '0755 0 0 dir var/spool/new/sub',
      '0644 0 0 file var/spool/new/sub/job "spooled too"',
    ])
    expect(fs.listing('/image/var/pkg/lost+found')).toEqual([
      '0755 0 0 dir var',
      '0755 0 0 dir var/spool',
      `0700 0 0 dir var/spool/old-${noonStamp}`,
    ])
  })
  it('salvages what is in the way and follows nothing', () => {
    const p = packageOf('p@1', [
      'dir path=d',
      'file content=f path=f',
      'link path=l target=x',
      'file content=n path=n',
    ])
    const [image, fs] = fresh()
    fs.plant('/image/d', 'a file')
    fs.plant('/image/f/inside', 'a directory')
    fs.plant('/image/l/inside', 'a directory')
    fs.plantOther('/image/n')
    const report = mustApply(image, [change(undefined, p)])
    expect(report.salvaged.map(({ from }) => from)).toEqual(['d', 'f', 'n', 'l'])
    expect(tree(image)).toEqual([
      '0755 0 0 dir d',
      '0644 0 0 file f "f"',
      '0777 0 0 link l -> x',
      '0644 0 0 file n "n"',
      '0755 0 0 dir var',
    ])
    expect(fs.listing('/image/var/pkg/lost+found').filter((line) => !line.includes(' dir '))).toEqual([
      `0644 0 0 file d-${noonStamp} "a file"`,
      `0644 0 0 file f-${noonStamp}/inside "a directory"`,
      `0644 0 0 file l-${noonStamp}/inside "a directory"`,
      `0644 0 0 other n-${noonStamp}`.replace('file ', ''),
    ])
  })
  it('gives a hard link its own content when the plan puts something else at its target', () => {
    const one = packageOf('p@1', ['file content=conf path=etc/conf preserve=renamenew'])
    const two = packageOf('p@2', [
      'file content=conf2 path=etc/conf preserve=renamenew',
      'file content=beside path=etc/conf.new',
      'hardlink path=etc/link target=conf.new',
    ])
    const [image, fs] = fresh()
    mustApply(image, [change(undefined, one)])
    fs.appendFile('/image/etc/conf', Buffer.from(' edited'), { fsync: false })
    mustApply(image, [change(one, two)])
    expect(tree(image)).toEqual([
      '0755 0 0 dir etc',
      '0644 0 0 file etc/conf "conf edited"',
      '0644 0 0 file etc/conf.new "conf2"',
      '0644 0 0 file etc/link "beside"',
      '0755 0 0 dir var',
    ])
  })
  it('adds and removes users and groups in the databases of the image', () => {
    const core = packageOf('core@1', [
      'file content="root:x:0:0:Super-User:/root:/usr/bin/sh\\n" path=etc/passwd preserve=true',
      'file content="root:*LK*:6445::::::\\n" path=etc/shadow mode=0400 preserve=true',
      'file content="root::0:\\nstaff::10:\\n" path=etc/group preserve=true',
      'file content="root\\n" path=etc/ftpd/ftpusers preserve=true',
    ])
    const daemon = packageOf('daemon@1', [
      'group groupname=exgrp gid=101',
      'user username=exusr uid=101 group=exgrp gcos-field="Example user" home-dir=/var/ex login-shell=/usr/bin/sh ftpuser=false group-list=staff',
      'dir path=var/ex owner=exusr group=exgrp mode=0750',
    ])
    const [image, fs] = fresh()
    const text = (name: string) => fs.text(`/image/etc/${name}`)
    // All in one plan: the databases come with it, so users and groups wait for them.
    mustApply(image, [change(undefined, daemon), change(undefined, core)])
    expect(text('passwd')).toBe(
      'root:x:0:0:Super-User:/root:/usr/bin/sh\nexusr:x:101:101:Example user:/var/ex:/usr/bin/sh\n',
    )
    expect(text('shadow')).toBe('root:*LK*:6445::::::\nexusr:*LK*:20574::::::\n')
    expect(text('group')).toBe('root::0:\nstaff::10:exusr\nexgrp::101:\n')
    expect(text('ftpd/ftpusers')).toBe('root\nexusr\n')
    expect(tree(image)).toContain('0750 101 101 dir var/ex')
    mustApply(image, [change(daemon, undefined)], { kept: [core] })
    expect(text('passwd')).toBe('root:x:0:0:Super-User:/root:/usr/bin/sh\n')
    expect(text('shadow')).toBe('root:*LK*:6445::::::\n')
    expect(text('group')).toBe('root::0:\nstaff::10:\n')
    expect(text('ftpd/ftpusers')).toBe('root\n')
  })
})
